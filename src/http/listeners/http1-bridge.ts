import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { duplexPair, type Duplex } from 'node:stream';
import type { Scope } from '../../lib/scope.ts';
import { answerClientError } from './client-error.ts';
import type { RawHeaders } from '../cors.ts';
import { toHttp2Headers } from './http2-response.ts';
import { maxHeaderBytes } from './listener.ts';
import { hasUsefulBody } from './request-body.ts';

/**
 * Lets a handler that knows HTTP/1.1 alone, as Express does, answer HTTP/2 streams: each request becomes an exchange of
 * HTTP/1.1 between the two ends of a pipe in memory, read and written by node's own parser. No port, no shared state.
 * For pages and the API; media routes answer streams themselves.
 */
export class Http1Bridge {
  readonly #server: Server;

  /** @param errorHeaders go with answers to what is no request */
  constructor(handler: RequestListener, errorHeaders: RawHeaders) {
    this.#server = createServer({ maxHeaderSize: maxHeaderBytes }, handler);
    this.#server.on('clientError', (error, socket) =>
      answerClientError(error, socket, errorHeaders),
    );
  }

  /**
   * @param headers of the stream, pseudo headers included
   * @param scope of the stream; nothing is in work for it when that is over
   */
  forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, scope: Scope): void {
    const [near, far] = this.#connect(stream);
    const method = String(headers[':method']);
    const hasBody = !stream.endAfterHeaders && hasUsefulBody({ method, headers });
    const request = httpRequest({
      method,
      path: String(headers[':path']),
      headers: toHttp1Headers(headers),
      createConnection: () => near,
    });
    request.on('response', (response) => {
      if (stream.destroyed || stream.closed) {
        response.destroy();
        return;
      }
      const endStream = request.method === 'HEAD' || response.statusCode === 304;
      stream.respond(toHttp2Headers(response.statusCode ?? 500, response.rawHeaders), {
        endStream,
      });
      if (endStream) response.resume();
      else response.pipe(stream);
      // The rest of a request that is answered is not waited for (RFC 9113, 8.1).
      stream.once('finish', () => {
        if (!stream.endAfterHeaders) stream.close(constants.NGHTTP2_NO_ERROR);
      });
      response.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    });
    request.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    // Also ends an answer that is still being made for a viewer who has left.
    scope.onEnd(() => {
      near.destroy();
      // Node 20 does not tell one end of a pipe in memory that the other was destroyed.
      far.destroy();
    });
    if (hasBody) {
      // The answer may not wait for it.
      request.flushHeaders();
      stream.pipe(request);
      return;
    }
    stream.resume();
    request.end();
  }

  #connect(stream: ServerHttp2Stream): [near: Duplex, far: Duplex] {
    const [near, far] = duplexPair();
    // What Express reads of a connection: the peer's address, and that nobody listens in between.
    const { remoteAddress } = stream.session?.socket ?? {};
    this.#server.emit('connection', Object.assign(far, { remoteAddress, encrypted: true }));
    far.on('error', () => undefined);
    far.once('close', () => near.push(null));
    return [near, far];
  }
}

/** Without pseudo headers. A length stays, even of a body that is not passed on: it says why that is refused. */
function toHttp1Headers(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue;
    if (name === 'expect') continue;
    result[name] = value;
  }
  const authority = headers[':authority'];
  if (authority !== undefined) result['host'] = authority;
  return result;
}
