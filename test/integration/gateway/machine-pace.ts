import { Heartbeat } from '../../heartbeat.ts';

/** Longest change of what a playlist shows, as promised, in milliseconds: another encoder has begun by then. */
export const usualChangeMs = 2_000;

/**
 * How long a change may take on this machine: as promised, unless the first start of an encoder took nearly as long.
 */
export class MachinePace {
  readonly #heartbeat = new Heartbeat();
  readonly #startedMs = performance.now();
  #firstMs = 0;

  /** The first encoder since the start of this has begun. */
  noteFirstChange(firstMs = performance.now() - this.#startedMs): void {
    this.#firstMs = firstMs;
  }

  /** Without what was lost meanwhile, in milliseconds. */
  get usualMs(): number {
    return Math.max(usualChangeMs, 1.5 * this.#firstMs);
  }

  /** For a change that began at that time of performance.now() and is over now, in milliseconds. */
  changeMs(sinceMs: number): number {
    return this.usualMs + this.lostSince(sinceMs);
  }

  /** Time in which this process was not run, in milliseconds. */
  lostSince(sinceMs: number): number {
    return this.#heartbeat.lostSince(sinceMs);
  }

  stop(): void {
    this.#heartbeat.stop();
  }
}
