import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { KeyPair } from '../../lib/system/certificate.ts';
import type { CertificateFiles } from './certificate-files.ts';
import { answerClientError, refuseTunnel } from './client-error.ts';
import { endWhereStill } from './idle-connection.ts';
import {
  http1Limits,
  maxHeaderBytes,
  probeAfterMs,
  type Handlers,
  type Listener,
  type TimeLimits,
} from './listener.ts';

/** Requests of one viewer at once: a wall holds two for each camera. */
const maxStreamsPerSession = 256;
/** What one viewer's session may take for headers and for frames that wait to be sent, in MB. */
const maxSessionMegabytes = 32;

/** HTTP/2 and HTTP/1.1 over TLS on one port, by ALPN (RFC 7301). */
export function createSecureListener(
  files: CertificateFiles,
  handlers: Handlers,
  limits: TimeLimits,
): Listener {
  const server = createSecureServer({
    ...contextOf(files.current),
    allowHTTP1: true,
    handshakeTimeout: limits.headMs,
    maxSessionMemory: maxSessionMegabytes,
    settings: {
      maxConcurrentStreams: maxStreamsPerSession,
      maxHeaderListSize: maxHeaderBytes,
      enablePush: false,
    },
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: probeAfterMs,
  });
  // node's HTTP/1.1 code finds its limits on the server it runs in, which takes them as options in plain HTTP only.
  Object.assign(server, http1Limits(limits));
  files.onChange = (pair) => server.setSecureContext(contextOf(pair));
  return new SecureListener(server, handlers, limits);
}

function contextOf({ certificate, key }: KeyPair): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2' };
}

class SecureListener implements Listener {
  readonly server: Http2SecureServer;
  readonly scheme = 'https';
  readonly #handlers: Handlers;
  readonly #limits: TimeLimits;
  readonly #connections = new Set<Socket>();
  /** With the number of streams that are open. */
  readonly #sessions = new Map<Http2Session, number>();
  #isRetired = false;

  constructor(server: Http2SecureServer, handlers: Handlers, limits: TimeLimits) {
    this.server = server;
    this.#handlers = handlers;
    this.#limits = limits;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('secureConnection', (socket: TLSSocket) => this.#boundEnd(socket));
    server.on('session', (session) => {
      this.#sessions.set(session, 0);
      session.once('close', () => this.#sessions.delete(session));
      // Its handshake was under way when the others were told.
      if (this.#isRetired) session.close();
    });
    server.on('timeout', (idle: Http2Session | Socket) => this.#onTimeout(idle));
    server.on('clientError', (error: Error, socket: Duplex) =>
      answerClientError(error, socket, handlers.errorHeaders),
    );
    server.on('connect', (_request: unknown, socket: Duplex) =>
      refuseTunnel(socket, handlers.errorHeaders),
    );
    const onHttp1 = this.#onHttp1.bind(this);
    server.on('request', onHttp1 as unknown as (request: Http2ServerRequest) => void);
    // node would refuse what is expected with an empty answer; the router says why.
    server.on('checkExpectation', onHttp1);
    // In place of node's own listener, which makes a request and an answer of HTTP/1.1 of each stream, for as much
    // again.
    server.removeAllListeners('stream');
    server.on('stream', (stream, headers) => this.#onHttp2(stream, headers));
  }

  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    // GOAWAY: no new streams, and the end after the last one.
    for (const session of this.#sessions.keys()) session.close();
  }

  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #onHttp1(request: IncomingMessage, response: ServerResponse): void {
    response.once('close', () => {
      if (this.#isRetired) request.socket.end();
    });
    this.#handlers.onHttp1(request, response);
  }

  #onHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // Why a stream ended is nobody's concern; that it did is told by `close`.
    stream.on('error', () => undefined);
    this.#count(stream);
    stream.setTimeout(this.#limits.idleMs, () => stream.close(constants.NGHTTP2_CANCEL));
    this.#handlers.onHttp2(stream, headers);
  }

  #count(stream: ServerHttp2Stream): void {
    const { session } = stream;
    if (session === undefined) return;
    this.#sessions.set(session, (this.#sessions.get(session) ?? 0) + 1);
    stream.once('close', () => {
      const open = this.#sessions.get(session);
      if (open !== undefined) this.#sessions.set(session, open - 1);
    });
  }

  /**
   * A session that is closed waits for the other side, which may never end: nothing else would take the connection from
   * it.
   */
  #boundEnd(socket: TLSSocket): void {
    socket.once('finish', () => {
      const timer = setTimeout(() => socket.destroy(), this.#limits.endMs).unref();
      socket.once('close', () => clearTimeout(timer));
    });
  }

  /** A session is idle when it has no stream; what happens on its streams has time limits of its own. */
  #onTimeout(idle: Http2Session | Socket): void {
    if (idle instanceof Socket) endWhereStill(idle);
    else if (this.#sessions.get(idle) === 0) idle.close();
  }
}
