import { setMaxListeners } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Heartbeat } from '../heartbeat.ts';
import type { Report } from './violations.ts';

/** What is asked for decides how the answer may be cached and what it consists of. */
export type ResourceKind = 'multivariant' | 'playlist' | 'blocking' | 'media';

export interface Answer {
  /** 0 when there was none. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly tookMs: number;
  /** On the clock of `performance.now()`. */
  readonly receivedAtMs: number;
  /** How much of `tookMs` a busy machine took. */
  readonly lostMs: number;
}

/** Far beyond what any server may hold a request, in milliseconds. */
const longestRequestMs = 60_000;
/** A page of another origin plays as well, and asks like this. */
const origin = 'https://player.example';

/** What is asked about: one playlist, the client that asks for it, and where findings go. */
export interface CheckedStream {
  readonly client: CheckClient;
  readonly url: URL;
  readonly report: Report;
}

/** Asks like a player of another origin, and judges the head of every answer. */
export class CheckClient {
  readonly #signal: AbortSignal;
  readonly #report: Report;
  readonly #agents = {
    // Servers let go of idle connections after some seconds; one that is about to be let go is not used.
    http: new http.Agent({ keepAlive: true, timeout: 3000 }),
    https: new https.Agent({ keepAlive: true, timeout: 3000 }),
  };
  readonly #heartbeat = new Heartbeat();
  #byteCount = 0;

  constructor(signal: AbortSignal, report: Report) {
    this.#signal = signal;
    this.#report = report;
    // One listener for each request that is held.
    setMaxListeners(0, signal);
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  async get(
    kind: ResourceKind,
    url: URL,
    options: { method?: 'GET' | 'HEAD'; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { method = 'GET', headers = {} } = options;
    const startedMs = performance.now();
    const lostBeforeMs = this.#heartbeat.lostMs;
    const times = () => ({
      tookMs: performance.now() - startedMs,
      receivedAtMs: performance.now(),
      lostMs: this.#heartbeat.lostMs - lostBeforeMs,
    });
    try {
      const { incoming, body } = await this.#send(url, { method, headers });
      const answer: Answer = {
        status: incoming.statusCode ?? 0,
        headers: new Headers(
          Object.entries(incoming.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ]),
        ),
        body,
        ...times(),
      };
      this.#byteCount += body.length;
      this.#checkHead({ kind, url, method }, answer);
      return answer;
    } catch (error) {
      if (!this.#signal.aborted)
        this.#report('answered', '6.2.1', `${nameOf(url)}: ${String(error)}`);
      return { status: 0, headers: new Headers(), body: Buffer.alloc(0), ...times() };
    }
  }

  /** Time lost so far to a busy machine, in milliseconds; only grows. */
  get lostMs(): number {
    return this.#heartbeat.lostMs;
  }

  /** What of it was lost since that time of `performance.now()`, in milliseconds. */
  lostSince(sinceMs: number): number {
    return this.#heartbeat.lostSince(sinceMs);
  }

  /** Lets go of the connections. */
  close(): void {
    this.#heartbeat.stop();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #send(
    url: URL,
    options: { method: string; headers: Record<string, string> },
  ): Promise<{ incoming: IncomingMessage; body: Buffer }> {
    const { method, headers } = options;
    const isSecure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (isSecure ? https : http).request(url, {
        method,
        headers: { origin, ...headers },
        agent: isSecure ? this.#agents.https : this.#agents.http,
        timeout: longestRequestMs,
      });
      const abort = (): void => void request.destroy(new Error('the run is over'));
      this.#signal.addEventListener('abort', abort);
      request.on('timeout', () =>
        request.destroy(new Error(`no answer in ${longestRequestMs} ms`)),
      );
      request.on('error', reject);
      request.on('close', () => this.#signal.removeEventListener('abort', abort));
      request.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ incoming, body: Buffer.concat(chunks) }));
      });
      request.end();
    });
  }

  #checkHead(request: { kind: ResourceKind; url: URL; method: string }, answer: Answer): void {
    const { kind, url, method } = request;
    const { status, headers, body } = answer;
    const wrong = (rule: string, section: string, what: string): void =>
      this.#report(rule, section, `${nameOf(url)} (${status}): ${what}`);
    const allowed = headers.get('access-control-allow-origin');
    if (allowed !== '*' && allowed !== origin) {
      wrong('cors', 'Fetch 3.2', `Access-Control-Allow-Origin is ${String(allowed)}`);
    }
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
    const expected = status === 200 || status === 206 ? types[kind] : 'application/problem+json';
    if (status !== 304 && type !== expected) wrong('content-type', '4', `it is ${type}`);
    const complaint = cacheComplaint(kind, answer);
    if (complaint !== undefined) wrong('cache-control', '6.2.5.2', complaint);
    const length = headers.get('content-length');
    if (method === 'GET' && length !== null && Number(length) !== body.length) {
      wrong('content-length', 'RFC 9110 8.6', `${length} is said, ${body.length} came`);
    }
  }
}

const types: Readonly<Record<ResourceKind, string>> = {
  multivariant: 'application/vnd.apple.mpegurl',
  playlist: 'application/vnd.apple.mpegurl',
  blocking: 'application/vnd.apple.mpegurl',
  media: 'video/mp4',
};

/** What is wrong about Cache-Control; undefined when nothing is. */
function cacheComplaint(kind: ResourceKind, answer: Answer): string | undefined {
  const { status, headers, body } = answer;
  const header = headers.get('cache-control') ?? '';
  const maxAge = Number(/max-age=(\d+)/.exec(header)?.[1] ?? 'NaN');
  const isFresh = /no-cache|no-store/.test(header);
  if (status >= 400) {
    // An error is about now: a cached one would outlive its reason.
    return isFresh || maxAge <= 1 ? undefined : `an error with "${header}"`;
  }
  switch (kind) {
    case 'media':
      // Names are never used twice, so bytes may be kept for longer than any playlist.
      return header.includes('immutable') && maxAge >= 600 ? undefined : `media with "${header}"`;
    case 'blocking': {
      // What was asked for stays true; it may be kept for six target durations (appendix B).
      const targetDuration = Number(/TARGETDURATION:(\d+)/.exec(body.toString('latin1'))?.[1]);
      const isShort = isFresh || maxAge <= 6 * targetDuration;
      return isShort ? undefined : `a blocking answer with "${header}"`;
    }
    case 'multivariant':
    case 'playlist':
      return isFresh || maxAge <= 1 ? undefined : `a live playlist with "${header}"`;
  }
}

/** Path and query alone: ports tell nothing. */
export function nameOf(url: URL): string {
  return `${url.pathname.split('/').at(-1) ?? ''}${url.search}`;
}
