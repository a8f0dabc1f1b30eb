import type { Clock } from '../src/lib/time/clock.ts';

/** Clocks that stand until they are moved: time passes on both, and the wall clock can be set beside. */
export class SettableClock implements Clock {
  #monotonicMs = 0;
  #distanceMs: number;

  /** `wallMs`: what the wall clock shows first; the monotonic one begins at 0. */
  constructor(wallMs = Date.UTC(2026, 10, 24, 12)) {
    this.#distanceMs = wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.wallOf(this.#monotonicMs);
  }

  wallOf(monotonicMs: number): number {
    return this.#distanceMs + monotonicMs;
  }

  pass(ms: number): void {
    this.#monotonicMs += ms;
  }

  /** Somebody sets the wall clock: forward, or back where negative. */
  step(ms: number): void {
    this.#distanceMs += ms;
  }
}
