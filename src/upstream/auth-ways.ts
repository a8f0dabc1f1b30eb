import { parseChallenges, type Challenge } from './auth.ts';
import type { CameraAnswer } from './camera-answer.ts';

/** How a request shows who asks (camera-protocol.md section 1). */
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
    /** A negative `error`. */
    | 'error'
    | 'login-page'
    /** The firmware broke on the Authorization header. */
    | 'cannot-parse'
    /** No answer at all, or an empty one: how some refuse av.asf. */
    | 'silence';
  /** Supported challenges, best first. */
  readonly challenges: readonly Challenge[];
}

export interface TriedWay {
  readonly way: AuthWay;
  /** It worked for an earlier request and was not renewed since. */
  readonly isRemembered: boolean;
  /** A new nonce was already taken for this request. */
  readonly isRenewed: boolean;
}

export type NextStep = AuthWay | 'wrong-password' | 'no-permission';

/** The denial in an answer, undefined when it is the business of whoever asked. */
export function denialOf(answer: CameraAnswer, way: AuthWay): Denial | undefined {
  if (answer.type === 'media') return undefined;
  const form = denialForm(answer.status, answer.content, way);
  if (form === undefined) return undefined;
  return { form, challenges: parseChallenges(answer.headers.all('www-authenticate')) };
}

function denialForm(
  status: number,
  content: Extract<CameraAnswer, { type: 'text' }>['content'],
  way: AuthWay,
): Denial['form'] | undefined {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  const isSuccess = status >= 200 && status < 300;
  // A camera may refuse whoever is unknown with its ordinary refusals: only with credentials do they mean what they say.
  const isUnknown = way.kind === 'none';
  switch (content.kind) {
    case 'error':
      return 'error';
    case 'cannot-parse':
      return way.kind === 'header' ? 'cannot-parse' : undefined;
    case 'html':
      return isSuccess ? 'login-page' : undefined;
    case 'empty':
      return isSuccess && isUnknown ? 'silence' : undefined;
    case 'values':
      return isUnknown && Number(content.values.get('result') ?? 0) < 0 ? 'error' : undefined;
    default:
      return undefined;
  }
}

/**
 * What to try after a denial. Ten failed logins lock a camera for everybody (camera-protocol.md section 1), so a
 * password is shown as rarely as possible:
 *
 * ```
 *            challenged                 breaks on the header, or 200 with an error
 *   none ──────────────▶ header ──────────────────────────┐
 *     │                    │ 401: wrong password, the end  ▼           denied
 *     └────────────────────┼─────────────────────────▶ query ──────────────────▶ session ──▶ the end
 *       no challenge       ▼
 *                  one more if the nonce was too old
 * ```
 *
 * A camera that challenges and then refuses the right form of answer has judged the password: showing it again in the
 * query or to create_session would only count as further failures. Where the answer to the header was something else
 * than 401, the camera never judged it. A remembered way that is denied is renewed once: the nonce or the session is
 * too old, or the firmware was replaced.
 */
export function nextStep(tried: TriedWay, denial: Denial): NextStep {
  const { way, isRemembered } = tried;
  const challenge = denial.challenges[0];
  switch (way.kind) {
    case 'none':
      return challenge === undefined ? { kind: 'query' } : { kind: 'header', challenge };
    case 'header':
      return afterHeader(way.challenge, tried, denial);
    case 'query':
      if (isRemembered && challenge !== undefined) return { kind: 'header', challenge };
      return denial.form === 'forbidden' ? 'no-permission' : { kind: 'session' };
    case 'session':
      // A session was given, so the password is right.
      return isRemembered ? { kind: 'session' } : 'no-permission';
  }
}

function afterHeader(answered: Challenge, tried: TriedWay, denial: Denial): NextStep {
  const challenge = denial.challenges[0];
  if (denial.form === 'forbidden') return 'no-permission';
  if (denial.form !== 'unauthorized') return { kind: 'query' };
  if (challenge?.scheme !== 'digest' || tried.isRenewed) return 'wrong-password';
  const isNewNonce = answered.scheme === 'basic' || answered.nonce !== challenge.nonce;
  // Many cameras forget `stale`; a new nonce after an old one that worked says the same.
  const isOutdated = isNewNonce && (tried.isRemembered || challenge.isStale);
  return isOutdated ? { kind: 'header', challenge } : 'wrong-password';
}
