import type { FailureReason } from '../../lib/reasons.ts';
import { paceOf } from './retry-paces.ts';
import type { SupervisorState } from './supervisor-state.ts';

/** Reasons of dials in which the camera was sent the password and did not accept it. */
const passwordRefusals: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'wrong-password',
  'locked-out',
]);

/**
 * Until when, by the monotonic clock, the camera must not be sent the same password again, whoever asks for it: real
 * cameras lock everybody out after ten wrong ones (camera-protocol 1). undefined: it may.
 */
export function sparedUntilMs(state: SupervisorState): number | undefined {
  if (!('failure' in state) || !passwordRefusals.has(state.failure.reason)) return undefined;
  return state.sinceMs + paceOf('wrong-password').firstMs;
}
