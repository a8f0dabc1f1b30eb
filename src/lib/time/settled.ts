/** Resolves when the promise has settled, or the signal is aborted; never rejects. */
export function settled(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    if (signal.aborted) {
      resolve();
      return;
    }
    signal.addEventListener('abort', end);
    promise.then(end, end);
  });
}
