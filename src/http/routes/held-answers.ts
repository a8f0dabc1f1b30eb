import type { ViewableCamera } from '../../outputs/viewable-camera.ts';
import type { Exchange } from '../exchange.ts';

export interface HeldHandlers<T> {
  /** Answers one request; may throw, which becomes its failure. */
  deliver(exchange: Exchange, value: T): void;
  fail(exchange: Exchange, error: unknown): void;
}

interface Group {
  readonly controller: AbortController;
  readonly waiting: Set<Exchange>;
}

/** Why a wait ends when nobody wants its answer any more; nobody sees it. */
const everyoneLeft = new Error('All waiting viewers have left');

/**
 * Requests that wait for the same thing wait together: one promise, one AbortSignal and one release loop for all, since
 * two thousand viewers ask for each part in the same words. (A signal costs 4.6 us to make and as much again to listen
 * to, which is a fifth of a core for two thousand LL-HLS viewers.) The wait is aborted when the last one has left.
 */
export class HeldAnswers<T> {
  readonly #groups = new Map<string, Group>();
  readonly #handlers: HeldHandlers<T>;
  /** Unused until an answer turns out to be a promise; so answers given at once make no controller. */
  #spare = new AbortController();

  constructor(handlers: HeldHandlers<T>) {
    this.#handlers = handlers;
  }

  /** The signal to ask with. When the answer is a promise, hand that to `hold` before asking for the next signal. */
  get signal(): AbortSignal {
    return this.#spare.signal;
  }

  /** Lets the request wait with those that asked the same before; false: nobody did. */
  join(key: string, exchange: Exchange): boolean {
    const group = this.#groups.get(key);
    if (group === undefined) return false;
    this.#add(key, group, exchange);
    return true;
  }

  /** Lets the request, and those that join, wait for an answer that was asked with `signal`. */
  hold(key: string, answer: Promise<T>, exchange: Exchange): void {
    const group: Group = { controller: this.#spare, waiting: new Set() };
    this.#spare = new AbortController();
    this.#groups.set(key, group);
    this.#add(key, group, exchange);
    answer.then(
      (value) => this.#release(key, group, (waiter) => this.#deliver(waiter, value)),
      (error: unknown) => this.#release(key, group, (waiter) => this.#handlers.fail(waiter, error)),
    );
  }

  /** Ends every wait with this reason. */
  abortAll(reason: Error): void {
    for (const group of this.#groups.values()) group.controller.abort(reason);
  }

  /** Takes the requests that wait for this camera out of their wait; they are the caller's to answer. */
  withdraw(camera: ViewableCamera): Exchange[] {
    const withdrawn: Exchange[] = [];
    for (const [key, group] of this.#groups) {
      const [first] = group.waiting;
      // All of a group ask the same camera.
      if (first?.camera !== camera) continue;
      withdrawn.push(...group.waiting);
      group.waiting.clear();
      this.#forget(key, group);
      group.controller.abort(everyoneLeft);
    }
    return withdrawn;
  }

  #add(key: string, group: Group, exchange: Exchange): void {
    group.waiting.add(exchange);
    exchange.scope.onEnd(() => {
      if (group.waiting.delete(exchange) && group.waiting.size === 0) {
        this.#forget(key, group);
        group.controller.abort(everyoneLeft);
      }
    });
  }

  #release(key: string, group: Group, answer: (exchange: Exchange) => void): void {
    this.#forget(key, group);
    const released = [...group.waiting];
    group.waiting.clear();
    for (const exchange of released) answer(exchange);
  }

  #deliver(exchange: Exchange, value: T): void {
    try {
      this.#handlers.deliver(exchange, value);
    } catch (error) {
      this.#handlers.fail(exchange, error);
    }
  }

  #forget(key: string, group: Group): void {
    if (this.#groups.get(key) === group) this.#groups.delete(key);
  }
}
