import { createServer } from 'node:http';
import { answerClientError } from './client-error.ts';
import { bounds, type Handlers, type Listener } from './listener.ts';

/** HTTP/1.1 without TLS. */
export function createPlainListener(handlers: Handlers): Listener {
  const server = createServer({
    keepAliveTimeout: bounds.keepAliveTimeoutMs,
    headersTimeout: bounds.headersTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    maxHeaderSize: bounds.maxHeaderBytes,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: bounds.probeAfterMs,
  });
  server.timeout = bounds.idleTimeoutMs;
  server.on('clientError', (error, socket) =>
    answerClientError(error, socket, handlers.errorHeaders),
  );
  server.on('request', (request, response) => handlers.onHttp1(request, response));
  return {
    server,
    scheme: 'http',
    retire: () => server.closeIdleConnections(),
    cut: () => server.closeAllConnections(),
  };
}
