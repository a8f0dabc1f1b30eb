import type { FailureReason } from '../../lib/reasons.ts';
import { paceOf } from './retry-paces.ts';

/** Reasons of dials in which the camera was sent the password and did not accept it. */
const passwordRefusals: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'wrong-password',
  'locked-out',
]);

/**
 * How long the camera must not be sent the same password again after a failed dial, whoever asks for it, in
 * milliseconds: real cameras lock everybody out after ten wrong ones (camera-protocol 1).
 */
export function sparedMs(reason: FailureReason): number {
  return passwordRefusals.has(reason) ? paceOf('wrong-password').firstMs : 0;
}
