import type { ArrivalInterval } from './arrival-interval.ts';

/** Times run ahead of arrival by less than this, in milliseconds: half a second of a burst can still be spread. */
const furthestAheadMs = 700;
/** A hole is at most this much later than what jitter explains, in milliseconds. */
const mostJitterMs = 2_000;

/**
 * Times of frames that have no stamps worth the name: their arrival, smoothed. Each frame comes one interval behind the
 * last, plus a small part of the mean error, so that pairs and bursts are spread and jitter vanishes; a frame that is
 * later than bursts explain comes behind a hole and gets the time at which it came. Whether the first or the last frame
 * of a burst has the time of its arrival is left as it is.
 */
export class ArrivalPace {
  readonly #interval: ArrivalInterval;
  #timeMs: number;
  #meanErrorMs = 0;
  #spreadMs = 0;

  /** `interval` has noted the newest frame already, and `timeMs` is that of the one before. */
  constructor(interval: ArrivalInterval, timeMs: number) {
    this.#interval = interval;
    this.#timeMs = timeMs;
  }

  /** `dueMs` is the time that belongs to the very arrival of the newest frame. */
  next(dueMs: number): number {
    const { ms, burstMs } = this.#interval;
    const errorMs = dueMs - this.#timeMs - ms;
    if (this.#isLate(errorMs)) {
      this.#meanErrorMs = 0;
      this.#timeMs = dueMs;
      return dueMs;
    }
    this.#meanErrorMs += (errorMs - this.#meanErrorMs) / 8;
    this.#spreadMs += (Math.abs(errorMs) - this.#spreadMs) / 16;
    // Half of a burst, and as the mean swings while a burst is taken, half of that again.
    const excessMs = Math.max(0, Math.abs(this.#meanErrorMs) - 0.75 * burstMs);
    const stepMs = ms + 0.09 * Math.sign(this.#meanErrorMs) * excessMs;
    // Ahead of arrival by half of what is left at most, so that times rise whatever comes.
    const aheadMs = this.#timeMs - dueMs;
    const roomMs = Math.max(0, -aheadMs) + (furthestAheadMs - Math.max(0, aheadMs)) / 2;
    this.#timeMs += Math.min(Math.max(stepMs, 0.25 * ms), Math.max(0, roomMs));
    return this.#timeMs;
  }

  #isLate(errorMs: number): boolean {
    const { isMeasured, holeMs } = this.#interval;
    if (!isMeasured) return errorMs > 0;
    return errorMs > Math.max(holeMs, Math.min(mostJitterMs, 4 * this.#spreadMs));
  }
}
