import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import type { WindowDisk } from '../hls/window-disk.ts';
import type { LiveWindowView } from '../hls/window.ts';
import { Changes } from '../lib/changes.ts';
import type { Clock } from '../lib/clock.ts';
import { CamgateError, UpstreamError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Slots } from '../lib/slots.ts';
import type { JpegFrame } from '../media/types.ts';
import type { UpstreamClient } from '../upstream/upstream.ts';
import type { CameraConfig } from '../config/config.ts';
import { countersOf, statusOf } from './camera-report.ts';
import { Demand } from './demand.ts';
import { FfmpegTally } from './ffmpeg-tally.ts';
import { Fmp4Feed } from './fmp4-feed.ts';
import { JpegFeed } from './jpeg-feed.ts';
import { NativeFeed } from './native-feed.ts';
import { adviceFor } from './retry-paces.ts';
import type { SlateNews } from './slate-words.ts';
import { Snapshots } from './snapshots.ts';
import { shortReason } from './status.ts';
import { Supervisor } from './supervisor.ts';
import type {
  CameraCounters,
  CameraStatus,
  Snapshot,
  SnapshotRequest,
  ViewableCamera,
} from './viewable-camera.ts';
import { Viewers } from './viewers.ts';

export interface CameraOptions {
  readonly config: CameraConfig;
  readonly client: UpstreamClient;
  readonly binary: FfmpegBinary;
  readonly slots: Slots;
  /** Letters and digits, new with every start of the gateway: makes media names unique. */
  readonly bootId: string;
  /** Where the window's segments go; undefined keeps them in memory. */
  readonly disk: WindowDisk | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** HLS viewers show themselves only by requests; between two of them they count as present at least this long. */
const minHlsLingerMs = 5_000;
/** After an outage of this length the playlist is kept for those who have it, but new viewers are told the reason. */
const heldOutageMs = 30_000;
/** Oldest picture that a snapshot without `maxAge` shows, in milliseconds, or two GOPs if those are longer. */
const freshSnapshotMs = 10_000;

/** One configured device: owns the session, the feeds and the live windows, and outlives every reconnect. */
export class Camera implements ViewableCamera {
  readonly viewers: Viewers;
  readonly config: CameraConfig;
  readonly native = new NativeFeed();
  readonly tally = new FfmpegTally();
  readonly supervisor: Supervisor;
  readonly fmp4: Fmp4Feed;
  readonly jpeg: JpegFeed;
  readonly snapshots: Snapshots;
  readonly #clock: Clock;
  readonly #demand: Demand;
  readonly #hlsDemand: Demand;
  readonly #snapshotDemand: Demand;
  readonly #changes = new Changes();
  #releaseHls: (() => void) | undefined;

  constructor(options: CameraOptions) {
    const { config, client, binary, slots, bootId, disk, clock } = options;
    const log = options.log.child({ camera: config.id });
    const now = (): number => clock.monotonicMs();
    const { native, tally } = this;
    this.config = config;
    this.#clock = clock;
    this.viewers = new Viewers(now);
    this.supervisor = new Supervisor({
      client,
      feed: native,
      stallMs: config.stallMs,
      log,
      onChange: () => {
        this.fmp4.stateChanged();
        this.#changes.notify();
      },
      now,
      random: Math.random,
    });
    const onFailure = this.supervisor.fail.bind(this.supervisor);
    this.fmp4 = new Fmp4Feed({
      binary,
      native,
      config,
      tally,
      bootId,
      disk,
      log,
      clock,
      news: () => this.#news(),
      onChange: () => this.#changes.notify(),
      onFailure,
    });
    this.jpeg = new JpegFeed({ binary, native, tally, log, now, onFailure });
    this.snapshots = new Snapshots({ binary, native, slots, bootId, log, clock });
    native.listen({
      jpegFrame: () => this.#changes.notify(),
      keyframe: () => this.#changes.notify(),
      formatChanged: () => this.#keepWarm(),
    });
    const { lingerMs } = config;
    this.#demand = new Demand({ lingerMs, now }, (isActive) => this.supervisor.setWanted(isActive));
    this.#hlsDemand = new Demand(
      { lingerMs: Math.max(lingerMs, minHlsLingerMs), now },
      () => this.#keepWarm(),
      () => this.viewers.heldCount('hls') > 0,
    );
    this.#snapshotDemand = new Demand({ lingerMs, now }, (isActive) =>
      this.snapshots.setWarm(isActive),
    );
    if (config.alwaysOn) this.#demand.lease();
  }

  get id(): string {
    return this.config.id;
  }

  get name(): string {
    return this.config.name;
  }

  status(): CameraStatus {
    return statusOf(this, this.#clock);
  }

  counters(): CameraCounters {
    return countersOf(this, this.#clock.monotonicMs());
  }

  touchHls(): void {
    this.#hlsDemand.touch();
  }

  get live(): LiveWindowView | undefined {
    const { current } = this.fmp4.windows;
    if (current === undefined || current.isEmpty) return undefined;
    if (this.fmp4.isSlateShown) return current;
    return this.#outageMs() > heldOutageMs ? undefined : current;
  }

  findLive(life: string): LiveWindowView | undefined {
    return this.fmp4.windows.find(life);
  }

  openLive(signal: AbortSignal): Promise<LiveWindowView> {
    this.touchHls();
    return this.#await(() => this.live, signal, { isFailureFinal: !this.fmp4.hasSlate });
  }

  async snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    const release = this.#demand.lease();
    const releaseWarmth = this.#snapshotDemand.lease();
    try {
      const oldestMs = Math.max(freshSnapshotMs, 2 * this.native.meter.longestGopMs);
      const limitMs = request.maxAgeMs ?? oldestMs;
      await this.#await(() => this.#freshEnough(limitMs), signal);
      const snapshot = await this.snapshots.take(request.width);
      if (snapshot === undefined) throw this.#connecting();
      return snapshot;
    } finally {
      release();
      releaseWarmth();
    }
  }

  async watchJpeg(onFrame: (frame: JpegFrame) => void, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const release = this.#demand.lease();
    const unwatch = this.jpeg.watch((frame) => {
      onFrame(frame);
      this.#changes.notify();
    });
    const end = (): void => {
      unwatch();
      release();
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      await this.#await(() => this.jpeg.latest, signal);
    } catch (error) {
      signal.removeEventListener('abort', end);
      end();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    for (const demand of [this.#demand, this.#hlsDemand, this.#snapshotDemand]) demand.dispose();
    this.snapshots.dispose();
    await Promise.all([this.fmp4.dispose(), this.jpeg.dispose(), this.supervisor.dispose()]);
  }

  /** Whether the newest picture will do; throws when it cannot become fresh enough by waiting. */
  #freshEnough(limitMs: number): true | undefined {
    const { newestAgeMs } = this.snapshots;
    if (newestAgeMs !== undefined && newestAgeMs <= limitMs) return true;
    const { name } = this.supervisor.state;
    if (newestAgeMs === undefined || (name !== 'live' && name !== 'stalled')) return undefined;
    // A session without a frame so far: the picture is of the one before, and a newer one is on its way.
    if (this.native.meter.lastFrameAtMs === undefined) return undefined;
    throw new CamgateError(
      'snapshot-stale',
      `The newest picture is ${(newestAgeMs / 1000).toFixed(1)} s old; ask again, or with a larger maxAge.`,
      { retryAfterMs: 1_000 },
    );
  }

  /**
   * Waits for the camera to give something: ends at once when the camera fails, if that means that nothing comes, and
   * after the cold start time.
   */
  #await<T>(
    probe: () => T | undefined,
    signal: AbortSignal,
    { isFailureFinal } = { isFailureFinal: true },
  ): Promise<T> {
    return this.#changes.wait(
      () => {
        const value = probe();
        if (value !== undefined || !isFailureFinal) return value;
        const failure = this.#failure();
        if (failure !== undefined) throw failure;
        return undefined;
      },
      {
        signal,
        timeoutMs: this.config.coldStartMs,
        timeoutError: () => this.#failure() ?? this.#connecting(),
      },
    );
  }

  /** Why the camera gives nothing, while it is not being tried. */
  #failure(): UpstreamError | undefined {
    const { state } = this.supervisor;
    if (!('failure' in state)) return undefined;
    const { reason } = state.failure;
    const retryAfterMs = state.retryAtMs - this.#clock.monotonicMs();
    if (retryAfterMs <= 0) return undefined;
    return new UpstreamError(
      reason,
      `Camera ${this.id} is offline: ${shortReason(reason)}. ${adviceFor(reason)}`,
      { retryAfterMs },
    );
  }

  #connecting(): CamgateError {
    return new CamgateError(
      'camera-connecting',
      `Camera ${this.id} has not sent a picture within ${this.config.coldStartMs / 1000} s; ask again in a moment.`,
      { retryAfterMs: 2_000 },
    );
  }

  #news(): SlateNews {
    const nowMs = this.#clock.monotonicMs();
    const { lastFrameAtMs } = this.native.meter;
    return {
      state: this.supervisor.state,
      lastPictureAtMs: lastFrameAtMs ?? this.snapshots.newestAtMs,
      isWaitingForKeyframe: lastFrameAtMs !== undefined && nowMs - lastFrameAtMs < 1_000,
    };
  }

  #outageMs(): number {
    if (this.native.media !== undefined) return 0;
    return this.#clock.monotonicMs() - this.fmp4.windows.lastFragmentAtMs;
  }

  /**
   * Copying is nearly free, so an `alwaysOn` H.264 camera is kept ready to play; encoding waits for a viewer, except where
   * `hls.window` asks for the past.
   */
  #keepWarm(): void {
    const { media } = this.native;
    const isCopied = media?.kind === 'asf' && media.video.codec === 'h264';
    const isRecorded = isCopied || this.config.hls.windowMs !== undefined;
    const isWatched = this.#hlsDemand.isActive;
    if (isWatched) this.#releaseHls ??= this.#demand.lease({ lingers: false });
    else {
      this.#releaseHls?.();
      this.#releaseHls = undefined;
    }
    this.fmp4.setWanted(isWatched || (this.config.alwaysOn && isRecorded), isWatched);
  }
}
