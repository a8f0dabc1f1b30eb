import { isIP } from 'node:net';
import { bad, good, textType, type Reading, type ValueType } from './values.ts';

const hostname = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*\.?$/;

/** What a server listens on: an IPv4 or IPv6 address (brackets are taken off) or a host name, without a port. */
export const listenHost: ValueType<string> = textType((text) => {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isIP(host) !== 0) return good(host);
  const hint =
    'Use 127.0.0.1 (this machine), 0.0.0.0 or :: (all networks), another address of this machine ' +
    'or its host name; the port is a key of its own.';
  if (host.includes('/') || host.includes(':')) return bad('is not a host alone', hint);
  if (/^[\d.]+$/.test(host)) return bad('is not an IPv4 address', hint);
  return hostname.test(host) ? good(host) : bad('is not a host', hint);
});

/** An http(s) origin in its canonical form, as browsers send it in `Origin`. */
function readOrigin(text: string): Reading<string> {
  const hint = 'Write origins like https://example.com or http://192.168.1.5:3000, without a path.';
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return bad('is not an origin', hint);
  const url = new URL(text);
  if (text.includes('@')) return bad('is not an origin: it contains a user', hint);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return bad('is not an origin: it has a path', hint);
  }
  return good(url.origin);
}

/** The address of a gateway for its viewers, with a slash at its end: what a path of the gateway is appended to. */
export const publicAddress: ValueType<string> = textType((text) => {
  const hint = 'Write it like https://example.com/ or https://example.com/cams/.';
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return bad('is not an address', hint);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return bad('contains a user or a password', `It is shown to viewers. ${hint}`);
  }
  if (url.search !== '' || url.hash !== '') return bad('has more than a path', hint);
  return good(url.href.endsWith('/') ? url.href : `${url.href}/`);
});

interface OriginWords {
  /** Word as written to the word used; such a word stands alone unless it is in `combinable`. */
  readonly words: ReadonlyMap<string, string>;
  readonly combinable: readonly string[];
}

function origins({ words, combinable }: OriginWords): ValueType<readonly string[]> {
  return {
    form: 'list',
    read(texts) {
      const values = new Set<string>();
      for (const text of texts) {
        const word = words.get(text);
        const origin = word === undefined ? readOrigin(text) : good(word);
        if (!origin.ok) {
          const known = [...words.keys()].filter((name) => !name.startsWith("'")).join(', ');
          return bad(origin.message, `${origin.hint} These words are possible as well: ${known}.`);
        }
        values.add(origin.value);
      }
      const alone = [...values].find((v) => isWord(v, words) && !combinable.includes(v));
      if (alone !== undefined && values.size > 1) {
        return bad(`has ${alone} beside other entries`, `Write ${alone} alone or remove it.`);
      }
      return good([...values]);
    },
  };
}

function isWord(value: string, words: ReadonlyMap<string, string>): boolean {
  return [...words.values()].includes(value);
}

/** Origins that may read the media, or `*`. An empty list allows none but the gateway's own pages. */
export const corsOrigins = origins({ words: new Map([['*', '*']]), combinable: [] });

/** CSP frame-ancestors. YAML takes the quotes off 'self', so the bare words are read as well. */
export const frameAncestors = origins({
  words: new Map([
    ['*', '*'],
    ['self', "'self'"],
    ["'self'", "'self'"],
    ['none', "'none'"],
    ["'none'", "'none'"],
  ]),
  combinable: ["'self'"],
});

/** Only programs on this machine can reach a server that listens on this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
