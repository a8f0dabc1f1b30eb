import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { CamgateError } from '../../lib/errors.ts';
import type { Scope } from '../../lib/scope.ts';
import { Turns } from '../../lib/turns.ts';
import { methodNotAllowed, type Answers } from '../answers.ts';
import type { RawHeaders } from '../cors.ts';
import type { MediaRequest, MediaResponse } from '../exchange.ts';
import { Http1Bridge } from '../listeners/http1-bridge.ts';
import { Http1Connection } from '../listeners/http1-connection.ts';
import { Http2Connection } from '../listeners/http2-connection.ts';
import { Http2Response, toMediaRequest } from '../listeners/http2-response.ts';
import type { Handlers } from '../listeners/listener.ts';
import type { MediaRouter } from './media-router.ts';

export interface RouterParts {
  readonly media: MediaRouter;
  readonly answers: Answers;
  readonly app: (request: IncomingMessage, response: ServerResponse) => void;
  readonly errorHeaders: RawHeaders;
}

/**
 * Streams of HTTP/2 that are begun in one turn of the event loop: what one connection may have open. A stream that is
 * opened and reset in one read is over before its turn.
 */
const streamsPerTurn = 64;
/** Requests for Express begun in one turn of the event loop; each takes about a millisecond until it is out. */
const pagesPerTurn = 4;

/** Hands every request to its room. Media first: Express would cost three quarters of the throughput. */
export class Router implements Handlers {
  readonly errorHeaders: RawHeaders;
  readonly #parts: RouterParts;
  readonly #bridge: Http1Bridge;
  readonly #http1 = new WeakMap<Socket, Http1Connection>();
  readonly #http2 = new WeakMap<Http2Session, Http2Connection>();
  readonly #streamTurns = new Turns(streamsPerTurn);
  readonly #pageTurns = new Turns(pagesPerTurn);
  readonly #http1Handlers = {
    start: (request: IncomingMessage, response: ServerResponse, scope: Scope): void =>
      this.#startHttp1(request, response, scope),
    refuse: (request: IncomingMessage, response: ServerResponse): void =>
      this.#refuse(request, response, pipelineFull()),
  };
  #endReason: Error | undefined;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.errorHeaders = parts.errorHeaders;
    this.#bridge = new Http1Bridge(parts.app, parts.errorHeaders);
  }

  onHttp1(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    let connection = this.#http1.get(socket);
    if (connection === undefined) {
      connection = new Http1Connection(socket, this.#http1Handlers);
      this.#http1.set(socket, connection);
    }
    connection.take(request, response);
  }

  onHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { session } = stream;
    // Its connection was destroyed in the same read.
    if (session === undefined) return;
    let connection = this.#http2.get(session);
    if (connection === undefined) {
      connection = new Http2Connection(session);
      this.#http2.set(session, connection);
    }
    const scope = connection.open(stream);
    const start = this.#startHttp2.bind(this, { stream, headers, connection, scope });
    this.#streamTurns.add(start, scope);
  }

  /** Ends every held request and every stream with this reason, and answers with it from now on. */
  shutDown(reason: Error): void {
    this.#endReason = reason;
    this.#parts.media.abortAll(reason);
  }

  #startHttp1(request: IncomingMessage, response: ServerResponse, scope: Scope): void {
    toOriginForm(request);
    if (this.#answer({ request, response, scope, fault: hostFault(request) })) return;
    this.#pageTurns.add(() => this.#parts.app(request, response), scope);
  }

  #startHttp2({ stream, headers, connection, scope }: StreamRequest): void {
    const request = toMediaRequest(stream, headers);
    const response = new Http2Response(stream, request.method === 'HEAD');
    const fault = request.method === 'CONNECT' ? methodNotAllowed() : undefined;
    if (this.#answer({ request, response, scope, fault })) {
      // A body that comes with a request for media says nothing to us.
      stream.resume();
      return;
    }
    const forward = (): void => this.#bridge.forward(stream, headers, scope);
    connection.page(() => this.#pageTurns.add(forward, scope), scope);
  }

  /** false: it is not for media. */
  #answer({ request, response, scope, fault }: Arrival): boolean {
    const refusal = this.#endReason ?? fault ?? expectationFault(request);
    if (refusal === undefined) return this.#parts.media.handle(request, response, scope);
    this.#refuse(request, response, refusal);
    return true;
  }

  #refuse(request: MediaRequest, response: MediaResponse, reason: Error): void {
    const to = { request, response, route: 'other', startedMs: performance.now() } as const;
    this.#parts.answers.fail(to, reason, undefined);
  }
}

interface StreamRequest {
  readonly stream: ServerHttp2Stream;
  /** Pseudo headers included. */
  readonly headers: IncomingHttpHeaders;
  readonly connection: Http2Connection;
  readonly scope: Scope;
}

interface Arrival {
  readonly request: MediaRequest;
  readonly response: MediaResponse;
  readonly scope: Scope;
  /** Why the request cannot be answered as it is. */
  readonly fault: Error | undefined;
}

function pipelineFull(): CamgateError {
  return new CamgateError(
    'pipeline-full',
    'More than 16 requests of this connection wait; wait for their answers before you send more.',
    { retryAfterMs: 1000 },
  );
}

/** RFC 9112, 3.2: one Host header, which HTTP/1.0 alone may leave out; everything else must be refused. */
function hostFault({ httpVersion, rawHeaders }: IncomingMessage): CamgateError | undefined {
  let count = 0;
  // `headers` keeps the first of several and says nothing of the others.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') count++;
  }
  if (count === 1 || (count === 0 && httpVersion !== '1.1')) return undefined;
  const text =
    count === 0 ? 'Send a Host header: HTTP/1.1 requires one.' : 'Send exactly one Host header.';
  return new CamgateError('request-invalid', text);
}

/** RFC 9110, 10.1.1: 100-continue is all that can be expected of a server. */
function expectationFault({ headers }: MediaRequest): CamgateError | undefined {
  const { expect } = headers;
  if (expect === undefined || /(?:^|\W)100-continue(?:$|\W)/i.test(expect)) return undefined;
  return new CamgateError('expectation-unknown', 'Send no Expect header, or 100-continue.');
}

/** RFC 9112, 3.2.2: a server must take `GET http://host/path` as well, which software behind proxies sends. */
function toOriginForm(request: IncomingMessage): void {
  const url = request.url ?? '';
  if (url.startsWith('/') || !/^https?:\/\//i.test(url)) return;
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  request.url = slash === -1 ? '/' : url.slice(slash);
}
