import type { FailureReason } from '../../lib/reasons.ts';
import { isRefusal, paceOf } from './retry-paces.ts';
import { sparedMs } from './spared-password.ts';

export interface Failure {
  readonly reason: FailureReason;
  /** For people; without credentials. */
  readonly message: string;
}

/**
 * What the supervisor of one camera is doing; its times are of the monotonic clock. `attempt` counts the failures at
 * one pace since media was last healthy.
 *
 * ```
 *            demand                 opened               quiet
 *   idle ───────────▶ connecting ───────────▶ live ◀───────────▶ stalled
 *    ▲ ▲                │  ▲  │                │ │     frame        │ │
 *    │ └── no demand ───┘  │  └──── failed ────┼─┼──────────────────┘ │
 *    │                     │          │        │ └──── no demand ─────┤
 *    │              demand,│          ▼        │                      ▼
 *    │           retry due │   backing-off (the line or the device) ─▶ idle
 *    └──── no demand, ─────┴── refused     (the camera said no)
 *          retry due
 * ```
 *
 * A dial whose password is on its way stays `connecting` after the last viewer, until the camera has judged it or the
 * time for that is over, and then fails or ends.
 *
 * A failed camera keeps its retry time when the last viewer leaves: a new viewer must not make it dial early, else
 * ten page reloads with a wrong password would lock the camera for everybody.
 */
export type SupervisorState =
  | {
      readonly name: 'idle';
      readonly sinceMs: number;
      readonly attempt: number;
      readonly lastFailure: Failure | undefined;
    }
  | {
      readonly name: 'connecting';
      readonly sinceMs: number;
      readonly attempt: number;
      readonly lastFailure: Failure | undefined;
    }
  | {
      readonly name: 'live';
      readonly sinceMs: number;
      readonly openedAtMs: number;
      readonly attempt: number;
    }
  | {
      readonly name: 'stalled';
      readonly sinceMs: number;
      readonly openedAtMs: number;
      readonly attempt: number;
    }
  | FailedState;

export interface FailedState {
  readonly name: 'backing-off' | 'refused';
  readonly sinceMs: number;
  readonly attempt: number;
  readonly failure: Failure;
  readonly retryAtMs: number;
  /** A retry comes no sooner, whoever asks for it: the camera may count one more failed login. */
  readonly notBeforeMs: number;
}

export type SupervisorEvent =
  | { readonly type: 'dial' }
  | { readonly type: 'opened' }
  /** The first video frame, and every one after a silence. */
  | { readonly type: 'frame' }
  /** Connected, but no frame for noticeably longer than usual. */
  | { readonly type: 'quiet' }
  /** `leastDelayMs`: what the failure itself asks for, whatever the pace. */
  | { readonly type: 'failed'; readonly failure: Failure; readonly leastDelayMs?: number }
  /** While the device was waited for, it has turned somebody else away who sent the same login. */
  | { readonly type: 'forestalled'; readonly refusal: FailedState }
  | { readonly type: 'released' }
  | { readonly type: 'retry-due' }
  /** Somebody wants the camera to be tried sooner: at this time of the monotonic clock. */
  | { readonly type: 'retry-asked'; readonly atMs: number };

export interface TransitionContext {
  readonly nowMs: number;
  /** Delay for a retry after this many failed attempts, in milliseconds. */
  readonly delayMs: (reason: FailureReason, attempt: number) => number;
}

/** A session that was live this long has earned a fast first retry again. */
export const healthyAfterMs = 10_000;

/** The state after an event. Pure; an event that means nothing in a state leaves the state as it is. */
export function next(
  state: SupervisorState,
  event: SupervisorEvent,
  context: TransitionContext,
): SupervisorState {
  const { nowMs } = context;
  switch (event.type) {
    case 'dial':
      return {
        name: 'connecting',
        sinceMs: nowMs,
        attempt: state.attempt,
        lastFailure: lastFailureOf(state),
      };
    case 'opened':
      if (state.name !== 'connecting') return state;
      return { name: 'live', sinceMs: nowMs, openedAtMs: nowMs, attempt: state.attempt };
    case 'frame':
      if (state.name !== 'stalled') return state;
      return { ...state, name: 'live', sinceMs: nowMs };
    case 'quiet':
      if (state.name !== 'live') return state;
      return { ...state, name: 'stalled', sinceMs: nowMs };
    case 'failed':
      return failed(state, event, context);
    case 'forestalled':
      return state.name === 'connecting' ? event.refusal : state;
    case 'released':
      if ('failure' in state) return state;
      return { name: 'idle', sinceMs: nowMs, attempt: 0, lastFailure: undefined };
    case 'retry-due':
      if (!('failure' in state)) return state;
      return {
        name: 'idle',
        sinceMs: nowMs,
        attempt: state.attempt,
        lastFailure: state.failure,
      };
    case 'retry-asked':
      if (!('failure' in state)) return state;
      return {
        ...state,
        retryAtMs: Math.min(state.retryAtMs, Math.max(event.atMs, state.notBeforeMs)),
      };
  }
}

function failed(
  state: SupervisorState,
  { failure, leastDelayMs = 0 }: Extract<SupervisorEvent, { type: 'failed' }>,
  { nowMs, delayMs }: TransitionContext,
): FailedState {
  const isNew = isHealthy(state, nowMs) || isAtOtherPace(state, failure);
  const attempt = isNew ? 1 : state.attempt + 1;
  return {
    name: isRefusal(failure.reason) ? 'refused' : 'backing-off',
    sinceMs: nowMs,
    attempt,
    failure,
    retryAtMs: nowMs + Math.max(leastDelayMs, delayMs(failure.reason, attempt)),
    notBeforeMs: nowMs + Math.max(leastDelayMs, sparedMs(failure.reason)),
  };
}

/**
 * A camera that comes back is unreachable, then busy, then has no stream yet: none of it is to blame for the others.
 */
function isAtOtherPace(state: SupervisorState, { reason }: Failure): boolean {
  const last = lastFailureOf(state);
  return last !== undefined && paceOf(last.reason) !== paceOf(reason);
}

function lastFailureOf(state: SupervisorState): Failure | undefined {
  if ('failure' in state) return state.failure;
  return 'lastFailure' in state ? state.lastFailure : undefined;
}

function isHealthy(state: SupervisorState, nowMs: number): boolean {
  if (state.name !== 'live' && state.name !== 'stalled') return false;
  const lastGoodMs = state.name === 'live' ? nowMs : state.sinceMs;
  return lastGoodMs - state.openedAtMs >= healthyAfterMs;
}
