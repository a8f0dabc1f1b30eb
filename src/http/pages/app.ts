import { join } from 'node:path';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { CameraRegistry, ViewableCamera } from '../../outputs/viewable-camera.ts';
import type { ServerConfig } from '../../config/config.ts';
import { CamgateError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../lib/time/clock.ts';
import { methodNotAllowed, notFound, postAlone, unknownCamera } from '../answers.ts';
import { BodySender, type FileAnswer } from './body-sender.ts';
import { CodedText } from './content-coding.ts';
import type { CorsRules, RawHeaders } from '../cors.ts';
import type { HttpStats, Route } from '../http-stats.ts';
import { readBody } from '../listeners/request-body.ts';
import { suggestCamera } from '../routes/media-router.ts';
import { renderProblem, toPublicError } from '../problem.ts';
import { pageText, rootFrom } from './page-text.ts';
import { assertSameOrigin } from './same-origin.ts';
import { securityHeaders } from './security-headers.ts';
import { SharedText } from './shared-text.ts';

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
  readonly clock: Clock;
  /** Folder of the pages and what they load. */
  readonly publicDir: string;
  /** The ES module of hls.js in its package. */
  readonly hlsScriptPath: string;
  readonly version: string;
}

/**
 * The files that pages load. Pages themselves have addresses of their own, and nothing else in the folder is for
 * viewers. No name may have a dot or a percent sign before its extension, so none can lead out of the folder.
 */
const assetPath = /^(?:\/[\w-]+)+\.(?:css|ico|js|png|svg|webmanifest|woff2)$/;

const readMethods = 'GET, HEAD, OPTIONS';
const postMethods = 'POST, OPTIONS';
/** The one address that changes something. Preflights are answered before any route has decoded its path. */
const postPath = /^\/api\/cameras\/[^/]+\/retry\/?$/;

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
  const sender = new BodySender();
  addStateRoutes(app, options, sender);
  addAssets(app, options, sender);
  addPages(app, options, sender);
  app.use((_request, _response, next) => next(notFound()));
  app.use(lostPage(options, sender));
  app.use(problems(options.log));
  return app;
}

function addStateRoutes(app: Express, options: AppOptions, sender: BodySender): void {
  const { registry, metrics, version, clock } = options;
  const now = (): number => clock.monotonicMs();
  const sendJson = (response: Response, text: CodedText): Promise<void> =>
    sender.sendText(response, 'application/json', text);
  const list = new SharedText(() => {
    const cameras = registry.cameras.map((camera) => camera.status());
    return JSON.stringify({ cameras, serverTime: new Date(clock.wallMs()).toISOString() });
  }, now);
  get(app, '/api/cameras', 'api', async (_request, response) =>
    sendJson(response, await list.current()),
  );
  get(app, '/api/cameras/:id', 'api', (request, response) => {
    const status = findCamera(registry, request.params['id']).status();
    return sendJson(response, new CodedText(Buffer.from(JSON.stringify(status))));
  });
  post(app, '/api/cameras/:id/retry', 'api', async (request, response) => {
    const camera = findCamera(registry, request.params['id']);
    // It says nothing, and has to be one that could be read.
    await readBody(request);
    camera.retry();
    response.status(202).json(camera.status());
  });
  // Any answer proves that the process is alive: the event loop turns.
  get(app, '/healthz', 'health', (_request, response) => {
    response.json({ status: 'ok', version });
  });
  // Nothing listens until everything is up, and the router refuses everything with 503 from the moment the gateway is
  // stopped. Offline cameras do not count: anyone who asks for one must get its reason, which a gateway taken out of
  // service could not give.
  get(app, '/readyz', 'health', (_request, response) => {
    response.json({ status: 'ready' });
  });
  const scrape = new SharedText(() => metrics.render(), now);
  registry.subscribe(() => {
    list.drop();
    scrape.drop();
  });
  get(app, '/metrics', 'metrics', async (_request, response) =>
    sender.sendText(response, metrics.contentType, await scrape.current()),
  );
}

function addAssets(app: Express, options: AppOptions, sender: BodySender): void {
  const script = { path: options.hlsScriptPath, cacheControl: 'public, max-age=3600' };
  get(app, '/vendor/hls.mjs', 'asset', (_request, response) => sender.sendFile(response, script));
  // For a minute, so that an upgrade arrives soon.
  const cacheControl = 'public, max-age=60';
  get(app, assetPath, 'asset', (request, response) =>
    sender.sendFile(response, { path: join(options.publicDir, request.path), cacheControl }),
  );
}

function addPages(app: Express, options: AppOptions, sender: BodySender): void {
  const { registry } = options;
  const send = (file: string, request: Request, response: Response): Promise<void> =>
    sender.sendFile(response, pageAnswer(options, { file, request, cacheControl: 'no-cache' }));
  get(app, '/', 'page', (request, response) => send('index.html', request, response));
  get(app, '/cameras', 'page', (request, response) => response.redirect(rootFrom(request.path)));
  for (const [path, file] of [
    ['/cameras/:id', 'camera.html'],
    ['/embed/:id', 'embed.html'],
  ] as const) {
    get(app, path, 'page', (request, response) => {
      // The page of an unknown camera explains itself to people; programs get a problem.
      if (registry.find(String(request.params['id'])) === undefined) {
        response.vary('Accept');
        if (!wantsPage(request)) findCamera(registry, request.params['id']);
        response.status(404);
      }
      return send(file, request, response);
    });
  }
}

interface AskedPage {
  readonly file: string;
  readonly request: Request;
  readonly cacheControl: string;
}

function pageAnswer(
  { publicDir, config }: AppOptions,
  { file, request, cacheControl }: AskedPage,
): FileAnswer {
  const page = pageText(request.path, config.publicUrl);
  return { path: join(publicDir, file), cacheControl, page };
}

/** People in a browser ask for a page; a client that takes anything is a program. */
function wantsPage(request: Request): boolean {
  return request.accepts('application/problem+json', 'json', 'html') === 'html';
}

/** Throws camera-unknown. */
function findCamera(registry: CameraRegistry, parameter: unknown): ViewableCamera {
  const id = String(parameter);
  const camera = registry.find(id);
  if (camera === undefined) throw unknownCamera(id, suggestCamera(registry, id));
  return camera;
}

/** A read-only route. State changes all the time, so nothing is cached unless the handler says so. */
function get(app: Express, path: string | RegExp, route: Route, handler: RequestHandler): void {
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

/** A route that changes something, for pages of this gateway and for programs. */
function post(app: Express, path: string, route: Route, handler: RequestHandler): void {
  app
    .route(path)
    .all((_request, response, next) => {
      response.locals['route'] = route;
      response.locals['allow'] = postMethods;
      response.set('Cache-Control', 'no-store');
      next();
    })
    .post((request, _response, next) => {
      assertSameOrigin(request.headers);
      next();
    }, handler)
    .all((_request, _response, next) => next(postAlone()));
}

/** Counts every answer when it has been sent, or when its viewer has gone. */
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
    const allow = postPath.test(request.path) ? postMethods : readMethods;
    response.status(204).set('Allow', allow).end();
  };
}

/** Pages and assets keep the stricter resource policy that they have: no other page shows them as images. */
function appendHeaders(response: Response, headers: RawHeaders): void {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name !== 'Cross-Origin-Resource-Policy') response.append(name, headers[index + 1] ?? '');
  }
}

/** A way back for people who have opened an address that does not exist. */
function lostPage(options: AppOptions, sender: BodySender): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    if (shownError(error).code === 'not-found') {
      response.vary('Accept');
      if (wantsPage(request)) {
        const asked = { file: 'not-found.html', request, cacheControl: 'no-store' };
        return sender.sendFile(response.status(404), pageAnswer(options, asked));
      }
    }
    next(error);
  };
}

/** The last handler: problem+json for every error. Express knows it by its four parameters. */
function problems(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const shown = shownError(error);
    if (shown.code === 'internal-error') log.error('request failed', { path: request.path, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = renderProblem(shown, undefined);
    if (shown.code === 'method-not-allowed') {
      response.set('Allow', (response.locals['allow'] as string | undefined) ?? readMethods);
    }
    response.writeHead(problem.status, problem.headers as string[]).end(problem.body);
  };
}

function shownError(error: unknown): CamgateError {
  return isClientFault(error) ? notFound() : toPublicError(error);
}

/** Express and its file sender mark a path that cannot be decoded or leads nowhere with a 4xx status. */
function isClientFault(error: unknown): boolean {
  if (error instanceof CamgateError || !(error instanceof Error)) return false;
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500;
}
