import type { Attempt } from './attempt.ts';
import { unnamedBasic, type Challenge } from './challenges.ts';
import { isHint, isPageOrSilence, type Denial } from './denial.ts';
import { foreignLogin, noPermission } from './login-failures.ts';
import type { LoginForm, LoginState, Transition } from './login-state.ts';
import type { LoginChoice } from './session-replies.ts';
import * as move from './transitions.ts';

/** A request in its way, and how the camera has refused it. */
export interface Denied {
  readonly attempt: Attempt;
  readonly denial: Denial;
}

/**
 * What to try after a denial. Ten failed logins lock a camera for everybody (camera-protocol.md section 1), so a wrong
 * password is sent once:
 *
 * ```
 *           challenged
 *   none ────────────────▶ header ──▶ 401: wrong password, the end (one more if the nonce was too old)
 *     │                      │ breaks on the header
 *     │ no challenge         ▼
 *     └─▶ unchallenged ──▶ query ───▶ denied: wrong password, the end
 *               │
 *               └────────▶ session ─▶ denied: the password is right; query, then no permission
 * ```
 *
 * A camera that has judged the password is asked in no other way: that would only count as a further failure. Where
 * the answer to the header was something else than 401, the camera never judged it. A remembered nonce or session that
 * is denied is renewed once: it is too old.
 */
export function afterDenial(state: LoginState, denied: Denied): Transition {
  const { attempt, denial } = denied;
  const { form, isForeign } = denial;
  // Nothing can be sent; only a plain no is one to a caller without credentials.
  if (!state.hasAccount) {
    return form === 'unauthorized' ? move.lookForLockout(state) : move.give(state);
  }
  const [challenge] = denial.challenges;
  switch (attempt.way.kind) {
    case 'none':
      if (isForeign) return move.fail(state, foreignLogin);
      if (challenge === undefined) return unchallenged(state, denied);
      return move.sendAgain(state, attempt, { kind: 'header', challenge });
    case 'header':
      return afterHeader(state, denied, attempt.way.challenge);
    case 'query':
      if (form === 'forbidden' || attempt.isRenewed) return forbidden(state, attempt);
      return afterQuery(move.refuseForm(state), denial);
    case 'session':
      if (isForeign) return move.fail(state, foreignLogin);
      if (attempt.isRemembered) return move.createSession(state, attempt);
      // A session was given, so the password is right.
      if (form === 'forbidden') return forbidden(state, attempt);
      return move.sendAgain(state, attempt, { kind: 'query' });
  }
}

function afterHeader(state: LoginState, denied: Denied, answered: Challenge): Transition {
  const { attempt, denial } = denied;
  if (denial.form === 'forbidden') return forbidden(state, attempt);
  if (denial.form !== 'unauthorized') return brokenHeader(state, denied);
  const [challenge] = denial.challenges;
  if (answered === unnamedBasic) return move.lookForLockout(move.refuseForm(state));
  if (challenge?.scheme !== 'digest' || attempt.isRenewed) return move.lookForLockout(state);
  const isNewNonce = answered.scheme === 'basic' || answered.nonce !== challenge.nonce;
  // Many cameras forget `stale`; a new nonce after an old one that worked says the same.
  const isOutdated = isNewNonce && (attempt.isRemembered || challenge.isStale);
  if (!isOutdated) return move.lookForLockout(state);
  return move.sendAgain(state, attempt, { kind: 'header', challenge });
}

/**
 * At a plain address only firmware with this CGI means by a page or a closed connection that it wants the query. Others
 * may just be restarting, and have asked for something better than a password in clear.
 */
function brokenHeader(state: LoginState, denied: Denied): Transition {
  const { attempt, denial } = denied;
  const isDoubtful = state.dial.isPlainAddress && isPageOrSilence(denial);
  if (!isDoubtful) return move.sendAgain(state, attempt, { kind: 'query' });
  if (state.known.unchallenged !== undefined) return afterLookForCgi(state, attempt);
  return {
    state: { ...state, step: { name: 'looking-for-cgi', ...denied } },
    action: { type: 'ask-for-sessions' },
  };
}

export function afterLookForCgi(state: LoginState, attempt: Attempt): Transition {
  if (!state.known.hasCgi) return move.failUnanswered(state, 'closed');
  return move.sendAgain(state, attempt, { kind: 'query' });
}

/** The next dial looks for sessions again, as far as there is another way. */
function afterQuery(state: LoginState, { form }: Denial): Transition {
  if (form === 'unauthorized') return move.lookForLockout(state);
  return move.give(move.reject(state));
}

/** The camera knows this account. */
function forbidden(state: LoginState, { way }: Attempt): Transition {
  const { sessionId } = state.known;
  const known = sessionId === undefined ? way : ({ kind: 'session', id: sessionId } as const);
  return move.fail(move.accept(move.withKnown(state, { way: known })), noPermission);
}

/** Credentials are wanted, and not said how. */
function unchallenged(state: LoginState, denied: Denied): Transition {
  if (isHint(denied.denial) && state.dial.isHesitant) {
    return move.give(move.withDial(state, { hasWithheld: true }));
  }
  const { unchallenged: choice } = state.known;
  if (choice !== undefined) return afterChoice(state, denied, choice);
  return {
    state: { ...state, step: { name: 'looking-for-sessions', ...denied } },
    action: { type: 'ask-for-sessions' },
  };
}

/** `silent`: the camera closes every connection of strangers. */
export function afterChoice(
  state: LoginState,
  { attempt, denial }: Denied,
  choice: LoginChoice | LoginForm | 'silent',
): Transition {
  if (typeof choice === 'object') {
    return move.sendAgain(state, attempt, { kind: 'header', challenge: choice });
  }
  if (choice === 'foreign-login') return move.fail(state, foreignLogin);
  // Nobody has answered anything: it may be a forwarded port with no camera behind it.
  if (choice === 'silent' && denial.form === 'silence') return move.give(state);
  const isDoubtful = state.dial.isPlainAddress && isPageOrSilence(denial);
  if (isDoubtful && !state.known.hasCgi) return move.give(state);
  if (choice === 'basic' && denial.form === 'unauthorized') {
    return move.sendAgain(state, attempt, { kind: 'header', challenge: unnamedBasic });
  }
  if (choice === 'session') return move.createSession(state, attempt);
  return move.sendAgain(state, attempt, { kind: 'query' });
}
