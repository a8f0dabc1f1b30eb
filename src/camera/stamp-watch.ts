import { RateLimit } from '../lib/rate-limit.ts';

/**
 * Stamps may go back this far without a jump, in milliseconds: frames that are stamped for presentation come out of
 * order where a camera makes B-frames.
 */
const reorderedMs = 1_000;
/** Stamps may run ahead of the arrival by this much between two frames: what is lost on the way leaves a hole. */
const holeMs = 2_000;
/** Frames that all have one stamp for this long of arrival (also those of a camera that counts whole seconds). */
const frozenAfterMs = 800;
const frozenAfterFrames = 3;
/** A camera whose stamps jump more often than this cannot be believed at all. */
const maxJumpsPerMinute = 3;

/**
 * `jump`: what follows has nothing to do with what was before (a clock that was set, 32 bits that ran over).
 * `unusable`: the stamps of this session say nothing about time; said once.
 */
export type StampVerdict = 'steady' | 'jump' | 'unusable';

/**
 * Judges the stamps of one session's video frames. Measured with ffmpeg: after a jump back it writes every frame one
 * tick behind the last until the old time is reached again, and of stamps that stand still it makes seconds that last
 * milliseconds.
 */
export class StampWatch {
  readonly #jumps = new RateLimit(maxJumpsPerMinute, 60_000);
  #lastTimeMs: number | undefined;
  #lastArrivalMs = 0;
  #movedAtMs = 0;
  #stillFrames = 0;
  #isUnusable = false;

  get isUnusable(): boolean {
    return this.#isUnusable;
  }

  /** `timeMs` is the stamp of a frame, `nowMs` when it arrived. */
  judge(timeMs: number, nowMs: number): StampVerdict {
    const lastTimeMs = this.#lastTimeMs;
    const elapsedMs = nowMs - this.#lastArrivalMs;
    this.#lastTimeMs = timeMs;
    this.#lastArrivalMs = nowMs;
    if (this.#isUnusable) return 'steady';
    if (lastTimeMs === undefined || timeMs !== lastTimeMs) {
      this.#movedAtMs = nowMs;
      this.#stillFrames = 0;
    } else this.#stillFrames += 1;
    if (this.#stillFrames >= frozenAfterFrames && nowMs - this.#movedAtMs >= frozenAfterMs) {
      return this.#giveUp();
    }
    const stepMs = timeMs - (lastTimeMs ?? timeMs);
    if (stepMs >= -reorderedMs && stepMs <= elapsedMs + holeMs) return 'steady';
    if (this.#jumps.waitMs(nowMs) > 0) return this.#giveUp();
    this.#jumps.record(nowMs);
    return 'jump';
  }

  #giveUp(): 'unusable' {
    this.#isUnusable = true;
    return 'unusable';
  }
}
