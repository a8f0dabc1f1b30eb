import type { Attempt, AuthWay } from '../../../../../src/sources/cgi/login/attempt.ts';
import {
  isBare,
  isForeignChallenge,
  parseChallenges,
} from '../../../../../src/sources/cgi/login/challenges.ts';
import {
  initialLogin,
  newDial,
  type DialState,
  type Known,
  type LoginEvent,
  type LoginState,
  type Step,
} from '../../../../../src/sources/cgi/login/login-state.ts';
import type { Reply, TextReply } from '../../../../../src/sources/cgi/login/reply.ts';
import { asksForLogin } from '../../../../../src/sources/cgi/http/login-words.ts';
import { classifyText } from '../../../../../src/sources/cgi/http/sniff.ts';

/** A small answer with this status, body and WWW-Authenticate headers. */
export function reply(status: number, text = '', ...challenges: readonly string[]): TextReply {
  return {
    type: 'text',
    status,
    content: classifyText(text),
    challenges: parseChallenges(challenges),
    isForeign: isForeignChallenge(challenges),
    isBare: isBare(challenges),
    isRedirect: false,
    isLoginWanted: status === 200 && asksForLogin(text),
  };
}

export const media: Reply = { type: 'media' };

export const answered = (to: Reply): LoginEvent => ({ type: 'answered', reply: to });

export function failed(
  reason: Extract<LoginEvent, { type: 'failed' }>['reason'],
  { isAborted = false, mayConnect = true } = {},
): LoginEvent {
  return { type: 'failed', reason, isAborted, mayConnect };
}

/** The way of an answer to this challenge. */
export function header(text: string): AuthWay {
  const [challenge] = parseChallenges([text]);
  if (challenge === undefined) throw new Error('no challenge');
  return { kind: 'header', challenge };
}

export function tried(way: AuthWay, flags: Partial<Attempt> = {}): Attempt {
  return { way, isRemembered: false, isRenewed: false, ...flags };
}

export interface Circumstances {
  readonly hasAccount?: boolean;
  readonly known?: Partial<Known>;
  readonly dial?: Partial<DialState>;
}

/** A login at this step. */
export function login(
  step: Step,
  { hasAccount = true, known = {}, dial = {} }: Circumstances = {},
): LoginState {
  const fresh = initialLogin(hasAccount);
  return {
    ...fresh,
    known: { ...fresh.known, ...known },
    dial: { ...newDial(false), ...dial },
    step,
  };
}

/** A request is on its way. */
export function asking(attempt: Attempt, circumstances: Circumstances = {}): LoginState {
  const { kind } = attempt.way;
  const isProven = circumstances.dial?.standing?.name === 'accepted';
  const isUnproven = (kind === 'header' || kind === 'query') && !isProven;
  return login({ name: 'asking', attempt, isUnproven }, circumstances);
}
