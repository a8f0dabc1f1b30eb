/** Longest pause while the camera says `Snapshot Failed.`, in milliseconds: doubling from the pace. */
const maxPauseMs = 6_400;
/** A camera that wants to be left alone for longer is none to wait for: its session ends. In milliseconds. */
const longestWaitMs = 300_000;
/**
 * After so many stills in a row at a pace that the camera asked for, it is tried a little faster, down to this share.
 */
const steadyCount = 8;
const easing = 0.75;

/** How far apart a camera is asked for stills: as configured, and more slowly where it says so. */
export class PollPace {
  readonly #usualMs: number;
  #paceMs: number;
  #pauseMs: number;
  #inRow = 0;

  /** From the start of one request to the start of the next, in milliseconds. */
  constructor(usualMs: number) {
    this.#usualMs = usualMs;
    this.#paceMs = usualMs;
    this.#pauseMs = usualMs;
  }

  /** From the start of the last request to the start of the next, in milliseconds. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  stillCame(): void {
    this.#inRow += 1;
    if (this.#inRow >= steadyCount) {
      this.#inRow = 0;
      this.#paceMs = Math.max(this.#usualMs, easing * this.#paceMs);
    }
    this.#pauseMs = this.#paceMs;
  }

  stillFailed(): void {
    this.#inRow = 0;
    this.#pauseMs = Math.max(this.#paceMs, Math.min(2 * this.#pauseMs, maxPauseMs));
  }

  /** The camera wants to be left alone for so long. Returns false for what is too long to wait. */
  slowDown(waitMs: number): boolean {
    if (waitMs > longestWaitMs) return false;
    this.#inRow = 0;
    this.#paceMs = Math.max(this.#usualMs, waitMs);
    this.#pauseMs = this.#paceMs;
    return true;
  }
}
