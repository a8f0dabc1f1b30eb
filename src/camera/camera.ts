import type { CameraConfig } from '../config/config.ts';
import type { FfmpegBinary } from '../transcode/ffmpeg/binary.ts';
import { Changes } from '../lib/changes.ts';
import type { Clock } from '../lib/time/clock.ts';
import { CamgateError, UpstreamError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { FrameStream } from '../media/frame.ts';
import { ChildTally } from '../transcode/ffmpeg/child-tally.ts';
import type { TranscodeTools } from '../transcode/child-keeper.ts';
import { Demand } from './demand.ts';
import { Forms, type FormName, type Promises } from './forms/forms.ts';
import { Intake } from './intake.ts';
import type { Takeover } from './supervisor/dial-memory.ts';
import { adviceFor } from './supervisor/retry-paces.ts';
import type { SignalFacts } from './slate/slate-words.ts';
import { formatSeconds, shortReason } from './supervisor/status.ts';
import { asFailure } from './supervisor/as-failure.ts';
import { Supervisor, type CameraSource } from './supervisor/supervisor.ts';

export interface CameraOptions {
  readonly config: CameraConfig;
  readonly source: CameraSource;
  readonly binary: FfmpegBinary;
  readonly clock: Clock;
  readonly log: Log;
  /** From the camera object that had the device before; undefined: there was none. */
  readonly past?: Takeover | undefined;
  /** What playlists and sessions of viewers promise already, which the playable form has to keep. */
  readonly promises: () => Promises;
}

export interface LeaseOptions {
  /** Somebody would see the slate; a camera that is only kept ready needs none. */
  readonly isWatched?: boolean;
  /** false for a lease whose owner has lingered already. */
  readonly lingers?: boolean;
}

/** A viewer's claim on a form: while it lasts the camera has a session and the form is made. */
export interface Lease {
  readonly stream: FrameStream;
  /** Further calls do nothing. */
  release(): void;
}

/** One configured device: owns the session, the hub and the forms, and outlives every reconnect. */
export class Camera {
  readonly config: CameraConfig;
  readonly tally = new ChildTally();
  readonly intake: Intake;
  readonly supervisor: Supervisor;
  readonly forms: Forms;
  /** For everything that transcodes this camera with ffmpeg. */
  readonly tools: TranscodeTools;
  readonly clock: Clock;
  readonly #demand: Demand;
  readonly #changes = new Changes();

  constructor({ config, source, binary, clock, log, past, promises }: CameraOptions) {
    const now = (): number => clock.monotonicMs();
    this.config = config;
    this.clock = clock;
    this.intake = new Intake({
      clock,
      onKeyframe: () => this.changed(),
      onFailure: (error) => this.supervisor.fail(asFailure(error)),
    });
    this.supervisor = new Supervisor({
      source,
      intake: this.intake,
      stallMs: config.stallMs,
      log,
      onChange: () => {
        this.forms.stateChanged();
        this.changed();
      },
      now,
      random: Math.random,
      past,
    });
    this.tools = {
      binary,
      tally: this.tally,
      log,
      nowMs: now,
    };
    this.forms = new Forms({
      camera: config,
      native: this.intake.hub,
      tools: this.tools,
      clock,
      log,
      promises,
      onFailure: (failure) => this.supervisor.fail(failure),
      paceMs: () => this.intake.timing.frameIntervalMs,
      facts: () => this.#signalFacts(),
      nativeSize: () => this.intake.newestKeyframe?.track,
    });
    this.#demand = new Demand({ lingerMs: config.lingerMs, now }, (isActive) =>
      this.supervisor.setWanted(isActive),
    );
    if (config.alwaysOn) this.#demand.lease();
  }

  get id(): string {
    return this.config.id;
  }

  lease(name: FormName, { isWatched = false, lingers = true }: LeaseOptions = {}): Lease {
    const releaseSession = this.#demand.lease({ lingers });
    const releaseForm = this.forms.want(name, isWatched);
    return {
      stream: this.forms.stream(name),
      release: () => {
        releaseForm();
        releaseSession();
      },
    };
  }

  /**
   * Dials at once, or as soon as the bound of dials allows, and keeps the session for the linger. Does nothing while
   * the camera is connected or dialled.
   * @throws CamgateError retry-too-early
   */
  retry(): void {
    const { state } = this.supervisor;
    const notBeforeMs = 'failure' in state ? state.notBeforeMs : 0;
    const sparedMs = notBeforeMs - this.clock.monotonicMs();
    if (sparedMs > 0) {
      throw new CamgateError(
        'retry-too-early',
        `Camera ${this.id} has just not accepted this login. If the password is wrong, correct it and run camgate ` +
          `reload; the same one is sent again in ${formatSeconds(sparedMs / 1000)} at the earliest, because many ` +
          'cameras lock everybody out after a few failed logins.',
        { retryAfterMs: sparedMs },
      );
    }
    this.#demand.touch();
    this.supervisor.retry();
  }

  /** Call after every change that somebody may be waiting for. */
  changed(): void {
    this.#changes.notify();
  }

  /**
   * Waits for the camera to deliver something: ends at once when the camera fails, if that means that nothing will
   * come, and after the cold start time at the latest.
   */
  waitFor<T>(
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
        timeoutError: () => this.#failure() ?? this.connecting(),
      },
    );
  }

  connecting(): CamgateError {
    const what = this.intake.timing.isWaitingForKeyframe
      ? 'sends video but has not sent a keyframe'
      : 'has not sent a frame';
    return new CamgateError(
      'camera-connecting',
      `Camera ${this.id} ${what} within ${this.config.coldStartMs / 1000} s; try again in a moment.`,
      { retryAfterMs: 2_000 },
    );
  }

  async dispose(): Promise<void> {
    this.#demand.dispose();
    await Promise.all([this.forms.dispose(), this.supervisor.dispose()]);
  }

  /** Why the camera delivers nothing, while no dial is in progress. */
  #failure(): UpstreamError | undefined {
    const { state } = this.supervisor;
    if (!('failure' in state)) return undefined;
    const { reason } = state.failure;
    const retryAfterMs = state.retryAtMs - this.clock.monotonicMs();
    if (retryAfterMs <= 0) return undefined;
    return new UpstreamError(
      reason,
      `Camera ${this.id} is offline: ${shortReason(reason)}. ${adviceFor(reason)}`,
      { retryAfterMs },
    );
  }

  #signalFacts(): SignalFacts {
    const nowMs = this.clock.monotonicMs();
    const { lastFrameAtMs } = this.intake.meter;
    return {
      state: this.supervisor.state,
      lastFrameAtMs: lastFrameAtMs ?? this.intake.newestKeyframe?.frame.arrivedAtMs,
      isWaitingForKeyframe: lastFrameAtMs !== undefined && nowMs - lastFrameAtMs < 1_000,
    };
  }
}
