/** Pictures that come closer together than this, in milliseconds, waited somewhere on their way: no camera sends faster. */
const shortestIntervalMs = 12;

/** Turns the times at which pictures came, by the monotonic clock, into stamps that rise. */
export class ArrivalClock {
  #timeMs = 0;
  #arrivedAtMs: number | undefined;

  /** In whole milliseconds since the first picture; undefined where this one comes too close behind the last. */
  stamp(arrivedAtMs: number): number | undefined {
    const stepMs = Math.round(arrivedAtMs - (this.#arrivedAtMs ?? arrivedAtMs));
    if (this.#arrivedAtMs !== undefined) {
      if (stepMs < shortestIntervalMs) return undefined;
      this.#timeMs += stepMs;
    }
    this.#arrivedAtMs = arrivedAtMs;
    return this.#timeMs;
  }
}
