import { isForeignChallenge, parseChallenges, type Challenge } from './auth.ts';
import type { CameraAnswer, SmallAnswer } from '../http/camera-answer.ts';

/** How a request is authenticated (camera-protocol.md section 1). */
export type AuthWay =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly challenge: Challenge }
  /** `user` and `pwd` in the query. */
  | { readonly kind: 'query' }
  /** `session` in the query, from create_session.cgi. */
  | { readonly kind: 'session' };

/** What a camera said instead of giving what was asked. */
export interface Denial {
  readonly form:
    /** 401: these credentials are missing or wrong. */
    | 'unauthorized'
    /** 403: they are known but not enough (RFC 9110 section 15.5.4). */
    | 'forbidden'
    /** A negative `result`: request_av.cgi refuses this caller. */
    | 'refused'
    /** A negative `error`, which may be about anything. */
    | 'error'
    | 'login-page'
    /** The firmware broke on the Authorization header. */
    | 'cannot-parse'
    /** No answer at all, or an empty one: how some refuse av.asf. */
    | 'silence';
  /** Supported challenges, best first. */
  readonly challenges: readonly Challenge[];
  /** Challenged by a kind of Digest that is not supported, and by nothing that is. */
  readonly isForeign: boolean;
}

export interface AuthAttempt {
  readonly way: AuthWay;
  /** It worked for an earlier request and was not renewed since. */
  readonly isRemembered: boolean;
  /** A new nonce was already taken for this request, or a new session that did not help. */
  readonly isRenewed: boolean;
  /** The camera has taken the credentials in this dial. */
  readonly isAccepted: boolean;
}

export type NextStep =
  | AuthWay
  /** Credentials are wanted, and not said how. */
  | 'unchallenged'
  | 'wrong-password'
  | 'no-permission'
  /** Wanted in a way that is not supported; in clear the password would go where a camera has asked for better. */
  | 'foreign-login'
  /** Shown in vain, for whatever reason. */
  | 'not-accepted'
  /** Credentials were not the matter, the answer is for the caller. */
  | 'as-it-is';

/** The denial in an answer, undefined when it is the caller's business. */
export function denialOf(answer: CameraAnswer, tried: AuthAttempt): Denial | undefined {
  if (answer.type === 'media') return undefined;
  const form = denialForm(answer, tried);
  if (form === undefined) return undefined;
  const headers = answer.headers.all('www-authenticate');
  return { form, challenges: parseChallenges(headers), isForeign: isForeignChallenge(headers) };
}

/**
 * Answers of status 200 are doubtful. To an unknown caller every refusal may mean that it is unknown; with credentials
 * that have just worked it means what it says (videostream.cgi of a camera without MJPEG answers an error, too). That
 * they worked some time ago is not enough: the password may have been changed, or the session forgotten.
 */
function denialForm(
  { status, content }: SmallAnswer,
  { way, isRemembered, isAccepted }: AuthAttempt,
): Denial['form'] | undefined {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status < 200 || status >= 300) return undefined;
  const isStranger = way.kind === 'none' && !isRemembered;
  const isUncertain = (way.kind === 'query' || way.kind === 'session') && !isAccepted;
  switch (content.kind) {
    case 'error':
      return isStranger || isUncertain ? 'error' : undefined;
    case 'html':
      return isStranger || isUncertain ? 'login-page' : undefined;
    case 'cannot-parse':
      return way.kind === 'header' && !isRemembered ? 'cannot-parse' : undefined;
    case 'empty':
      return isStranger || (way.kind === 'header' && !isRemembered) ? 'silence' : undefined;
    case 'values':
      return isStranger && Number(content.values.get('result') ?? 0) < 0 ? 'refused' : undefined;
    default:
      return undefined;
  }
}

/**
 * Whether the denial may have nothing to do with credentials: pages, errors and closed connections have many reasons.
 */
export function isHint({ form }: Denial): boolean {
  return form === 'error' || form === 'login-page' || form === 'silence';
}

/** Whether a server that is no camera with this CGI answers strangers like this too, and means something else by it. */
export function isPageOrSilence({ form }: Denial): boolean {
  return form === 'login-page' || form === 'silence';
}

/**
 * What to try after a denial. Ten failed logins lock a camera for everybody (camera-protocol.md section 1), so a wrong
 * password is shown once:
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
export function nextStep(tried: AuthAttempt, denial: Denial): NextStep {
  const { way } = tried;
  const challenge = denial.challenges[0];
  switch (way.kind) {
    case 'none':
      if (denial.isForeign) return 'foreign-login';
      return challenge === undefined ? 'unchallenged' : { kind: 'header', challenge };
    case 'header':
      return afterHeader(way.challenge, tried, denial);
    case 'query':
      if (denial.form === 'forbidden' || tried.isRenewed) return 'no-permission';
      return denial.form === 'unauthorized' ? 'wrong-password' : 'not-accepted';
    case 'session':
      if (denial.isForeign) return 'foreign-login';
      if (tried.isRemembered) return { kind: 'session' };
      // A session was given, so the password is right.
      return denial.form === 'forbidden' ? 'no-permission' : { kind: 'query' };
  }
}

function afterHeader(answered: Challenge, tried: AuthAttempt, denial: Denial): NextStep {
  const challenge = denial.challenges[0];
  if (denial.form === 'forbidden') return 'no-permission';
  if (denial.form !== 'unauthorized') return { kind: 'query' };
  if (challenge?.scheme !== 'digest' || tried.isRenewed) return 'wrong-password';
  const isNewNonce = answered.scheme === 'basic' || answered.nonce !== challenge.nonce;
  // Many cameras forget `stale`; a new nonce after an old one that worked says the same.
  const isOutdated = isNewNonce && (tried.isRemembered || challenge.isStale);
  return isOutdated ? { kind: 'header', challenge } : 'wrong-password';
}

/** Nothing can be shown; only a plain no is one to a caller without credentials. */
export function withoutCredentials({ form }: Denial): NextStep {
  return form === 'unauthorized' ? 'wrong-password' : 'as-it-is';
}
