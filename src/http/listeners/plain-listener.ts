import { createServer } from 'node:http';
import { answerClientError, refuseTunnel } from './client-error.ts';
import { endWhereStill } from './idle-connection.ts';
import {
  http1Limits,
  probeAfterMs,
  type Handlers,
  type Listener,
  type TimeLimits,
} from './listener.ts';

/** HTTP/1.1 without TLS. */
export function createPlainListener(handlers: Handlers, limits: TimeLimits): Listener {
  const options = http1Limits(limits);
  const server = createServer({
    ...options,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: probeAfterMs,
  });
  server.timeout = options.timeout;
  server.on('timeout', endWhereStill);
  server.on('clientError', (error, socket) =>
    answerClientError(error, socket, handlers.errorHeaders),
  );
  server.on('connect', (_request, socket) => refuseTunnel(socket, handlers.errorHeaders));
  server.on('request', (request, response) => handlers.onHttp1(request, response));
  // node would refuse what is expected with an empty answer; the router says why.
  server.on('checkExpectation', (request, response) => handlers.onHttp1(request, response));
  return {
    server,
    scheme: 'http',
    retire: () => server.closeIdleConnections(),
    cut: () => server.closeAllConnections(),
  };
}
