import type { HttpHeaders } from './http-head.ts';

/** A camera sets one or two. */
const maxCookies = 20;
/** RFC 6265 section 6.1: as much as browsers keep of one. */
const maxCookieBytes = 4096;

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/**
 * The cookies that a camera has set (RFC 6265), to be sent back to it: some let nobody in who does not bring one. Each
 * goes only to the origin that has set it: another port may be another device. As secret as a session id.
 */
export class CookieJar {
  #cookies: readonly Cookie[] = [];

  /** Takes what an answer sets and deletes. */
  take(url: URL, headers: HttpHeaders): void {
    for (const line of headers.all('set-cookie')) {
      const [pair = '', ...attributes] = line.split(';');
      const [name, value] = splitPair(pair);
      if (name === '' || pair.length > maxCookieBytes) continue;
      const path = attributeOf(attributes, 'path') ?? '/';
      const cookie = { origin: url.origin, path: path.startsWith('/') ? path : '/', name, value };
      const others = this.#cookies.filter((other) => !isSame(other, cookie));
      this.#cookies = isOver(attributes, headers) ? others : [...others, cookie];
      this.#cookies = this.#cookies.slice(-maxCookies);
    }
  }

  /** Value of the Cookie header, empty when there is none to send. */
  header({ origin, pathname }: URL): string {
    return this.#cookies
      .filter((cookie) => cookie.origin === origin && isBelow(pathname, cookie.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  get isEmpty(): boolean {
    return this.#cookies.length === 0;
  }

  clear(): void {
    this.#cookies = [];
  }
}

function isSame(one: Cookie, other: Cookie): boolean {
  return one.origin === other.origin && one.path === other.path && one.name === other.name;
}

/** RFC 6265 section 5.1.4. */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** Counted from the answer's own Date, since clocks of cameras are often wrong. */
function isOver(attributes: readonly string[], headers: HttpHeaders): boolean {
  const maxAge = attributeOf(attributes, 'max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  const expires = Date.parse(attributeOf(attributes, 'expires') ?? '');
  return expires <= 0 || expires <= Date.parse(headers.get('date'));
}

function attributeOf(attributes: readonly string[], wanted: string): string | undefined {
  return attributes.map(splitPair).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function splitPair(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
