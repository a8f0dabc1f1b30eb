import type { Clock } from '../../src/lib/time/clock.ts';

/** Time passes as it does, and can be made to pass at once; the wall clock can be set. */
export class SteppedClock implements Clock {
  /** What the wall clock is off by. */
  offMs = 0;
  #passedMs = 0;

  monotonicMs(): number {
    return performance.now() + this.#passedMs;
  }

  wallMs(): number {
    return this.wallOf(this.monotonicMs());
  }

  wallOf(monotonicMs: number): number {
    return performance.timeOrigin + this.offMs + monotonicMs;
  }

  pass(ms: number): void {
    this.#passedMs += ms;
  }
}
