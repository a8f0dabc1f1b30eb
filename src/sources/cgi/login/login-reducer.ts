import { afterChoice, afterDenial, afterLookForCgi, type Denied } from './after-denial.ts';
import type { Attempt } from './attempt.ts';
import { denialOf, isLoginWanted, isNoMedia } from './denial.ts';
import { lockedOut, noPassword, refusedAnyway, wrongPassword } from './login-failures.ts';
import {
  newDial,
  type LoginEvent,
  type LoginFailure,
  type LoginState,
  type Step,
  type Transition,
} from './login-state.ts';
import { isAbsent, isMeaningless } from '../refusals.ts';
import { silence, type Reply } from './reply.ts';
import { choiceBy, createdSession, formsBy, isCgi, saysLocked } from './session-replies.ts';
import * as move from './transitions.ts';

type Failed = Extract<LoginEvent, { type: 'failed' }>;

/**
 * How camgate logs in at a camera: the state after an event, and what is to be done. Pure; an event that means nothing
 * in a state leaves the state as it is. The first request of all carries no credentials.
 */
export function next(state: LoginState, event: LoginEvent): Transition {
  switch (event.type) {
    case 'dial':
      return move.stay({ ...move.idle(state), dial: newDial(event.isHesitant) });
    case 'way':
      return move.stay(move.withDial(state, { isPlainAddress: event.isPlain, hasWithheld: false }));
    case 'hesitation-over':
      return move.stay(move.withDial(state, { isHesitant: false }));
    case 'ask': {
      const { way } = state.known;
      const isRemembered = way !== undefined;
      return move.send(state, { way: way ?? { kind: 'none' }, isRemembered, isRenewed: false });
    }
    case 'answered':
      return answered(state, event.reply);
    case 'failed':
      return failed(state, event);
    case 'refused':
      return refused(state, event);
    case 'dial-failed':
      return dialFailed(state);
    case 'disposed':
      return disposed(state);
  }
}

function answered(state: LoginState, reply: Reply): Transition {
  const { step } = state;
  switch (step.name) {
    case 'idle':
      return move.stay(state);
    case 'asking':
      return afterReply(withVerdict(state, step), step.attempt, reply);
    case 'looking-for-sessions':
    case 'looking-for-cgi':
      return afterLook(state, step, reply);
    case 'creating-session':
      return afterCreation(withVerdict(state, step), step.attempt, reply);
    case 'looking-for-lockout':
      return report(state, saysLocked(reply));
  }
}

/** Where no answer came. What the camera does not say to the login is the caller's failure. */
function failed(state: LoginState, event: Failed): Transition {
  const { step } = state;
  const isUnanswered = 'isUnproven' in step && step.isUnproven && event.reason === 'timeout';
  switch (step.name) {
    case 'idle':
      return move.stay(state);
    case 'asking':
      // It was right the last time, so a camera that does not answer hangs.
      if (isUnanswered && !step.attempt.isRemembered) return move.failUnanswered(state, 'timeout');
      return event.reason === 'closed' ? closed(state, step.attempt, event) : move.rethrow(state);
    case 'looking-for-sessions':
    case 'looking-for-cgi':
      if (event.isAborted || event.reason === 'unreachable') return move.rethrow(state);
      if (step.name === 'looking-for-cgi') return afterLookForCgi(state, step.attempt);
      return afterChoice(state, step, event.reason === 'closed' ? 'silent' : 'query');
    case 'creating-session':
      if (isUnanswered) return move.failUnanswered(state, 'timeout');
      return move.rethrow(event.reason === 'closed' ? move.reject(state) : state);
    case 'looking-for-lockout':
      return report(state, false);
  }
}

/**
 * A connection closed without a word is how some firmware refuses an unknown caller or breaks on a header; it counts as
 * an empty answer then.
 */
function closed(state: LoginState, attempt: Attempt, event: Failed): Transition {
  const { way, isRemembered } = attempt;
  if (isRemembered || !state.hasAccount || !event.mayConnect) return move.rethrow(state);
  if (way.kind === 'query') return move.rethrow(move.reject(state));
  if (way.kind === 'session') return move.rethrow(state);
  if (way.kind === 'header' && event.isAborted) return move.failUnanswered(state, 'closed');
  return afterReply(state, attempt, silence);
}

function afterReply(state: LoginState, attempt: Attempt, reply: Reply): Transition {
  const denial = denialOf(reply, attempt, move.isAccepted(state));
  if (denial === undefined) {
    const hasDelivered = state.dial.hasDelivered || reply.type === 'media';
    return learn(move.withDial(state, { hasDelivered }), attempt, reply);
  }
  const forgotten = move.withKnown(state, { way: undefined });
  return move.isOver(state) ? move.give(forgotten) : afterDenial(forgotten, { attempt, denial });
}

/** Remembers what the camera takes. */
function learn(state: LoginState, { way, isRemembered }: Attempt, reply: Reply): Transition {
  const isText = reply.type === 'text';
  if (way.kind === 'none') {
    // What is not there is often told to anybody, and so is a redirect: they prove nothing.
    const isProof = !isText || !(isAbsent(reply) || reply.isRedirect);
    return move.give(isProof ? move.withKnown(state, { way }) : state);
  }
  // With credentials anything but the denial from before is a success, even that the address is absent.
  const isUnclear = isText && (isAbsent(reply) || reply.status >= 300);
  if (isUnclear && isRemembered) return move.give(state);
  if (way.kind === 'query' && isText && isMeaningless(reply)) {
    return move.give(isRemembered ? state : move.reject(state));
  }
  const learned = move.accept(move.withKnown(state, { way }));
  if (way.kind !== 'query') return move.give(learned);
  return move.give(move.withKnown(learned, { sessionId: undefined }), true);
}

function afterLook(state: LoginState, step: Denied & Pick<Step, 'name'>, reply: Reply): Transition {
  const choice = choiceBy(reply, step.denial.form);
  const seen = move.withKnown(state, { hasCgi: isCgi(reply) });
  if (choice !== 'query' && choice !== 'session') {
    if (step.name === 'looking-for-cgi') return afterLookForCgi(seen, step.attempt);
    return afterChoice(seen, step, choice);
  }
  const { isPlainAddress } = state.dial;
  const forms = formsBy(choice, { reply, denial: step.denial, isPlainAddress });
  const [unchallenged = choice, ...untried] = forms;
  const learned = move.withKnown(seen, { unchallenged, untried });
  if (step.name === 'looking-for-cgi') return afterLookForCgi(learned, step.attempt);
  return afterChoice(learned, step, unchallenged);
}

function afterCreation(state: LoginState, attempt: Attempt, reply: Reply): Transition {
  const created = createdSession(reply);
  if (typeof created === 'object') {
    const way = { kind: 'session', id: created.id } as const;
    const known = move.withKnown(state, { way, sessionId: created.id });
    return move.sendAgain(move.accept(known), attempt, way);
  }
  if (created === 'absent') return move.sendAgain(state, attempt, { kind: 'query' });
  // The next dial sends the password the other way.
  const learned = move.refuseForm(move.withKnown(state, { unchallenged: 'session' }));
  if (created === 'forbidden') return move.fail(reported(learned, refusedAnyway), refusedAnyway);
  return created === 'refused' ? move.lookForLockout(learned) : move.give(move.reject(learned));
}

/** The camera has answered a password, whatever it says. */
function withVerdict(state: LoginState, { isUnproven }: { isUnproven: boolean }): LoginState {
  return isUnproven ? move.withKnown(state, { unansweredCount: 0 }) : state;
}

/** Why a password was not accepted. */
function report(state: LoginState, isLocked: boolean): Transition {
  const failure = isLocked ? lockedOut : state.hasAccount ? wrongPassword : noPassword;
  return move.fail(reported(state, failure), failure);
}

/** A dial in which the password was right before goes on. */
function reported(state: LoginState, failure: LoginFailure): LoginState {
  if (move.isAccepted(state)) return state;
  const learned = failure === wrongPassword ? move.refuseCharset(state) : state;
  return move.withDial(learned, { standing: { name: 'reported', failure } });
}

/**
 * A camera may forget a login after hours, and cookies with it, and says so in words. A camera that has just taken the
 * password in this dial means something else by them.
 */
function refused(
  state: LoginState,
  { reply, hasCookies }: Extract<LoginEvent, { type: 'refused' }>,
): Transition {
  const { hasDelivered, isHesitant, standing } = state.dial;
  const isForgettable = state.known.way !== undefined || hasCookies;
  const isDoubtful = hasDelivered
    ? isNoMedia(reply)
    : isLoginWanted(reply) && standing.name === 'open';
  if (!isForgettable || !isDoubtful || move.isOver(state)) return move.stay(state);
  const forgotten = move.withDial(move.withKnown(state, { way: undefined }), {
    standing: { name: 'open' },
    isHesitant: isHesitant && !hasDelivered,
    hasDelivered: false,
  });
  return { state: forgotten, action: { type: 'ask-again' } };
}

/** However a dial ends that has sent the password in vain: the next one must not come soon. */
function dialFailed(state: LoginState): Transition {
  const { standing } = state.dial;
  if (standing.name === 'reported') return move.fail(state, standing.failure);
  return standing.name === 'not-accepted' ? move.lookForLockout(state) : move.rethrow(state);
}

function disposed(state: LoginState): Transition {
  const { way } = state.known;
  const known = { way: way?.kind === 'session' ? undefined : way, sessionId: undefined };
  return { state: move.idle(move.withKnown(state, known)), action: { type: 'close-session' } };
}
