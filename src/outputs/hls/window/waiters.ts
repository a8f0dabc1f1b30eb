import { CamgateError } from '../../../lib/errors.ts';
import { PatientTimer } from '../../../lib/time/patient-timer.ts';

/** One held request; it is its own abort listener, because thousands begin and end with every part. */
class Waiter {
  readonly deadlineMs: number;
  readonly #signal: AbortSignal;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  readonly #leave: (waiter: Waiter) => void;

  constructor(options: {
    deadlineMs: number;
    signal: AbortSignal;
    resolve: (value: unknown) => void;
    reject: (error: Error) => void;
    leave: (waiter: Waiter) => void;
  }) {
    this.deadlineMs = options.deadlineMs;
    this.#signal = options.signal;
    this.#resolve = options.resolve;
    this.#reject = options.reject;
    this.#leave = options.leave;
    this.#signal.addEventListener('abort', this);
  }

  resolve(value: unknown): void {
    this.#end();
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.#end();
    this.#reject(error);
  }

  handleEvent(): void {
    this.reject(this.#signal.reason as Error);
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this);
    this.#leave(this);
  }
}

interface Group {
  readonly probe: () => unknown;
  readonly members: Set<Waiter>;
  readonly leave: (waiter: Waiter) => void;
}

/**
 * Requests that wait for a part, grouped by what they wait for. The awaited thing is looked up once per group and all
 * of the group get the same object. One timer in all, however many wait.
 */
export class Waiters {
  readonly #groups = new Map<string, Group>();
  #timer: PatientTimer | undefined;

  /**
   * Resolves with what `probe` returns once that is not undefined. Rejects with playlist-timeout after `holdMs`, or
   * with the signal's reason. `key` names what is waited for: equal keys mean equal probes.
   */
  wait<T>(
    key: string,
    probe: () => T | undefined,
    options: { signal: AbortSignal; holdMs: number },
  ): Promise<T> {
    const { signal, holdMs } = options;
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const group = this.#groups.get(key) ?? this.#addGroup(key, probe);
      const deadlineMs = performance.now() + holdMs;
      const { leave } = group;
      group.members.add(
        new Waiter({
          deadlineMs,
          signal,
          resolve: resolve as (value: unknown) => void,
          reject,
          leave,
        }),
      );
      this.#timer ??= new PatientTimer(holdMs, () => this.#expire());
    });
  }

  /** Something changed: lets go all that waited for it. */
  release(): void {
    for (const group of [...this.#groups.values()]) {
      const value = group.probe();
      if (value === undefined) continue;
      for (const waiter of [...group.members]) waiter.resolve(value);
    }
  }

  /** Ends every wait with this error. */
  rejectAll(error: Error): void {
    for (const group of [...this.#groups.values()]) {
      for (const waiter of [...group.members]) waiter.reject(error);
    }
  }

  #addGroup(key: string, probe: () => unknown): Group {
    const members = new Set<Waiter>();
    const leave = (waiter: Waiter): void => {
      members.delete(waiter);
      if (members.size > 0) return;
      this.#groups.delete(key);
      if (this.#groups.size > 0) return;
      this.#timer?.clear();
      this.#timer = undefined;
    };
    const group = { probe, members, leave };
    this.#groups.set(key, group);
    return group;
  }

  #expire(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    let nextMs = Infinity;
    for (const group of [...this.#groups.values()]) {
      for (const waiter of [...group.members]) {
        // A timer may fire a fraction of a millisecond early.
        if (waiter.deadlineMs <= nowMs + 1) waiter.reject(timeoutError());
        else nextMs = Math.min(nextMs, waiter.deadlineMs);
      }
    }
    if (nextMs < Infinity) this.#timer ??= new PatientTimer(nextMs - nowMs, () => this.#expire());
  }
}

/** rfc8216bis 6.2.5.2: a request held for three target durations is answered with 503. */
function timeoutError(): CamgateError {
  return new CamgateError(
    'playlist-timeout',
    'The camera sent nothing new for three target durations; try again.',
    { retryAfterMs: 1000 },
  );
}
