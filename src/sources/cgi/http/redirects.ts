import { UpstreamError } from '../../../lib/errors.ts';
import { ask, type Asking, type CameraAnswer, type SmallAnswer } from './camera-answer.ts';
import type { CookieJar } from './cookies.ts';

const maxRedirects = 3;

/** The stream is at another port, where nobody is asked with the credentials of this one. */
export class MovedError extends UpstreamError {
  constructor({ origin }: URL) {
    super(
      'endpoint-absent',
      `the camera redirects to ${origin}/ and wants a user name and a password there; set url to ` +
        'that address if it is this camera',
    );
  }
}

export interface Hop {
  readonly url: URL;
  /** The server that was asked first, or the same one by TLS: credentials may be shown there. */
  readonly isSameOrigin: boolean;
}

/**
 * The answer at the end of the redirects of this host. Each hop is asked by itself, because each may
 * authenticate in a way of its own.
 *
 * @throws UpstreamError bad-answer (a circle), and what `askHop` throws.
 */
export async function followRedirects(
  url: URL,
  askHop: (hop: Hop) => Promise<CameraAnswer>,
  cookies: CookieJar | undefined,
): Promise<CameraAnswer> {
  let hop: Hop = { url, isSameOrigin: true };
  // To the same address with another cookie is another request: some set one, and want it back before all else.
  const requestOf = (at: URL): string => `${at.href} ${cookies?.header(at) ?? ''}`;
  const asked = new Set<string>();
  for (let redirectCount = 0; ; redirectCount++) {
    asked.add(requestOf(hop.url));
    const answer = await askHop(hop);
    const target = answer.type === 'text' ? redirectTarget(answer) : undefined;
    if (target === undefined) return answer;
    if (redirectCount === maxRedirects || asked.has(requestOf(target))) {
      throw new UpstreamError('bad-answer', 'the camera redirects in a circle');
    }
    hop = { url: target, isSameOrigin: hop.isSameOrigin && isSameServer(hop.url, target) };
  }
}

/**
 * Asks without an Authorization header, for requests that carry their own right or none.
 * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
 */
export function askBare(url: URL, asking: Asking, signal: AbortSignal): Promise<CameraAnswer> {
  const askHop = (hop: Hop): Promise<CameraAnswer> =>
    ask({ url: hop.url, authorization: undefined }, asking, signal);
  return followRedirects(url, askHop, asking.cookies);
}

/** Whether the answer sends elsewhere on this host; it says nothing about the credentials that were shown. */
export function isRedirect(answer: SmallAnswer): boolean {
  return redirectTarget(answer) !== undefined;
}

/** Only within the same host, and not from TLS to plain text: a query may carry credentials. */
function redirectTarget({ url, status, headers }: SmallAnswer): URL | undefined {
  const location = headers.get('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === '') return undefined;
  if (!URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  target.username = '';
  target.password = '';
  const isSecure = target.protocol === 'https:' || target.protocol === url.protocol;
  return target.hostname === url.hostname && isSecure ? target : undefined;
}

/** Another port of the host may be another device behind the same router. */
function isSameServer(from: URL, to: URL): boolean {
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:';
  return from.origin === to.origin || (isUpgrade && from.hostname === to.hostname);
}
