import { PatientTimer } from './time/patient-timer.ts';

/** Lets tasks wait for a condition on somebody else's state: no polling, every wait has an end. */
export class Changes {
  readonly #checks = new Set<() => void>();

  /** Call after every change that a waiter might wait for. */
  notify(): void {
    for (const check of [...this.#checks]) check();
  }

  /**
   * Resolves with the first value of `probe` that is not undefined; rejects with what `probe` throws, with the
   * signal's reason, or with `timeoutError()` after `timeoutMs`.
   */
  wait<T>(
    probe: () => T | undefined,
    options: { signal: AbortSignal; timeoutMs: number; timeoutError: () => Error },
  ): Promise<T> {
    const { signal, timeoutMs, timeoutError } = options;
    return new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        timer.clear();
        this.#checks.delete(check);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const check = (): void => {
        try {
          const value = probe();
          if (value !== undefined) finish(() => resolve(value));
        } catch (error) {
          finish(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const onAbort = (): void => finish(() => reject(signal.reason as Error));
      const timer = new PatientTimer(timeoutMs, () => finish(() => reject(timeoutError())));
      this.#checks.add(check);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else check();
    });
  }
}
