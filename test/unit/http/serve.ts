import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CameraRegistry } from '../../../src/outputs/viewable-camera.ts';
import type { ServerConfig } from '../../../src/config/config.ts';
import type { TimeLimits } from '../../../src/http/listeners/listener.ts';
import {
  startHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from '../../../src/http/server.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { SystemClock } from '../../../src/lib/time/clock.ts';

export const serverConfig: ServerConfig = {
  host: '127.0.0.1',
  port: 0,
  cors: ['*'],
  frameAncestors: ['*'],
  publicUrl: undefined,
  tls: undefined,
};

/** The real server on a free port, over whatever cameras a test made. */
export function serve(
  registry: CameraRegistry,
  overrides: Partial<HttpServerOptions> = {},
  limits?: TimeLimits,
): Promise<HttpServer> {
  const options = {
    config: serverConfig,
    registry,
    metrics: () => ({ contentType: 'text/plain', render: () => Promise.resolve('up 1\n') }),
    log: silentLog,
    clock: new SystemClock(),
    publicDir: fileURLToPath(new URL('./public/', import.meta.url)),
    hlsScriptPath: createRequire(import.meta.url).resolve('hls.js/dist/hls.light.min.mjs'),
    version: '1.2.3',
    ...overrides,
  };
  return startHttpServer(options, limits);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request on a connection of its own; the path is sent as it is. */
export function ask(
  server: HttpServer,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = server.url;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, body: Buffer.concat(chunks) });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end();
  });
}

export function json(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}
