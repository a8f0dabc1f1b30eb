/** Header names and values in turn, as `ServerResponse.writeHead` takes them. */
export type RawHeaders = readonly string[];

/**
 * What a script may read of an answer beyond the safelisted headers: players take the age of a cached playlist from Age
 * and Date (rfc8216bis, appendix C), loaders the size from Content-Range, and a client that is refused the time to come
 * back.
 */
const exposedHeaders =
  'Accept-Ranges, Age, Content-Length, Content-Range, Date, ETag, Last-Modified, Retry-After';

/**
 * No Access-Control-Allow-Private-Network: a page of the public internet has no business in the network of the cameras.
 * (Browsers have replaced that preflight by asking the user, which needs nothing from a server.)
 */
const preflightHeaders = [
  'Access-Control-Allow-Methods',
  'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers',
  'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
  'Access-Control-Max-Age',
  '86400',
];

/** Cross-origin rules of every answer: players and `<img crossorigin>` on other pages need them, on errors as well. */
export class CorsRules {
  readonly #anyone: RawHeaders | undefined;
  readonly #byOrigin: ReadonlyMap<string, RawHeaders>;
  readonly #others: RawHeaders;

  /** @param origins the configured origins; `*` among them is everyone, none is this gateway alone */
  constructor(origins: readonly string[]) {
    this.#anyone = origins.includes('*') ? [...allow('*'), ...resourcePolicy(origins)] : undefined;
    // The answer depends on the origin that asks, which caches must know also when that is refused.
    this.#others = ['Vary', 'Origin', ...resourcePolicy(origins)];
    this.#byOrigin = new Map(
      origins.map((origin) => [origin, [...allow(origin), ...this.#others]]),
    );
  }

  headersFor(origin: string | undefined): RawHeaders {
    if (this.#anyone !== undefined) return this.#anyone;
    return (origin === undefined ? undefined : this.#byOrigin.get(origin)) ?? this.#others;
  }

  preflightHeadersFor(origin: string | undefined): RawHeaders {
    return [...this.headersFor(origin), ...preflightHeaders];
  }
}

function allow(origin: string): RawHeaders {
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', exposedHeaders];
}

/**
 * Cross-Origin-Resource-Policy, which decides on plain `<img>` and `<video>` of other pages. It knows no list of
 * origins, so that for configured ones the browser's default applies: shown, except in pages that ask for isolation.
 */
function resourcePolicy(origins: readonly string[]): RawHeaders {
  if (origins.includes('*')) return ['Cross-Origin-Resource-Policy', 'cross-origin'];
  return origins.length === 0 ? ['Cross-Origin-Resource-Policy', 'same-origin'] : [];
}
