import { parseChallenges, type Challenge } from './auth.ts';
import type { CameraAnswer, SmallAnswer } from './camera-answer.ts';

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
    /** A negative `error` or `result`. */
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

/** `as-it-is`: credentials were not the matter, the answer is for whoever asked. */
export type NextStep = AuthWay | 'wrong-password' | 'no-permission' | 'as-it-is';

/** The denial in an answer, undefined when it is the business of whoever asked. */
export function denialOf(
  answer: CameraAnswer,
  { way, isRemembered }: TriedWay,
): Denial | undefined {
  if (answer.type === 'media') return undefined;
  const form = denialForm(answer, isRemembered ? 'proven' : way.kind);
  if (form === undefined) return undefined;
  return { form, challenges: parseChallenges(answer.headers.all('www-authenticate')) };
}

/**
 * Answers of status 200 are doubtful. To an unknown caller every refusal may mean that it is unknown; with credentials
 * that have worked before it means what it says (videostream.cgi of a camera without MJPEG answers an error, too).
 */
function denialForm(
  { status, content }: SmallAnswer,
  shown: AuthWay['kind'] | 'proven',
): Denial['form'] | undefined {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status < 200 || status >= 300) return undefined;
  switch (content.kind) {
    case 'error':
      return shown === 'none' || shown === 'query' ? 'error' : undefined;
    case 'html':
      return shown === 'none' || shown === 'query' ? 'login-page' : undefined;
    case 'cannot-parse':
      return shown === 'header' ? 'cannot-parse' : undefined;
    case 'empty':
      return shown === 'none' || shown === 'header' ? 'silence' : undefined;
    case 'values':
      return shown === 'none' && Number(content.values.get('result') ?? 0) < 0
        ? 'error'
        : undefined;
    default:
      return undefined;
  }
}

/**
 * The verdict when the camera has no sessions to try after the query. Only a plain no is blamed on the password: a page
 * or an error may have nothing to do with it.
 */
export function withoutSession({ form }: Denial): 'wrong-password' | 'as-it-is' {
  return form === 'unauthorized' ? 'wrong-password' : 'as-it-is';
}

/**
 * What to try after a denial. Ten failed logins lock a camera for everybody (camera-protocol.md section 1), so a
 * password is shown as rarely as possible:
 *
 * ```
 *            challenged                 breaks on the header
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
