/** Intervals that are remembered. */
const memory = 8;
/** Shortest interval that can be a hole, in milliseconds: Wi-Fi cameras pause for a few hundred now and then. */
const leastPatienceMs = 1_000;
/** This many holes of one kind in a row are the camera's new pace. */
const holesOfNewPace = 2;
/** A hole of this length ends a run, or three intervals of a slow camera; the longer one while its pace is unknown. */
const leastBreakMs = 4_000;
const firstBreakMs = 15_000;

/** The usual interval between a camera's frames, ignoring holes, and what counts as a hole. */
export class FrameInterval {
  /** The newest intervals, kept without allocating, because this runs for each frame. */
  readonly #ringMs = new Float64Array(memory);
  readonly #sortedMs = new Float64Array(memory);
  #count = 0;
  #holeCount = 0;
  #medianMs: number | undefined;
  #longestMs = 0;

  /** `distanceMs` from the frame before. */
  note(distanceMs: number): void {
    if (this.#count > 0 && distanceMs > this.patienceMs) {
      this.#holeCount += 1;
      if (this.#holeCount < holesOfNewPace) return;
      this.#count = 0;
    }
    this.#holeCount = 0;
    this.#ringMs[this.#count % memory] = distanceMs;
    this.#count += 1;
    const known = Math.min(this.#count, memory);
    for (let index = 0; index < known; index += 1) this.#insert(this.#ringMs[index] ?? 0, index);
    this.#medianMs = this.#sortedMs[(known - 1) >> 1];
    this.#longestMs = this.#sortedMs[known - 1] ?? 0;
  }

  /** Into the `count` intervals that are sorted already. */
  #insert(intervalMs: number, count: number): void {
    let place = count;
    while (place > 0 && (this.#sortedMs[place - 1] ?? 0) > intervalMs) {
      this.#sortedMs[place] = this.#sortedMs[place - 1] ?? 0;
      place -= 1;
    }
    this.#sortedMs[place] = intervalMs;
  }

  /** Median, in milliseconds; undefined before the second frame. */
  get ms(): number | undefined {
    return this.#medianMs;
  }

  /**
   * Frames further apart than this have a hole between them: 1 s, three usual intervals, or one and a half times the
   * longest.
   */
  get patienceMs(): number {
    return Math.max(leastPatienceMs, 3 * (this.#medianMs ?? 0), 1.5 * this.#longestMs);
  }

  /** Frames further apart than this belong to different runs. */
  get breakMs(): number {
    if (this.#count === 0) return firstBreakMs;
    return Math.max(leastBreakMs, this.patienceMs);
  }
}
