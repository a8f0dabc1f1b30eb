import type { FailureReason } from '../../../lib/reasons.ts';
import { carriesPassword, type Attempt, type AuthWay } from './attempt.ts';
import { unanswered } from './login-failures.ts';
import type { DialState, Known, LoginFailure, LoginState, Transition } from './login-state.ts';

/** The moves that a login consists of; which one is next is decided by the reducer. */

export function withKnown(state: LoginState, changes: Partial<Known>): LoginState {
  return { ...state, known: { ...state.known, ...changes } };
}

export function withDial(state: LoginState, changes: Partial<DialState>): LoginState {
  return { ...state, dial: { ...state.dial, ...changes } };
}

export function isAccepted({ dial }: LoginState): boolean {
  return dial.standing.name === 'accepted';
}

/** This dial has sent the password in vain. */
export function isOver({ dial }: LoginState): boolean {
  return dial.standing.name === 'not-accepted' || dial.standing.name === 'reported';
}

export function accept(state: LoginState): LoginState {
  return withDial(state, { standing: { name: 'accepted' } });
}

export function reject(state: LoginState): LoginState {
  if (state.dial.standing.name !== 'open') return state;
  return withDial(state, { standing: { name: 'not-accepted' } });
}

/** Another form is tried in the next dial, as far as there is one; else the camera is asked for its forms again. */
export function refuseForm(state: LoginState): LoginState {
  // In another charset first.
  if (state.known.charset !== state.charsets.at(-1)) return state;
  const { unchallenged, untried } = state.known;
  const [following = unchallenged === 'session' ? 'query' : undefined, ...rest] = untried;
  return withKnown(state, { unchallenged: following, untried: rest });
}

/** The next dial codes the password in the next charset. */
export function refuseCharset(state: LoginState): LoginState {
  const { charsets, known } = state;
  const charset = charsets[charsets.indexOf(known.charset) + 1] ?? charsets[0] ?? 'utf8';
  return withKnown(state, { charset });
}

/** Sends the request in this way. */
export function send(state: LoginState, attempt: Attempt): Transition {
  const { way } = attempt;
  const isUnproven = carriesPassword(way) && !isAccepted(state);
  return {
    state: { ...state, step: { name: 'asking', attempt, isUnproven } },
    action: { type: 'send', way, charset: state.known.charset, isUnproven },
  };
}

/** Sends the same request again, in another way. */
export function sendAgain(state: LoginState, tried: Attempt, way: AuthWay): Transition {
  const isNewNonce = way.kind === 'header' && tried.way.kind === 'header';
  const isAfterNewSession = tried.way.kind === 'session' && !tried.isRemembered;
  return send(state, { way, isRemembered: false, isRenewed: isNewNonce || isAfterNewSession });
}

/** Makes a session in the place of the one before. */
export function createSession(state: LoginState, attempt: Attempt): Transition {
  const isUnproven = !isAccepted(state);
  const step = { name: 'creating-session', attempt, isUnproven } as const;
  return {
    state: { ...withKnown(state, { sessionId: undefined }), step },
    action: { type: 'create-session', charset: state.known.charset, isUnproven },
  };
}

/** A password is wrong, or the camera locked: it is asked which, unless it has judged all it will. */
export function lookForLockout(state: LoginState): Transition {
  return {
    state: { ...state, step: { name: 'looking-for-lockout' } },
    action: { type: 'ask-for-lockout' },
  };
}

export function give(state: LoginState, isSessionOver = false): Transition {
  return { state: idle(state), action: { type: 'give', isSessionOver } };
}

export function rethrow(state: LoginState): Transition {
  return { state: idle(state), action: { type: 'rethrow' } };
}

export function fail(state: LoginState, failure: LoginFailure): Transition {
  return { state: idle(state), action: { type: 'fail', failure } };
}

/** The camera took a password and did not answer. */
export function failUnanswered(state: LoginState, reason: FailureReason): Transition {
  const unansweredCount = state.known.unansweredCount + 1;
  return fail(withKnown(state, { unansweredCount }), unanswered(reason, unansweredCount));
}

/** Nothing to do about an event. */
export function stay(state: LoginState): Transition {
  return { state, action: { type: 'none' } };
}

export function idle(state: LoginState): LoginState {
  return { ...state, step: { name: 'idle' } };
}
