import { sleep } from '../../../lib/time/sleep.ts';

/** So much may come at once: a camera that begins with seconds of its past, or a large keyframe, is no excess. */
const burstMs = 1_000;
/** Shorter waits are saved up: timers cost more than they are worth then. */
const leastWaitMs = 20;
/** Held back for this long since it was last said, and not said within this time. */
const sayAfterMs = 1_000;
const saySpacingMs = 60_000;

export interface IntakeBudgetOptions {
  readonly bytesPerSecond: number;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** The camera has sent too much for some time; called once a minute at most. */
  readonly onExcess: () => void;
}

/**
 * Bound of what one camera may send. Anyone who reads from it pays for the bytes, and waits before reading on when
 * there were too many: TCP then holds the camera back, which leaves out frames as it would on a slower network. Nothing
 * is lost of what it has sent, and the event loop stays with the other cameras.
 *
 * The bytes are a queue that empties at the rate of the budget: `#emptyAtMs` is when.
 */
export class IntakeBudget {
  /** How long reading has waited, in milliseconds. */
  heldBackMs = 0;
  readonly #options: IntakeBudgetOptions;
  #emptyAtMs = 0;
  #saidHeldBackMs = 0;
  #saidAtMs: number | undefined;

  constructor(options: IntakeBudgetOptions) {
    this.#options = options;
  }

  spend(byteCount: number): void {
    const { bytesPerSecond, now } = this.#options;
    this.#emptyAtMs = Math.max(this.#emptyAtMs, now()) + (1000 * byteCount) / bytesPerSecond;
  }

  /** Waits until the next read is within the budget; returns early when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const startMs = this.#options.now();
    const waitMs = this.#emptyAtMs - burstMs - startMs;
    if (waitMs < leastWaitMs) return;
    await sleep(waitMs, signal);
    this.heldBackMs += this.#options.now() - startMs;
    this.#say();
  }

  #say(): void {
    const nowMs = this.#options.now();
    if (this.heldBackMs - this.#saidHeldBackMs < sayAfterMs) return;
    if (this.#saidAtMs !== undefined && nowMs - this.#saidAtMs < saySpacingMs) return;
    this.#saidHeldBackMs = this.heldBackMs;
    this.#saidAtMs = nowMs;
    this.#options.onExcess();
  }
}
