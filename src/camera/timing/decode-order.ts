/** Deeper than this no order is learned from stamps: what goes back further is a clock that was set. */
const deepestLearned = 4;

/**
 * Decode times of frames that are timed for presentation. With a depth of d at most d frames come before a frame and
 * are shown after it, so the lowest of the newest d + 1 times can be decoded now and rises from frame to frame:
 *
 *   comes     I0 P4 B2 b1 b3 P8 B6         d = 2 (pyramid)
 *   shown      0  4  2  1  3  8  6
 *   decoded   -2 -1  0  1  2  3  4
 */
export class DecodeOrder {
  #depth = 0;
  /** Times that are still to be decoded, rising; at most depth + 1. */
  #waiting: number[] = [];
  #frameCount = 0;
  #firstMs = 0;
  #leadStepMs = 0;
  readonly #recent: number[] = [];
  #seenDepth = 0;

  /** Of the running run. */
  get depth(): number {
    return this.#depth;
  }

  /** What the frames of this session have shown. */
  get seenDepth(): number {
    return this.#seenDepth;
  }

  /** The next frame is the first of a run. `intervalMs` spaces the decode times before its own time. */
  start(depth: number, intervalMs: number): void {
    this.#depth = depth;
    this.#waiting = [];
    this.#frameCount = 0;
    this.#leadStepMs = intervalMs;
  }

  /** Learns from the time that a stamp means. Returns whether it is further back than frames out of order are. */
  isSetBack(timeMs: number): boolean {
    let back = 0;
    for (const recent of this.#recent) if (recent > timeMs) back += 1;
    if (back > Math.max(deepestLearned, this.#depth)) {
      this.#recent.length = 0;
      return true;
    }
    this.#seenDepth = Math.max(this.#seenDepth, back);
    this.#recent.push(timeMs);
    if (this.#recent.length > Math.max(deepestLearned, this.#depth) + 1) this.#recent.shift();
    return false;
  }

  /** Returns the decode time that goes with the next frame. */
  push(timeMs: number): number {
    if (this.#frameCount === 0) this.#firstMs = timeMs;
    this.#frameCount += 1;
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1] ?? 0) > timeMs) place -= 1;
    this.#waiting.splice(place, 0, timeMs);
    const missing = this.#depth - this.#frameCount + 1;
    if (missing > 0) return this.#firstMs - missing * this.#leadStepMs;
    return this.#waiting.shift() ?? timeMs;
  }
}
