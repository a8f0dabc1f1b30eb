import { vi } from 'vitest';

export interface StoppedTimers extends Disposable {
  /** Lets so much time pass at once, in milliseconds. */
  pass(ms: number): void;
}

/**
 * Time limits of this process stand still while sockets go on, so that a busy machine cannot use up the time of an
 * answer: a test lets time pass when it has seen what was to come within it.
 */
export function stopTimers(): StoppedTimers {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return {
    pass: (ms) => void vi.advanceTimersByTime(ms),
    [Symbol.dispose]: () => void vi.useRealTimers(),
  };
}
