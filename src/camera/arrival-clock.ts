/** Pictures that come closer together than this, in milliseconds, waited somewhere on their way: no camera sends faster. */
const shortestIntervalMs = 12;

/** Turns the times at which pictures came into stamps that rise, whatever the system's clock does. */
export class ArrivalClock {
  #timeMs = 0;
  #arrivedAtMs: number | undefined;

  /** In whole milliseconds since the first picture; undefined where this one comes too close behind the last. */
  stamp(arrivedAtMs: number): number | undefined {
    const stepMs = Math.round(arrivedAtMs - (this.#arrivedAtMs ?? arrivedAtMs));
    if (this.#arrivedAtMs !== undefined) {
      if (stepMs >= 0 && stepMs < shortestIntervalMs) return undefined;
      // A clock that was set back says nothing of the distance.
      this.#timeMs += Math.max(stepMs, shortestIntervalMs);
    }
    this.#arrivedAtMs = arrivedAtMs;
    return this.#timeMs;
  }
}
