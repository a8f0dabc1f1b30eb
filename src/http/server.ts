import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CamgateError } from '../lib/errors.ts';
import { Answers } from './answers.ts';
import { createApp, type AppOptions, type MetricsView } from './app.ts';
import { answerClientError } from './client-error.ts';
import { CorsRules } from './cors.ts';
import { HttpStats } from './http-stats.ts';
import { MediaRouter } from './media-router.ts';

export interface HttpServerOptions extends Omit<AppOptions, 'metrics' | 'stats' | 'cors'> {
  /** Makes what /metrics shows, out of the counts of this server among others. */
  metrics(http: HttpStats): MetricsView;
}

/** Longer than the 60 s after which proxies and browsers drop idle connections: the side that closes first loses a request. */
const keepAliveTimeoutMs = 65_000;
/** Time to send the head of a request. */
const headersTimeoutMs = 15_000;
/** Time to send a whole request; ours have no body. */
const requestTimeoutMs = 30_000;
/** A connection on which nothing moves, held requests included (they end after three target durations at the latest). */
const idleTimeoutMs = 120_000;
/** When TCP asks whether a silent viewer is still there. */
const probeAfterMs = 30_000;
const maxHeaderBytes = 16 * 1024;

/** Longest time that disposal waits for answers under way. */
const disposeTimeoutMs = 2000;
const closeIdleEveryMs = 50;

/** Starts to listen. Rejects with address-in-use when the address cannot be taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const stats = new HttpStats();
  const cors = new CorsRules(options.config.cors);
  const answers = new Answers(cors, stats, options.log);
  const media = new MediaRouter(options.registry, answers);
  const app = createApp({ ...options, metrics: options.metrics(stats), stats, cors });
  const server = createServer({
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: probeAfterMs,
  });
  server.timeout = idleTimeoutMs;
  server.on('clientError', (error, socket) =>
    answerClientError(error, socket, cors.headersFor(undefined)),
  );
  await listen(server, options.config.host, options.config.port);
  // Failing to accept one connection (no descriptors left) must not end the gateway.
  server.on('error', (error) => options.log.error('cannot accept connections', { error }));
  return new HttpServer({ server, media, answers, app, url: urlOf(server) });
}

interface HttpServerParts {
  readonly server: Server;
  readonly media: MediaRouter;
  readonly answers: Answers;
  readonly app: (request: IncomingMessage, response: ServerResponse) => void;
  readonly url: URL;
}

/** A listening server. Media first: Express would cost three quarters of the throughput. */
export class HttpServer implements AsyncDisposable {
  readonly #parts: HttpServerParts;
  #disposing: Promise<void> | undefined;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    parts.server.on('request', (request, response) => this.#handle(request, response));
  }

  /** Where a browser on this machine finds the server. */
  get url(): URL {
    return this.#parts.url;
  }

  /** Stops to listen, answers held requests with 503, ends streams; what is not done after 2 s is cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    await this.#disposing;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    toOriginForm(request);
    if (this.#disposing !== undefined) {
      const startedMs = performance.now();
      this.#parts.answers.fail(
        { request, response, route: 'other', startedMs },
        shuttingDown(),
        undefined,
      );
    } else if (!this.#parts.media.handle(request, response)) {
      this.#parts.app(request, response);
    }
  }

  async #dispose(): Promise<void> {
    const { server, media } = this.#parts;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    media.abortAll(shuttingDown());
    // A connection whose last answer is out becomes idle only now; nothing announces that.
    const sweep = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs);
    const cut = setTimeout(() => server.closeAllConnections(), disposeTimeoutMs);
    try {
      await closed;
    } finally {
      clearInterval(sweep);
      clearTimeout(cut);
    }
  }
}

function urlOf(server: Server): URL {
  const { address, family, port } = server.address() as AddressInfo;
  const isWildcard = address === '0.0.0.0' || address === '::';
  const host = isWildcard ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return new URL(`http://${host}:${port}/`);
}

function shuttingDown(): CamgateError {
  return new CamgateError('shutting-down', 'The gateway is going down; try again in a moment.', {
    retryAfterMs: 2000,
  });
}

/** RFC 9112, 3.2.2: a server must take `GET http://host/path` as well, which software behind proxies sends. */
function toOriginForm(request: IncomingMessage): void {
  const url = request.url ?? '';
  if (url.startsWith('/') || !/^https?:\/\//i.test(url)) return;
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  request.url = slash === -1 ? '/' : url.slice(slash);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): CamgateError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program uses this address; choose another server.port or stop it',
    EACCES: 'ports below 1024 need more rights; choose a higher server.port',
    EADDRNOTAVAIL: 'this machine does not have that address; check server.host',
  };
  const reason = why[cause.code ?? ''] ?? cause.message;
  return new CamgateError('address-in-use', `Cannot listen on ${host}:${port}: ${reason}.`, {
    cause,
  });
}
