import type { Camera } from '../../camera/camera.ts';
import type { NewestKeyframe } from '../../camera/intake.ts';
import { Changes } from '../../lib/changes.ts';
import { CamgateError, UpstreamError } from '../../lib/errors.ts';
import type { Snapshot, SnapshotRequest } from '../viewable-camera.ts';
import { StillForm, type Still } from './still-form.ts';

/** Oldest frame that a snapshot without `maxAge` shows, in milliseconds, or two GOPs if those are longer. */
const freshMs = 10_000;
/** A GOP that has lasted longer does not count: the camera may never send a keyframe again. In milliseconds. */
const longestGopMs = 60_000;
/** Longest wait for a decoder, its start included, in milliseconds. */
const decodeMs = 5_000;
/** How often to look for idle decoders, in milliseconds. */
const sweepMs = 5_000;

/**
 * The newest frame as JPEG. A JPEG camera's bytes are served as they are; of other video the newest keyframe is
 * decoded, by one resident decoder for each requested size, which is stopped when nobody asks any longer.
 */
export class SnapshotOutput {
  decodesTotal = 0;
  readonly #camera: Camera;
  readonly #bootId: string;
  readonly #forms = new Map<number | undefined, StillForm>();
  readonly #changes = new Changes();
  readonly #unsubscribe: () => void;
  #sweeper: NodeJS.Timeout | undefined;
  #disposing: Promise<void> = Promise.resolve();

  constructor(camera: Camera, bootId: string) {
    this.#camera = camera;
    this.#bootId = bootId;
    this.#unsubscribe = camera.intake.hub.subscribe({
      runBegan: () => undefined,
      frame: (frame) => {
        const { newestKeyframe } = camera.intake;
        if (newestKeyframe?.frame !== frame) return;
        for (const form of this.#forms.values()) form.keyframeCame(newestKeyframe);
      },
      runEnded: () => undefined,
    });
  }

  /** Of the newest frame; undefined without one. */
  get newestAtMs(): number | undefined {
    return this.#camera.intake.newestKeyframe?.frame.arrivedAtMs;
  }

  /**
   * Starts a cold camera. Rejects with snapshot-stale, camera-connecting, ffmpeg-failed or the camera's reason. The
   * answer is as fresh as was asked for at the moment it is sent.
   */
  async take({ maxAgeMs, width }: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    const camera = this.#camera;
    const lease = camera.lease('native');
    try {
      const limitMs = maxAgeMs ?? this.#usualLimitMs;
      const newest = await camera.waitFor(() => this.#freshEnough(limitMs), signal);
      const still = isServedAsItIs(newest, width)
        ? { jpeg: Buffer.concat(newest.frame.data), keyframe: newest }
        : await this.#decoded(newest, { width, limitMs, signal });
      return this.#snapshot(still, width);
    } finally {
      lease.release();
    }
  }

  async dispose(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#sweeper);
    await Promise.all([
      this.#disposing,
      ...[...this.#forms.values()].map((form) => form.dispose()),
    ]);
  }

  async #decoded(
    newest: NewestKeyframe,
    { width, limitMs, signal }: { width: number | undefined; limitMs: number; signal: AbortSignal },
  ): Promise<Still> {
    const form = this.#formFor(width);
    const freshStill = (): Still | undefined => {
      const still = form.stillFor(newest);
      return still !== undefined && this.#ageMs(still.keyframe) <= limitMs ? still : undefined;
    };
    const release = form.ask(freshStill() === undefined ? newest : undefined);
    try {
      return await this.#changes.wait(freshStill, {
        signal,
        timeoutMs: decodeMs,
        timeoutError: () =>
          new UpstreamError('ffmpeg-failed', 'ffmpeg made no JPEG of the keyframe in time'),
      });
    } finally {
      release();
    }
  }

  #formFor(width: number | undefined): StillForm {
    let form = this.#forms.get(width);
    if (form === undefined) {
      form = new StillForm({
        tools: this.#camera.tools,
        width,
        onStill: () => {
          this.decodesTotal += 1;
          this.#changes.notify();
        },
      });
      this.#forms.set(width, form);
      this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
    }
    return form;
  }

  #sweep(): void {
    for (const [width, form] of this.#forms) {
      if (!form.isIdle) continue;
      this.#forms.delete(width);
      const gone = Promise.all([this.#disposing, form.dispose()]);
      this.#disposing = gone.then(() => undefined);
    }
    if (this.#forms.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #snapshot({ jpeg, keyframe }: Still, width: number | undefined): Snapshot {
    const { clock } = this.#camera;
    const size = width === undefined ? '' : `-${width}`;
    return {
      bytes: jpeg,
      takenAtMs: clock.wallOf(keyframe.frame.arrivedAtMs),
      ageMs: () => this.#ageMs(keyframe),
      etag: `"${this.#bootId}-${keyframe.number}${size}"`,
    };
  }

  /** While frames arrive, their keyframe is the newest picture there is, even if no complete GOP has been seen yet. */
  get #usualLimitMs(): number {
    const { longestGopMs: seenMs, runningGopMs } = this.#camera.intake.meter;
    return Math.max(freshMs, 2 * seenMs, runningGopMs <= longestGopMs ? 2 * runningGopMs : 0);
  }

  #ageMs({ frame }: NewestKeyframe): number {
    return this.#camera.clock.monotonicMs() - frame.arrivedAtMs;
  }

  /** The newest frame if it will do; throws when it cannot become fresh enough by waiting. */
  #freshEnough(limitMs: number): NewestKeyframe | undefined {
    const { intake, supervisor } = this.#camera;
    const { newestKeyframe } = intake;
    if (newestKeyframe === undefined) return undefined;
    const ageMs = this.#ageMs(newestKeyframe);
    if (ageMs <= limitMs) return newestKeyframe;
    const { name } = supervisor.state;
    if (name !== 'live' && name !== 'stalled') return undefined;
    // The session has no run yet: the frame is from the last session, and a newer one is on its way.
    if (intake.hub.run === undefined) return undefined;
    throw new CamgateError(
      'snapshot-stale',
      `The newest frame is ${(ageMs / 1000).toFixed(1)} s old; try again, or use a larger maxAge.`,
      { retryAfterMs: 1_000 },
    );
  }
}

function isServedAsItIs({ track }: NewestKeyframe, width: number | undefined): boolean {
  return track.codec === 'mjpeg' && (width === undefined || track.width <= width);
}
