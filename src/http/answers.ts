import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CamgateError, type ErrorCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { UnsatisfiableRange } from './routes/byte-range.ts';
import { queryValue } from './routes/query.ts';
import type { CorsRules, RawHeaders } from './cors.ts';
import type { MediaRequest, MediaResponse } from './exchange.ts';
import type { HttpStats, Route } from './http-stats.ts';
import { renderProblem, toPublicError } from './problem.ts';

/** What is needed to answer a request and to count the answer. */
export interface Answerable {
  readonly request: MediaRequest;
  readonly response: MediaResponse;
  readonly route: Route;
  readonly startedMs: number;
}

export interface AnswerHead {
  readonly status: number;
  readonly headers: RawHeaders;
}

export interface FileSlice {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
  open(): Promise<FileHandle>;
}

/** Errors with which a connection ends. */
const lastWords: ReadonlySet<ErrorCode> = new Set(['pipeline-full', 'shutting-down']);

/** Read ahead of a viewer, in bytes. */
const fileChunkBytes = 256 * 1024;

/**
 * Writes answers of the media routes: status and headers in one go, shared bytes without a copy, every answer counted.
 */
export class Answers {
  readonly #cors: CorsRules;
  readonly #stats: HttpStats;
  readonly #log: Log;

  constructor(cors: CorsRules, stats: HttpStats, log: Log) {
    this.#cors = cors;
    this.#stats = stats;
    this.#log = log;
  }

  corsFor(request: MediaRequest): RawHeaders {
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

  /**
   * Bytes of a file as fast as the viewer reads them, `end` inclusive. If the file cannot be opened, the answer is the
   * error; if reading fails later, the connection is closed, so that nobody mistakes half a file for all of it.
   */
  async sendFile(to: Answerable, head: AnswerHead, slice: FileSlice): Promise<void> {
    const { request, response } = to;
    if (request.method === 'HEAD') {
      this.send(to, head.status, head.headers, undefined);
      return;
    }
    const file = await slice.open();
    const { start, end } = slice;
    const source = file.createReadStream({ start, end, highWaterMark: fileChunkBytes });
    if (!response.destroyed) {
      response.writeHead(head.status, head.headers as string[]);
      this.observe(to, head.status);
    }
    try {
      // Closes the file as well when the viewer goes away, or had gone already.
      await pipeline(source, exactly(end - start + 1), response);
    } catch (error) {
      if (!hasLeft(error)) this.#log.warn('a segment file could not be read to its end', { error });
    }
  }

  /** problem+json for any error; unexpected ones are logged, and their details hidden from the viewer. */
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
    if (mayBeMissing(request, shown)) {
      const wait = problem.retryAfter === undefined ? [] : ['Retry-After', problem.retryAfter];
      const headers = ['Cache-Control', 'no-store', ...wait, ...this.corsFor(request)];
      this.send(to, 204, headers, undefined);
      return;
    }
    const headers = [...problem.headers, ...this.corsFor(request)];
    if (shown.code === 'method-not-allowed') headers.push('Allow', 'GET, HEAD, OPTIONS');
    if (shown instanceof UnsatisfiableRange) headers.push('Content-Range', shown.contentRange);
    if (lastWords.has(shown.code)) headers.push('Connection', 'close');
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

/**
 * Pages that ask again and again, because they know that a camera may be away, say `?missing=204`: browsers write a red
 * line for every 503.
 */
function mayBeMissing({ url = '' }: MediaRequest, { code, status }: CamgateError): boolean {
  if (status !== 503 || lastWords.has(code)) return false;
  const mark = url.indexOf('?');
  return mark !== -1 && queryValue(url.slice(mark + 1), 'missing') === '204';
}

/** Fails when the source ends early: an answer that ends before its Content-Length leaves a viewer waiting. */
function exactly(byteLength: number) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let remaining = byteLength;
    for await (const chunk of source) {
      remaining -= chunk.length;
      yield chunk;
    }
    if (remaining > 0) throw new Error(`the file has ${remaining} bytes less than were written`);
  };
}

/** The viewer closed the connection. */
function hasLeft(error: unknown): boolean {
  const { code, name } = error as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || name === 'AbortError';
}

export function unknownCamera(id: string, suggestion: string | undefined): CamgateError {
  const name = id.length > 64 ? `${id.slice(0, 64)}…` : id;
  const hint =
    suggestion === undefined ? 'api/cameras lists them.' : `Did you mean "${suggestion}"?`;
  return new CamgateError('camera-unknown', `There is no camera "${name}". ${hint}`);
}

export function notFound(): CamgateError {
  return new CamgateError(
    'not-found',
    'There is nothing at this address. The first page shows all cameras.',
  );
}

export function methodNotAllowed(): CamgateError {
  return new CamgateError('method-not-allowed', 'This address is read-only: use GET or HEAD.');
}

export function postAlone(): CamgateError {
  return new CamgateError('method-not-allowed', 'Use POST at this address.');
}
