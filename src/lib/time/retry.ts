/** How fast something is tried again: data only, the delay is computed by `retryDelayMs`. */
export interface RetryPace {
  /** Delay before the first retry, in milliseconds. */
  readonly firstMs: number;
  /** Growth per further failed attempt; 1 keeps the pace. */
  readonly factor: number;
  /** Longest delay, in milliseconds, before jitter. */
  readonly capMs: number;
  /** Up to this share is added at random, so that fifty cameras behind one dead switch do not dial in step. */
  readonly jitter: number;
}

/**
 * Delay before retry number `attempt` (1 is the first retry), in milliseconds.
 * `random` is in [0, 1). Never shorter than the pace says: a floor such as "not for 3 minutes" holds exactly.
 */
export function retryDelayMs(pace: RetryPace, attempt: number, random: number): number {
  const exponent = Math.min(Math.max(attempt - 1, 0), 30);
  const delayMs = Math.min(pace.firstMs * pace.factor ** exponent, pace.capMs);
  return Math.round(delayMs * (1 + pace.jitter * random));
}
