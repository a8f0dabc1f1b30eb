/** The two clocks of the process; built in the composition root and handed down. All values are milliseconds. */
export interface Clock {
  /** Never set, from any zero: for ages, deadlines, rates and waits. It may stand while the machine is suspended. */
  monotonicMs(): number;
  /** Since the epoch, as the machine's clock is set at this moment: for people and standards. */
  wallMs(): number;
  /** The wall time, as the clock is set at this moment, of an instant of the monotonic clock. */
  wallOf(monotonicMs: number): number;
}

/** Both clocks differ by steps of a millisecond and by the time between two readings; more is a clock that was set. */
const toleranceMs = 10;

/**
 * The machine's clocks. Their distance is kept until it has changed noticeably, so that an instant has the same wall
 * time however often it is asked for.
 */
export class SystemClock implements Clock {
  #distanceMs = Date.now() - performance.now();

  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return this.wallOf(performance.now());
  }

  wallOf(monotonicMs: number): number {
    const distanceMs = Date.now() - performance.now();
    if (Math.abs(distanceMs - this.#distanceMs) > toleranceMs) this.#distanceMs = distanceMs;
    return this.#distanceMs + monotonicMs;
  }
}
