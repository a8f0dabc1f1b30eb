/** Events (or bytes) per second over the last few seconds, in one-second buckets. */
export class RateMeter {
  readonly #seconds: number;
  readonly #buckets: Float64Array;
  #firstSecond: number | undefined;
  #lastSecond = 0;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#buckets = new Float64Array(seconds + 1);
  }

  add(amount: number, nowMs: number): void {
    this.#advance(Math.floor(nowMs / 1000));
    this.#firstSecond ??= this.#lastSecond;
    const index = this.#lastSecond % this.#buckets.length;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + amount;
  }

  /** Mean of the last whole seconds; undefined before one whole second has passed. */
  perSecond(nowMs: number): number | undefined {
    if (this.#firstSecond === undefined) return undefined;
    this.#advance(Math.floor(nowMs / 1000));
    const wholeSeconds = Math.min(this.#seconds, this.#lastSecond - this.#firstSecond);
    if (wholeSeconds < 1) return undefined;
    const current = this.#buckets[this.#lastSecond % this.#buckets.length] ?? 0;
    return (this.#buckets.reduce((sum, value) => sum + value, 0) - current) / wholeSeconds;
  }

  reset(): void {
    this.#buckets.fill(0);
    this.#firstSecond = undefined;
  }

  #advance(second: number): void {
    const steps = Math.min(second - this.#lastSecond, this.#buckets.length);
    for (let step = 0; step < steps; step++) {
      this.#buckets[(second - step) % this.#buckets.length] = 0;
    }
    if (second > this.#lastSecond) this.#lastSecond = second;
  }
}
