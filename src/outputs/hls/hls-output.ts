import type { Camera, Lease } from '../../camera/camera.ts';
import { Demand } from '../../camera/demand.ts';
import { encodedKeyframeMs, type Promises } from '../../camera/forms/forms.ts';
import type { WindowDisk } from './storage/window-disk.ts';
import type { LiveWindowView } from './window/window.ts';
import type { Log } from '../../lib/log.ts';
import { PatientTimer } from '../../lib/time/patient-timer.ts';
import type { Run } from '../../media/frame.ts';
import { isBrowserPlayable } from '../../media/playable.ts';
import type { Viewers } from '../viewers.ts';
import type { ExpectedVideo } from './window/rate-estimate.ts';
import { LiveWindows } from './window/live-windows.ts';

export interface HlsOutputOptions {
  readonly camera: Camera;
  readonly viewers: Viewers;
  /** New with every start of the gateway: makes media names unique. */
  readonly bootId: string;
  /** Where the window's segments are stored; undefined keeps them in memory. */
  readonly disk: WindowDisk | undefined;
  readonly log: Log;
}

/** HLS viewers are visible only by their requests; between two of them they count as present for at least this long. */
const minLingerMs = 5_000;
/**
 * After an outage of this length the playlist is kept for viewers that have it, but new viewers are told the reason.
 */
const heldOutageMs = 30_000;

/** HLS of one camera: its playable form, cut into the live windows while somebody watches or it is kept ready. */
export class HlsOutput {
  readonly windows: LiveWindows;
  readonly #camera: Camera;
  readonly #demand: Demand;
  #watching: Lease | undefined;
  #readiness: Lease | undefined;
  #unsubscribe: (() => void) | undefined;
  /** Runs while nobody gets frames, until they are too old for anybody who comes back. */
  #pause: PatientTimer | undefined;
  #isNative = false;
  readonly #unlisten: () => void;

  constructor({ camera, viewers, bootId, disk, log }: HlsOutputOptions) {
    const { config, clock } = camera;
    this.#camera = camera;
    this.windows = new LiveWindows({
      config: config.hls,
      cameraId: config.id,
      bootId,
      disk,
      log,
      clock,
    });
    this.#demand = new Demand(
      { lingerMs: Math.max(config.lingerMs, minLingerMs), now: () => clock.monotonicMs() },
      () => this.#consider(),
      () => viewers.heldCount('hls') > 0,
    );
    this.#unlisten = camera.intake.hub.subscribe({
      runBegan: () => this.#consider(),
      frame: () => undefined,
      runEnded: () => undefined,
    });
  }

  /** What viewers' playlists have already promised. */
  get promises(): Promises {
    const listed = this.windows.all.filter(({ isEmpty }) => !isEmpty);
    const runs = listed.flatMap(({ run }) => run ?? []);
    const audio = runs.find((run) => run.audio !== undefined)?.audio;
    const channels = audio === undefined ? 0 : audio.channelCount >= 2 ? 2 : 1;
    return {
      channels: runs.length === 0 ? undefined : channels,
      partTargetsMs: this.windows.partTargetsMs,
    };
  }

  /** A request shows that its viewer is still there, and starts the camera if it is cold. */
  touch(): void {
    this.#demand.touch();
  }

  get live(): LiveWindowView | undefined {
    const { current } = this.windows;
    if (current === undefined || current.isEmpty) return undefined;
    if (this.#camera.forms.isSlateShown) return current;
    return this.#outageMs() > heldOutageMs ? undefined : current;
  }

  findLive(life: string): LiveWindowView | undefined {
    return this.windows.find(life);
  }

  /** Waits for a window with something to play. Rejects with camera-connecting or the camera's failure reason. */
  openLive(signal: AbortSignal): Promise<LiveWindowView> {
    this.touch();
    const isFailureFinal = !this.#camera.forms.hasSlate;
    return this.#camera.waitFor(() => this.live, signal, { isFailureFinal });
  }

  dispose(): void {
    this.#unlisten();
    this.#demand.dispose();
    this.#pause?.clear();
    this.#unsubscribe?.();
    this.#watching?.release();
    this.#readiness?.release();
    this.windows.dispose();
  }

  /**
   * A camera that is `alwaysOn` and sends H.264 is kept ready to play, which costs almost nothing; encoding waits for a
   * viewer, unless `hls.window` needs the past.
   */
  #consider(): void {
    const camera = this.#camera;
    const { alwaysOn, hls } = camera.config;
    const { run } = camera.intake.hub;
    // Between two runs nothing is known, so whatever was ready stays so.
    if (run !== undefined) this.#isNative = isBrowserPlayable(run.video);
    const isKeptReady = alwaysOn && (this.#isNative || hls.windowMs !== undefined);
    const isWatched = this.#demand.isActive;
    if ((isWatched || isKeptReady) && this.#unsubscribe === undefined) this.#forgetOldFrames();
    if (isWatched) {
      this.#watching ??= camera.lease('playable', { isWatched: true, lingers: false });
    }
    if (isKeptReady) this.#readiness ??= camera.lease('playable', { lingers: false });
    if (!isWatched) {
      this.#watching?.release();
      this.#watching = undefined;
    }
    if (!isKeptReady) {
      this.#readiness?.release();
      this.#readiness = undefined;
    }
    const lease = this.#watching ?? this.#readiness;
    if (lease === undefined) {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
      this.windows.end();
      this.#pause ??= new PatientTimer(this.#bridgedMs, () => this.windows.clear());
    } else {
      this.#pause?.clear();
      this.#pause = undefined;
      this.#unsubscribe ??= lease.stream.subscribe({
        runBegan: (run) => this.#begin(run),
        frame: (frame) => {
          this.windows.append(frame);
          if (frame.kind === 'video') camera.changed();
        },
        runEnded: () => this.windows.end(),
      });
    }
  }

  #begin(run: Run): void {
    const { forms, intake, config } = this.#camera;
    const { isSpread } = intake.timing;
    const { isEncoded, isSlateShown } = forms;
    const { longestGopMs } = intake.meter;
    const ownMs = isSlateShown ? config.hls.segmentMs : isEncoded ? encodedKeyframeMs : 0;
    const knownGopMs = isEncoded && !isSlateShown ? ownMs : Math.max(ownMs, longestGopMs);
    this.windows.begin(run, {
      knownGopMs: knownGopMs > 0 ? knownGopMs : undefined,
      isEncoded,
      expected: isEncoded || isSlateShown ? undefined : this.#expected(),
      isPaceEstimated: isSpread && !isSlateShown,
    });
  }

  /** What a session that began between two keyframes has already shown of the frames to come. */
  #expected(): ExpectedVideo | undefined {
    const { timing, meter } = this.#camera.intake;
    const { frameIntervalMs, stampFault } = timing;
    const { otherFrameBytes } = meter;
    if (stampFault !== undefined) return undefined;
    if (frameIntervalMs === undefined || otherFrameBytes === undefined) return undefined;
    return { frameMs: frameIntervalMs, otherFrameBytes };
  }

  #outageMs(): number {
    if (this.#camera.intake.tracks !== undefined) return 0;
    return this.#camera.clock.monotonicMs() - this.windows.lastFrameAtMs;
  }

  /** After a pause no longer than two segments viewers of a playlist see no gap; after a longer one they start over. */
  #forgetOldFrames(): void {
    const pausedMs = this.#camera.clock.monotonicMs() - this.windows.lastFrameAtMs;
    if (pausedMs > this.#bridgedMs) this.windows.clear();
  }

  get #bridgedMs(): number {
    return 2 * this.#camera.config.hls.segmentMs;
  }
}
