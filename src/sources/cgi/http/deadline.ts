import { PatientTimer } from '../../../lib/time/patient-timer.ts';

/**
 * Runs `work` with a signal that is aborted when one of the outer signals is, or with `timeoutError()` after `ms`.
 * Timer and listeners are gone when the work ends, so a signal that lives as long as the camera collects nothing.
 */
export async function withDeadline<T>(
  signals: readonly AbortSignal[],
  limit: { readonly ms: number; readonly timeoutError: () => Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (const signal of signals) signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
  const timer = new PatientTimer(limit.ms, () => controller.abort(limit.timeoutError()));
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    timer.clear();
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}
