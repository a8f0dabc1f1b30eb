import type { FailureReason } from '../../../lib/reasons.ts';
import type { Attempt, AuthWay } from './attempt.ts';
import type { Denial } from './denial.ts';
import type { Reply } from './reply.ts';

/** How names and passwords are coded: old firmware keeps them as Latin-1. */
export type Charset = 'utf8' | 'latin1';

/** How the password is sent where the camera does not say how. */
export type LoginForm = 'session' | 'query' | 'basic';

/** What has been learned of the camera; it outlives dials. */
export interface Known {
  /** What worked last. */
  readonly way: AuthWay | undefined;
  /** The session that the camera has given and that is not closed. */
  readonly sessionId: string | undefined;
  /** How the password is sent where the camera wants one and does not say how. */
  readonly unchallenged: LoginForm | undefined;
  /** The others that the camera may want, to be tried in dials to come, one after the other. */
  readonly untried: readonly LoginForm[];
  readonly charset: Charset;
  /** close_session.cgi was answered in the words of the CGI, or by 401: no page of a web server is that. */
  readonly hasCgi: boolean;
  /** Passwords in a row that the camera took and never answered. */
  readonly unansweredCount: number;
}

/**
 * What one dial has sent of the credentials, and what came of it. A camera that counts failed logins locks everybody
 * out after ten (camera-protocol.md section 1), so a dial that has sent them in vain sends them no more, in no way.
 */
export interface DialState {
  readonly standing:
    /** Not sent, or not judged. */
    | { readonly name: 'open' }
    /** Taken once, they are right: what is refused now has other reasons. */
    | { readonly name: 'accepted' }
    /** Sent in vain: the end for this dial. */
    | { readonly name: 'not-accepted' }
    /** The same, and the failure has been reported. */
    | { readonly name: 'reported'; readonly failure: LoginFailure };
  /** Only a plain no is answered with credentials; what may be about anything else is left for later. */
  readonly isHesitant: boolean;
  /** A page is what this address gives, and silence its fault: a refusal only where a camera's CGI is seen. */
  readonly isPlainAddress: boolean;
  /** Credentials were not sent in this way into the camera, and might have helped. */
  readonly hasWithheld: boolean;
  /** The camera has given media: what it says instead, later, may mean that it has forgotten the login. */
  readonly hasDelivered: boolean;
}

/**
 * What the login of one request is waiting for; docs/architecture.md, "The login", shows how one leads to another.
 *
 * A camera that breaks on a header is asked again in the query; at a plain address only once it has shown in
 * `looking-for-cgi` that it is a camera of this kind.
 */
export type Step =
  | { readonly name: 'idle' }
  | {
      readonly name: 'asking';
      readonly attempt: Attempt;
      /** It carries a password that this dial has not seen accepted. */
      readonly isUnproven: boolean;
    }
  /** close_session.cgi, without a session: it changes nothing and is no login. */
  | {
      readonly name: 'looking-for-sessions' | 'looking-for-cgi';
      readonly attempt: Attempt;
      readonly denial: Denial;
    }
  | { readonly name: 'creating-session'; readonly attempt: Attempt; readonly isUnproven: boolean }
  /** get_badauth.cgi, without credentials. */
  | { readonly name: 'looking-for-lockout' };

export interface LoginState {
  /** Without an account there is nothing to send. */
  readonly hasAccount: boolean;
  /** In which the credentials can be coded and differ, one a dial; the first is what standards say. */
  readonly charsets: readonly Charset[];
  readonly known: Known;
  readonly dial: DialState;
  readonly step: Step;
}

export interface LoginFailure {
  readonly reason: FailureReason;
  /** For people; without credentials. */
  readonly message: string;
  /** The least time until the next dial, in milliseconds. */
  readonly retryAfterMs?: number;
}

export type LoginEvent =
  /** A dial begins: credentials that were not accepted in the one before may be sent again. */
  | { readonly type: 'dial'; readonly isHesitant: boolean }
  /** The dial tries another way into the camera. */
  | { readonly type: 'way'; readonly isPlain: boolean }
  /** Every way was tried without credentials; they may now be sent in answer to hints. */
  | { readonly type: 'hesitation-over' }
  /** A request begins. */
  | { readonly type: 'ask' }
  | { readonly type: 'answered'; readonly reply: Reply }
  | {
      readonly type: 'failed';
      readonly reason: FailureReason;
      /** Nobody waits for the request any more. */
      readonly isAborted: boolean;
      /** The dial may make further connections. */
      readonly mayConnect: boolean;
    }
  /** What a request has got in the end, redirects and all. */
  | { readonly type: 'refused'; readonly reply: Reply; readonly hasCookies: boolean }
  /** The dial has failed, whatever its reason. */
  | { readonly type: 'dial-failed' }
  | { readonly type: 'disposed' };

/** `isUnproven`: the verdict on the password is waited for even when nobody waits for the request any more. */
export type LoginAction =
  | { readonly type: 'none' }
  /** Sends the request itself. */
  | {
      readonly type: 'send';
      readonly way: AuthWay;
      readonly charset: Charset;
      readonly isUnproven: boolean;
    }
  | { readonly type: 'ask-for-sessions' }
  /** Closes the session before, if there is one. */
  | { readonly type: 'create-session'; readonly charset: Charset; readonly isUnproven: boolean }
  | { readonly type: 'ask-for-lockout' }
  | { readonly type: 'close-session' }
  /** The whole request is asked anew, without cookies. */
  | { readonly type: 'ask-again' }
  /** Hands over the last answer to the request. */
  | { readonly type: 'give'; readonly isSessionOver: boolean }
  /** Throws the last failure as it is. */
  | { readonly type: 'rethrow' }
  | { readonly type: 'fail'; readonly failure: LoginFailure };

export interface Transition {
  readonly state: LoginState;
  readonly action: LoginAction;
}

export function initialLogin(
  hasAccount: boolean,
  charsets: readonly Charset[] = ['utf8'],
): LoginState {
  return {
    hasAccount,
    charsets,
    known: {
      way: undefined,
      sessionId: undefined,
      unchallenged: undefined,
      untried: [],
      charset: 'utf8',
      hasCgi: false,
      unansweredCount: 0,
    },
    dial: newDial(false),
    step: { name: 'idle' },
  };
}

export function newDial(isHesitant: boolean): DialState {
  return {
    standing: { name: 'open' },
    isHesitant,
    isPlainAddress: false,
    hasWithheld: false,
    hasDelivered: false,
  };
}
