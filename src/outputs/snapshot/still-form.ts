import type { NewestKeyframe } from '../../camera/intake.ts';
import type { Frame } from '../../media/frame.ts';
import type { TranscodeTools } from '../../transcode/child-keeper.ts';
import { StillDecoder } from '../../transcode/still-decoder.ts';

/** A decoded keyframe. */
export interface Still {
  readonly jpeg: Buffer;
  readonly keyframe: NewestKeyframe;
}

export interface StillFormOptions {
  readonly tools: TranscodeTools;
  /** In pixels; undefined keeps the camera's size. Never enlarges. */
  readonly width: number | undefined;
  readonly onStill: () => void;
}

/**
 * A still that is at most this much older than the newest frame will do, in milliseconds: a wall asks every few
 * seconds.
 */
const leastDistanceMs = 500;
/** A decoder that has not been used for this long is stopped, in milliseconds. */
const idleMs = 15_000;

/** The stills of one camera in one size, made by a resident decoder for as long as they are requested. */
export class StillForm {
  readonly #options: StillFormOptions;
  readonly #decoder: StillDecoder;
  /** By the frame that was fed. */
  readonly #keyframes = new WeakMap<Frame, NewestKeyframe>();
  #fedNumber = 0;
  #latest: Still | undefined;
  #fedAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs: number;
  #waiterCount = 0;

  constructor(options: StillFormOptions) {
    this.#options = options;
    this.#askedAtMs = options.tools.nowMs();
    this.#decoder = new StillDecoder({
      tools: options.tools,
      width: options.width,
      onStill: (jpeg, frame) => {
        const keyframe = this.#keyframes.get(frame);
        if (keyframe === undefined) return;
        this.#latest = { jpeg, keyframe };
        options.onStill();
      },
    });
  }

  /** The latest still, if it is close enough to this newest keyframe not to decode another. */
  stillFor({ frame }: NewestKeyframe): Still | undefined {
    const latest = this.#latest;
    if (latest === undefined) return undefined;
    const olderMs = frame.arrivedAtMs - latest.keyframe.frame.arrivedAtMs;
    return olderMs < leastDistanceMs ? latest : undefined;
  }

  get isIdle(): boolean {
    return this.#waiterCount === 0 && this.#options.tools.nowMs() - this.#askedAtMs > idleMs;
  }

  /**
   * Somebody is waiting for a still, of this keyframe if one has to be decoded; returns the function to call at the
   * end.
   */
  ask(newest: NewestKeyframe | undefined): () => void {
    this.#waiterCount += 1;
    this.#askedAtMs = this.#options.tools.nowMs();
    if (newest !== undefined) this.#feed(newest);
    return () => {
      this.#waiterCount -= 1;
      this.#askedAtMs = this.#options.tools.nowMs();
    };
  }

  /** A keyframe has arrived: somebody may be waiting for a newer one. */
  keyframeCame(newest: NewestKeyframe): void {
    if (this.#waiterCount === 0) return;
    if (newest.frame.arrivedAtMs - this.#fedAtMs >= leastDistanceMs) this.#feed(newest);
  }

  async dispose(): Promise<void> {
    await this.#decoder.dispose();
  }

  #feed(keyframe: NewestKeyframe): void {
    if (keyframe.number === this.#fedNumber) return;
    this.#fedNumber = keyframe.number;
    this.#keyframes.set(keyframe.frame, keyframe);
    this.#fedAtMs = keyframe.frame.arrivedAtMs;
    this.#decoder.feed(keyframe.track, [...keyframe.lead, keyframe.frame]);
  }
}
