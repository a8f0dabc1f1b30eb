/** Distance of frames until the camera has shown its own, in milliseconds. */
export const usualIntervalMs = 40;
/** The interval is the mean of this many frames (whole pairs and eights), or of fewer that fill this long. */
const memory = 16;
const memoryMs = 1_200;
const leastMemory = 4;
/** A frame that is late by this, or three intervals of a slow camera, comes behind a hole. In milliseconds. */
const [leastHoleMs, mostHoleMs] = [500, 2_000];
/** Times run ahead of arrival by less than this, in milliseconds: half a second of a burst can still be spread. */
const furthestAheadMs = 700;
/** So many holes in a row are the camera's pace. */
const holesOfNewPace = 3;

/**
 * Times of frames that have no stamps worth the name: their arrival, smoothed. Each frame comes one interval behind the
 * last, plus a small part of the mean error, so that pairs and bursts are spread and jitter vanishes; a frame that is
 * later than bursts explain comes behind a hole and gets the time at which it came.
 */
export class ArrivalPace {
  /** Of the newest frames, with holes taken out. */
  readonly #arrivals = new Float64Array(memory + 1);
  #frameCount = 0;
  #sumMs = 0;
  #lastArrivalMs = 0;
  #timeMs = 0;
  #isMeasured = false;
  #intervalMs: number;
  #meanErrorMs = 0;
  #spreadMs = 0;
  #holesInRow = 0;

  constructor(intervalMs: number | undefined) {
    this.#intervalMs = intervalMs ?? usualIntervalMs;
  }

  /** The first frame, or the last one that got its time elsewhere. */
  start(timeMs: number, arrivedAtMs: number): void {
    this.#timeMs = timeMs;
    this.#lastArrivalMs = arrivedAtMs;
  }

  /** `dueMs` is the time that belongs to this very arrival. */
  next(arrivedAtMs: number, dueMs: number): number {
    const gapMs = Math.max(0, arrivedAtMs - this.#lastArrivalMs);
    this.#lastArrivalMs = arrivedAtMs;
    const isHole = this.#isLate(dueMs);
    this.#measure(gapMs, isHole && this.#isMeasured);
    if (isHole || this.#isLate(dueMs)) {
      this.#meanErrorMs = 0;
      this.#timeMs = dueMs;
      return dueMs;
    }
    const errorMs = dueMs - this.#timeMs - this.#intervalMs;
    this.#meanErrorMs += (errorMs - this.#meanErrorMs) / 8;
    this.#spreadMs += (Math.abs(errorMs) - this.#spreadMs) / 16;
    const stepMs = this.#intervalMs + 0.09 * this.#meanErrorMs;
    // Ahead of arrival by half of what is left at most, so that times rise whatever comes.
    const aheadMs = this.#timeMs - dueMs;
    const roomMs = Math.max(0, -aheadMs) + (furthestAheadMs - Math.max(0, aheadMs)) / 2;
    this.#timeMs += Math.min(Math.max(stepMs, 0.25 * this.#intervalMs), Math.max(0, roomMs));
    return this.#timeMs;
  }

  #isLate(dueMs: number): boolean {
    const errorMs = dueMs - this.#timeMs - this.#intervalMs;
    if (!this.#isMeasured) return errorMs > 0;
    const usualMs = Math.max(3 * this.#intervalMs, 4 * this.#spreadMs);
    return errorMs > Math.max(leastHoleMs, Math.min(mostHoleMs, usualMs));
  }

  #measure(gapMs: number, isHole: boolean): void {
    this.#holesInRow = isHole ? this.#holesInRow + 1 : 0;
    if (this.#holesInRow >= holesOfNewPace) {
      this.#intervalMs = gapMs;
      this.#frameCount = 0;
      this.#arrivals[0] = this.#sumMs;
      return;
    }
    this.#sumMs += isHole ? this.#intervalMs : gapMs;
    this.#frameCount += 1;
    this.#arrivals[this.#frameCount % this.#arrivals.length] = this.#sumMs;
    let count = Math.min(this.#frameCount, memory);
    if (count < leastMemory) return;
    while (count > leastMemory && this.#spanOf(count) > memoryMs) count -= 1;
    const meanMs = this.#spanOf(count) / count;
    if (meanMs <= 0) return;
    const weight = this.#isMeasured ? 0.25 : 1;
    this.#isMeasured = true;
    this.#intervalMs += weight * (meanMs - this.#intervalMs);
  }

  #spanOf(count: number): number {
    const { length } = this.#arrivals;
    return this.#sumMs - (this.#arrivals[(this.#frameCount - count) % length] ?? 0);
  }
}
