/** At most `limit` events in any window of `windowMs`; remembers only the last `limit` times. */
export class RateLimit {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #times: number[] = [];

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Milliseconds until the next event is allowed, 0 if it is allowed now. */
  waitMs(nowMs: number): number {
    const oldest = this.#times.length < this.#limit ? undefined : this.#times[0];
    return oldest === undefined ? 0 : Math.max(0, oldest + this.#windowMs - nowMs);
  }

  record(nowMs: number): void {
    this.#times.push(nowMs);
    if (this.#times.length > this.#limit) this.#times.shift();
  }
}
