import { basename, dirname } from 'node:path';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { CameraRegistry, ViewableCamera } from '../camera/viewable-camera.ts';
import type { ServerConfig } from '../config/config.ts';
import { CamgateError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { unknownCamera } from './answers.ts';
import { assets } from './assets.ts';
import type { CorsRules, RawHeaders } from './cors.ts';
import type { HttpStats, Route } from './http-stats.ts';
import { methodNotAllowed, suggestCamera } from './media-router.ts';
import { renderProblem, toPublicError } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

export interface MetricsView {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface AppOptions {
  readonly config: ServerConfig;
  readonly registry: CameraRegistry;
  readonly metrics: MetricsView;
  readonly stats: HttpStats;
  readonly cors: CorsRules;
  readonly log: Log;
  /** Folder of the pages and what they load. */
  readonly publicDir: string;
  /** The ES module of hls.js in its package. */
  readonly hlsScriptPath: string;
  readonly version: string;
}

/** Everything that is not media: pages, their assets, the API, health and metrics. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.use(
    observe(options.stats),
    securityHeaders(options.config.frameAncestors),
    crossOrigin(options.cors),
  );
  addStateRoutes(app, options);
  addAssets(app, options);
  addPages(app, options);
  app.use((_request, _response, next) =>
    next(new CamgateError('not-found', 'There is nothing at this address. / shows all cameras.')),
  );
  app.use(problems(options.log));
  return app;
}

function addStateRoutes(app: Express, options: AppOptions): void {
  const { registry, metrics, version } = options;
  get(app, '/api/cameras', 'api', (_request, response) => {
    const cameras = registry.cameras.map((camera) => camera.status());
    response.json({ cameras, serverTime: new Date().toISOString() });
  });
  get(app, '/api/cameras/:id', 'api', (request, response) => {
    response.json(findCamera(registry, request.params['id']).status());
  });
  // An answer at all is the proof of life: the event loop turns.
  get(app, '/healthz', 'health', (_request, response) => {
    response.json({ status: 'ok', version });
  });
  // Nothing listens before all is up, and the router refuses everything with 503 from the moment the gateway is stopped.
  // Cameras that are away count for nothing: who asks for one must get its reason, which a gateway without traffic hides.
  get(app, '/readyz', 'health', (_request, response) => {
    response.json({ status: 'ready' });
  });
  get(app, '/metrics', 'metrics', async (_request, response) => {
    response.set('Content-Type', metrics.contentType).send(await metrics.render());
  });
}

function addAssets(app: Express, { publicDir, hlsScriptPath }: AppOptions): void {
  get(app, '/vendor/hls.mjs', 'asset', (_request, response) => {
    response.sendFile(basename(hlsScriptPath), { root: dirname(hlsScriptPath), maxAge: '1h' });
  });
  app.use(assets(publicDir));
}

function addPages(app: Express, { publicDir, registry }: AppOptions): void {
  get(app, '/', 'page', (_request, response) => sendPage(response, publicDir, 'index.html'));
  for (const [path, file] of [
    ['/cameras/:id', 'camera.html'],
    ['/embed/:id', 'embed.html'],
  ] as const) {
    get(app, path, 'page', (request, response) => {
      // The page of an unknown camera explains itself to people; programs get a problem.
      const wantsPage = request.accepts('application/problem+json', 'json', 'html') === 'html';
      if (registry.find(String(request.params['id'])) === undefined) {
        if (!wantsPage) findCamera(registry, request.params['id']);
        response.status(404);
      }
      sendPage(response, publicDir, file);
    });
  }
}

function sendPage(response: express.Response, root: string, file: string): void {
  response.sendFile(file, { root, cacheControl: false, headers: { 'Cache-Control': 'no-cache' } });
}

/** Throws camera-unknown. */
function findCamera(registry: CameraRegistry, parameter: unknown): ViewableCamera {
  const id = String(parameter);
  const camera = registry.find(id);
  if (camera === undefined) throw unknownCamera(id, suggestCamera(registry, id));
  return camera;
}

/** One route that can only be read. State changes all the time, so nothing is stored unless the handler says so. */
function get(app: Express, path: string, route: Route, handler: RequestHandler): void {
  app
    .route(path)
    .all((_request, response, next) => {
      response.locals['route'] = route;
      response.set('Cache-Control', 'no-store');
      next();
    })
    .get(handler)
    .all((_request, _response, next) => next(methodNotAllowed()));
}

/** Counts every answer when it is out, or when its viewer has gone. */
function observe(stats: HttpStats): RequestHandler {
  return (_request, response, next) => {
    const startedMs = performance.now();
    response.once('close', () => {
      const route = (response.locals['route'] as Route | undefined) ?? 'other';
      stats.observe(route, response.statusCode, (performance.now() - startedMs) / 1000);
    });
    next();
  };
}

/** On every answer, so that a script of an allowed origin can read an error as well; answers preflights of any path. */
function crossOrigin(cors: CorsRules): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'OPTIONS') {
      appendHeaders(response, cors.headersFor(request.headers.origin));
      next();
      return;
    }
    appendHeaders(response, cors.preflightHeadersFor(request.headers.origin));
    response.status(204).set('Allow', 'GET, HEAD, OPTIONS').end();
  };
}

/** Pages and assets keep the stricter resource policy that they have: nobody shows them as a picture. */
function appendHeaders(response: express.Response, headers: RawHeaders): void {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name !== 'Cross-Origin-Resource-Policy') response.append(name, headers[index + 1] ?? '');
  }
}

/** The last handler: problem+json for every error. Express knows it by its four parameters. */
function problems(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const shown = isClientFault(error)
      ? new CamgateError('not-found', 'There is nothing at this address. / shows all cameras.')
      : toPublicError(error);
    if (shown.code === 'internal-error') log.error('request failed', { path: request.path, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = renderProblem(shown, undefined);
    if (shown.code === 'method-not-allowed') response.set('Allow', 'GET, HEAD, OPTIONS');
    response.writeHead(problem.status, problem.headers as string[]).end(problem.body);
  };
}

/** Express and its file sender mark a path that cannot be decoded or leads nowhere with a 4xx status. */
function isClientFault(error: unknown): boolean {
  if (error instanceof CamgateError || !(error instanceof Error)) return false;
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500;
}
