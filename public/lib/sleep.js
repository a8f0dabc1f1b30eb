/**
 * Waits, and ends early without an error when the signal is aborted or the page comes back to life (shown again,
 * network back), because then everybody wants to know the news at once.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether it ended early
 */
export function sleepUntilNews(ms, signal) {
  return new Promise((resolve) => {
    const waking = new AbortController();
    const end = (/** @type {boolean} */ isEarly) => {
      clearTimeout(timer);
      waking.abort();
      resolve(isEarly);
    };
    const wake = () => end(true);
    const timer = setTimeout(() => end(false), ms);
    if (signal.aborted) return wake();
    signal.addEventListener('abort', wake, { signal: waking.signal });
    addEventListener('online', wake, { signal: waking.signal });
    document.addEventListener('visibilitychange', wake, { signal: waking.signal });
  });
}

/**
 * Resolves when the page is shown (at once if it is), or the signal is aborted.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export async function pageShown(signal) {
  while (document.hidden && !signal.aborted) await sleepUntilNews(60_000, signal);
}
