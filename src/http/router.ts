import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { CamgateError } from '../lib/errors.ts';
import { methodNotAllowed, type Answers } from './answers.ts';
import type { RawHeaders } from './cors.ts';
import type { MediaRequest, MediaResponse } from './exchange.ts';
import { Http1Bridge } from './http1-bridge.ts';
import { Http2Response, toMediaRequest } from './http2-response.ts';
import type { Handlers } from './listener.ts';
import type { MediaRouter } from './media-router.ts';

export interface RouterParts {
  readonly media: MediaRouter;
  readonly answers: Answers;
  readonly app: (request: IncomingMessage, response: ServerResponse) => void;
  readonly errorHeaders: RawHeaders;
}

/** Hands every request to whom it is for. Media first: Express would cost three quarters of the throughput. */
export class Router implements Handlers {
  readonly errorHeaders: RawHeaders;
  readonly #parts: RouterParts;
  readonly #bridge: Http1Bridge;
  #endReason: Error | undefined;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.errorHeaders = parts.errorHeaders;
    this.#bridge = new Http1Bridge(parts.app, parts.errorHeaders);
  }

  onHttp1(request: IncomingMessage, response: ServerResponse): void {
    toOriginForm(request);
    const isAnswered = this.#answer(request, response, hostFault(request));
    if (!isAnswered) this.#parts.app(request, response);
  }

  onHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const request = toMediaRequest(stream, headers);
    const response = new Http2Response(stream, request.method === 'HEAD');
    const fault = request.method === 'CONNECT' ? methodNotAllowed() : undefined;
    const isAnswered = this.#answer(request, response, fault);
    if (!isAnswered) this.#bridge.forward(stream, headers);
  }

  /** Ends every held request and every stream with this reason, and answers with it from now on. */
  shutDown(reason: Error): void {
    this.#endReason = reason;
    this.#parts.media.abortAll(reason);
  }

  /** false: it is not for media. */
  #answer(request: MediaRequest, response: MediaResponse, fault?: Error): boolean {
    const refusal = this.#endReason ?? fault ?? expectationFault(request);
    if (refusal === undefined) return this.#parts.media.handle(request, response);
    const to = { request, response, route: 'other', startedMs: performance.now() } as const;
    this.#parts.answers.fail(to, refusal, undefined);
    return true;
  }
}

/** RFC 9112, 3.2: one Host header, which HTTP/1.0 alone may leave out; everything else must be refused. */
function hostFault({ httpVersion, rawHeaders }: IncomingMessage): CamgateError | undefined {
  let count = 0;
  // `headers` keeps the first of several and says nothing of the others.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') count++;
  }
  if (count === 1 || (count === 0 && httpVersion !== '1.1')) return undefined;
  const text = count === 0 ? 'A request over HTTP/1.1 needs a Host header.' : 'One Host is enough.';
  return new CamgateError('request-invalid', text);
}

/** RFC 9110, 10.1.1: 100-continue is all that can be expected of a server. */
function expectationFault({ headers }: MediaRequest): CamgateError | undefined {
  const { expect } = headers;
  if (expect === undefined || /(?:^|\W)100-continue(?:$|\W)/i.test(expect)) return undefined;
  return new CamgateError('expectation-unknown', 'Nothing but 100-continue can be expected here.');
}

/** RFC 9112, 3.2.2: a server must take `GET http://host/path` as well, which software behind proxies sends. */
function toOriginForm(request: IncomingMessage): void {
  const url = request.url ?? '';
  if (url.startsWith('/') || !/^https?:\/\//i.test(url)) return;
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  request.url = slash === -1 ? '/' : url.slice(slash);
}
