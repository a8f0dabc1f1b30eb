import { CamgateError } from '../lib/errors.ts';
import { Answers } from './answers.ts';
import { createApp, type AppOptions, type MetricsView } from './pages/app.ts';
import { CertificateFiles } from './listeners/certificate-files.ts';
import { CorsRules } from './cors.ts';
import { HttpStats } from './http-stats.ts';
import { defaultTimeLimits, listen, urlOf, type Listener } from './listeners/listener.ts';
import { MediaRouter } from './routes/media-router.ts';
import { createPlainListener } from './listeners/plain-listener.ts';
import { Router } from './routes/router.ts';
import { createSecureListener } from './listeners/secure-listener.ts';

export interface HttpServerOptions extends Omit<AppOptions, 'metrics' | 'stats' | 'cors'> {
  /** Makes what /metrics shows, out of the counts of this server among others. */
  metrics(http: HttpStats): MetricsView;
}

/** Longest time that disposal waits for answers under way. */
const disposeTimeoutMs = 2000;
const closeIdleEveryMs = 50;

/**
 * Starts to listen. Rejects with address-in-use when the address cannot be taken, config-invalid for a bad certificate.
 */
export async function startHttpServer(
  options: HttpServerOptions,
  limits = defaultTimeLimits,
): Promise<HttpServer> {
  const { host, port, tls } = options.config;
  const stats = new HttpStats();
  const cors = new CorsRules(options.config.cors);
  const answers = new Answers(cors, stats, options.log);
  const router = new Router({
    answers,
    media: new MediaRouter(options.registry, answers, limits),
    app: createApp({ ...options, metrics: options.metrics(stats), stats, cors }),
    errorHeaders: cors.headersFor(undefined),
  });
  const files = tls && CertificateFiles.open({ tls, log: options.log });
  try {
    const listener = files
      ? createSecureListener(files, router, limits)
      : createPlainListener(router, limits);
    await listen(listener, host, port);
    // Failing to accept one connection (no descriptors left) must not end the gateway.
    listener.server.on('error', (error) =>
      options.log.error('cannot accept connections', { error }),
    );
    return new HttpServer({ listener, router, files });
  } catch (error) {
    files?.[Symbol.dispose]();
    throw error;
  }
}

interface HttpServerParts {
  readonly listener: Listener;
  readonly router: Router;
  /** undefined without TLS. */
  readonly files: CertificateFiles | undefined;
}

/** A listening server. */
export class HttpServer implements AsyncDisposable {
  readonly url: URL;
  readonly #parts: HttpServerParts;
  #disposing: Promise<void> | undefined;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    this.url = urlOf(parts.listener);
  }

  /** Stops to listen, answers held requests with 503, ends streams; what is not done after 2 s is cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    await this.#disposing;
  }

  async #dispose(): Promise<void> {
    const { listener, router, files } = this.#parts;
    files?.[Symbol.dispose]();
    const closed = new Promise<void>((resolve) => listener.server.close(() => resolve()));
    router.shutDown(shuttingDown());
    listener.retire();
    // A connection whose last answer is out becomes idle only now; nothing announces that.
    const sweep = setInterval(() => listener.retire(), closeIdleEveryMs);
    const cut = setTimeout(() => listener.cut(), disposeTimeoutMs);
    try {
      await closed;
    } finally {
      clearInterval(sweep);
      clearTimeout(cut);
    }
  }
}

function shuttingDown(): CamgateError {
  return new CamgateError('shutting-down', 'The gateway is shutting down; try again in a moment.', {
    retryAfterMs: 2000,
  });
}
