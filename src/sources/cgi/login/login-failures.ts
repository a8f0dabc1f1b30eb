import type { FailureReason } from '../../../lib/reasons.ts';
import type { LoginFailure } from './login-state.ts';

/** So often a camera that hangs may swallow a password at the pace of its absence. */
const patience = 3;
/** Between passwords that a camera may count as failed logins. */
const spacingMs = 60_000;

export const wrongPassword: LoginFailure = {
  reason: 'wrong-password',
  message: 'the camera does not accept the user name or password',
};

export const noPassword: LoginFailure = {
  reason: 'no-password',
  message: 'the camera asks for a user name and password, and none is configured',
};

export const lockedOut: LoginFailure = {
  reason: 'locked-out',
  message: 'the camera has locked all logins after too many failed attempts',
};

export const noPermission: LoginFailure = {
  reason: 'no-permission',
  message: 'the camera account may not watch this stream',
};

/** It answers everybody so, and may have looked at other things than the password, or have counted it. */
export const refusedAnyway: LoginFailure = {
  reason: 'no-permission',
  message: 'the camera refuses access with the user name and password as without (status 403)',
  retryAfterMs: spacingMs,
};

/** No other request would help, and nothing changes until somebody changes the camera. */
export const foreignLogin: LoginFailure = {
  reason: 'bad-answer',
  message:
    'the camera wants a kind of login that camgate does not support; set its login to Digest ' +
    'with MD5, SHA-256 or SHA-512-256, or to Basic',
  retryAfterMs: 60_000,
};

/**
 * A password that the camera took and never answered. No answer is not a no, and a camera that restarts in the middle
 * of a login must be back soon; but it may count each of them as failed, and lock everybody out after ten
 * (camera-protocol.md section 1): from the third in a row on the next comes a minute later.
 */
export function unanswered(reason: FailureReason, countInARow: number): LoginFailure {
  return {
    reason,
    message: 'the camera does not answer when it is sent the user name and password',
    retryAfterMs: countInARow < patience ? 0 : spacingMs,
  };
}
