/** Header names and values in turn, as `ServerResponse.writeHead` takes them. */
export type RawHeaders = readonly string[];

/** What a script may read of an answer beyond the safelisted headers. */
const exposedHeaders = 'Age, Content-Length, Content-Range, ETag, Last-Modified, Retry-After';
const preflightHeaders = [
  'Access-Control-Allow-Methods',
  'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers',
  'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
  'Access-Control-Max-Age',
  '86400',
];

/** Cross-origin rules of the media: players and `<img crossorigin>` on other pages need them, on errors as well. */
export class CorsRules {
  readonly #anyone: RawHeaders | undefined;
  readonly #byOrigin: ReadonlyMap<string, RawHeaders>;
  /** The answer depends on who asks, which caches must know also when the asker was refused. */
  readonly #others: RawHeaders = ['Vary', 'Origin'];

  /** @param origins the configured origins; `*` among them is everyone */
  constructor(origins: readonly string[]) {
    this.#anyone = origins.includes('*') ? allow('*') : undefined;
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
