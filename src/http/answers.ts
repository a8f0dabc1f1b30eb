import type { IncomingMessage, ServerResponse } from 'node:http';
import { CamgateError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { CorsRules, RawHeaders } from './cors.ts';
import type { HttpStats, Route } from './http-stats.ts';
import { renderProblem, toPublicError } from './problem.ts';

/** What is needed to answer a request and to count the answer. */
export interface Answerable {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly startedMs: number;
}

/** Writes answers of the media routes: status and headers in one go, shared bytes without a copy, every answer counted. */
export class Answers {
  readonly #cors: CorsRules;
  readonly #stats: HttpStats;
  readonly #log: Log;

  constructor(cors: CorsRules, stats: HttpStats, log: Log) {
    this.#cors = cors;
    this.#stats = stats;
    this.#log = log;
  }

  corsFor(request: IncomingMessage): RawHeaders {
    return this.#cors.headersFor(request.headers.origin);
  }

  /** A whole body of one piece. Node writes no body for HEAD, 204 and 304. */
  send(to: Answerable, status: number, headers: RawHeaders, body: Buffer | undefined): void {
    to.response.writeHead(status, headers as string[]);
    to.response.end(body);
    this.observe(to, status);
  }

  /** A body of several pieces, which leave in one system call where the socket takes them. */
  sendChunks(to: Answerable, status: number, headers: RawHeaders, chunks: readonly Buffer[]): void {
    if (chunks.length < 2) {
      this.send(to, status, headers, chunks[0]);
      return;
    }
    const { response } = to;
    response.cork();
    response.writeHead(status, headers as string[]);
    for (const chunk of chunks) response.write(chunk);
    response.end();
    response.uncork();
    this.observe(to, status);
  }

  /** problem+json for any error; what nobody expected is logged and hidden. */
  fail(to: Answerable, error: unknown, camera: string | undefined): void {
    const { request, response } = to;
    if (response.destroyed || response.headersSent) {
      response.destroy();
      return;
    }
    const shown = toPublicError(error);
    if (shown.code === 'internal-error')
      this.#log.error('request failed', { route: to.route, error });
    const problem = renderProblem(shown, camera);
    const headers = [...problem.headers, ...this.corsFor(request)];
    if (shown.code === 'method-not-allowed') headers.push('Allow', 'GET, HEAD, OPTIONS');
    if (shown.code === 'shutting-down') headers.push('Connection', 'close');
    this.send(to, problem.status, headers, problem.body);
  }

  preflight(to: Answerable): void {
    const headers = this.#cors.preflightHeadersFor(to.request.headers.origin);
    this.send(to, 204, [...headers, 'Allow', 'GET, HEAD, OPTIONS'], undefined);
  }

  observe(to: Answerable, status: number): void {
    this.#stats.observe(to.route, status, (performance.now() - to.startedMs) / 1000);
  }
}

/** Whether If-None-Match names this validator (RFC 9110, 13.1.2: weak comparison). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header === '*') return true;
  return header.split(',').some((item) => item.trim().replace(/^W\//, '') === etag);
}

export function unknownCamera(id: string, suggestion: string | undefined): CamgateError {
  const name = id.length > 64 ? `${id.slice(0, 64)}…` : id;
  const hint =
    suggestion === undefined ? '/api/cameras lists them.' : `Did you mean "${suggestion}"?`;
  return new CamgateError('camera-unknown', `There is no camera "${name}". ${hint}`);
}
