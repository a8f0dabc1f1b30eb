import type { Scope } from './scope.ts';

/** Starts tasks in order, a few in each turn of the event loop, so that everything else has its share between them. */
export class Turns {
  readonly #perTurn: number;
  readonly #waiting = new Set<() => void>();
  #isScheduled = false;

  /** @param perTurn tasks that start in one turn of the event loop, at most */
  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Runs the task in a later turn; never when the scope is over by then. */
  add(task: () => void, scope: Scope): void {
    const start = (): void => {
      forget();
      task();
    };
    this.#waiting.add(start);
    const forget = scope.onEnd(() => this.#waiting.delete(start));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    let count = 0;
    for (const start of this.#waiting) {
      if (count++ >= this.#perTurn) break;
      this.#waiting.delete(start);
      start();
    }
    this.#schedule();
  }
}
