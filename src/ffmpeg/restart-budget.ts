/** How often a child may be started again without being asked to. */
export interface RestartPolicy {
  /** Restarts within one window. */
  readonly maxRestarts: number;
  readonly windowMs: number;
  /** Wait before the first restart of a window, in milliseconds; doubles with each further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const defaultRestartPolicy: RestartPolicy = {
  maxRestarts: 6,
  windowMs: 60_000,
  firstDelayMs: 200,
  maxDelayMs: 5_000,
};

/** When the children of one feed ended unasked, newest last, on a clock in milliseconds. Never longer than maxRestarts. */
export type RestartHistory = readonly number[];

export interface RestartDecision {
  /** When the next child may start, on the same clock. */
  readonly startAtMs: number;
  /** The budget was used up, so the start waits until the oldest restart has left the window. */
  readonly isExhausted: boolean;
  readonly history: RestartHistory;
}

/** What follows when a child ended unasked at nowMs. Pure: the caller keeps the history and does the waiting. */
export function planRestart(
  policy: RestartPolicy,
  history: RestartHistory,
  nowMs: number,
): RestartDecision {
  const recent = history.filter((atMs) => atMs > nowMs - policy.windowMs);
  const backOffMs = Math.min(policy.firstDelayMs * 2 ** recent.length, policy.maxDelayMs);
  const oldest = recent[recent.length - policy.maxRestarts];
  const isExhausted = oldest !== undefined;
  const freeAtMs = isExhausted ? oldest + policy.windowMs : nowMs;
  const startAtMs = Math.max(nowMs + backOffMs, freeAtMs);
  return { startAtMs, isExhausted, history: [...recent, startAtMs].slice(-policy.maxRestarts) };
}
