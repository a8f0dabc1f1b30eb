import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CameraStatus } from '../../../src/outputs/viewable-camera.ts';
import type { MediaResource, PlaylistText } from '../../../src/outputs/hls/window/window.ts';
import { CamgateError } from '../../../src/lib/errors.ts';
import type { LiveStream } from './live-stream.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** As strict as the pages must bear: nothing inline, nothing from elsewhere. */
const policy =
  "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'";

interface CannedCamera {
  status: CameraStatus;
  readonly pictures: readonly Buffer[];
  readonly live: LiveStream | undefined;
}

/** Serves the real pages and a real stream with states that a test sets. */
export class CannedGateway {
  readonly cameras = new Map<string, CannedCamera>();
  /** Every path that was asked for. */
  readonly requested: string[] = [];
  /** Cameras that were to be tried now. */
  readonly retried: string[] = [];
  /** Why none is. */
  retryProblem: string | undefined;
  /** The API does not answer: connections are closed. */
  isReachable = true;
  /** What a proxy in front says to every question to the API instead of the gateway. */
  proxyStatus: number | undefined;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => sendError(request, response, error));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    for (const { live } of this.cameras.values()) await live?.dispose();
  }

  add(status: CameraStatus, pictures: readonly Buffer[], live?: LiveStream): void {
    this.cameras.set(status.id, { status, pictures, live });
  }

  change(status: CameraStatus): void {
    const camera = this.cameras.get(status.id);
    if (camera !== undefined) camera.status = status;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    this.requested.push(pathname);
    if (!this.isReachable) {
      request.socket.destroy();
      return;
    }
    const [, kind = '', id = '', ...rest] = pathname.split('/');
    if (kind === 'api' && this.proxyStatus !== undefined) {
      response.writeHead(this.proxyStatus, { 'Content-Type': 'text/html' }).end('<p>proxy</p>');
    } else if (kind === 'api' && rest[1] === 'retry') this.#retry(rest[0] ?? '', request, response);
    else if (kind === 'api') this.#api(rest[0], response);
    else if (kind === 'cameras' && rest.length > 0) {
      await this.#media(request, response, { id, rest, searchParams });
    } else await sendPage(pathname, response);
  }

  #api(id: string | undefined, response: ServerResponse): void {
    response.setHeader('Content-Type', 'application/json');
    const statuses = [...this.cameras.values()].map(({ status }) => status);
    const one = statuses.find((status) => status.id === id);
    if (id === undefined) {
      response.end(JSON.stringify({ cameras: statuses, serverTime: new Date().toISOString() }));
    } else if (one === undefined) {
      response.writeHead(404).end('{"code":"camera-unknown"}');
    } else {
      response.end(JSON.stringify(one));
    }
  }

  #retry(id: string, { method, headers }: IncomingMessage, response: ServerResponse): void {
    if (method === 'POST' && headers['x-requested-with'] === 'camgate') this.retried.push(id);
    response.setHeader('Content-Type', 'application/json');
    if (this.retryProblem === undefined) response.writeHead(202).end('{}');
    else response.writeHead(429).end(JSON.stringify({ detail: this.retryProblem }));
  }

  async #media(
    request: IncomingMessage,
    response: ServerResponse,
    target: { id: string; rest: readonly string[]; searchParams: URLSearchParams },
  ): Promise<void> {
    const camera = this.cameras.get(target.id);
    const name = target.rest.at(-1) ?? '';
    if (camera === undefined) throw new CamgateError('camera-unknown', 'No such camera.');
    if (name === 'snapshot.jpg') sendPicture(camera, request, response);
    else if (name === 'stream.mjpg') sendMjpeg(camera, response);
    else await sendStream(camera, response, { name, query: target.searchParams });
  }
}

function sendPicture(
  { status, pictures }: CannedCamera,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const index = Math.floor(Date.now() / 500) % pictures.length;
  const picture = pictures[index];
  if (picture === undefined || status.state === 'connecting') {
    throw new CamgateError('camera-connecting', 'No picture yet.');
  }
  const etag = `"${index}"`;
  const ageSeconds = status.lastFrameAgeSeconds ?? 0;
  response.setHeader('ETag', etag).setHeader('Cache-Control', 'no-cache');
  response.setHeader('Age', String(Math.floor(ageSeconds)));
  if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
  else response.setHeader('Content-Type', 'image/jpeg').end(picture);
}

function sendMjpeg({ pictures }: CannedCamera, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=x' });
  response.write('--x\r\n');
  let index = 0;
  const timer = setInterval(() => {
    const picture = pictures[index++ % pictures.length];
    if (picture === undefined) return;
    response.write('Content-Type: image/jpeg\r\n\r\n');
    response.write(picture);
    response.write('\r\n--x\r\n');
  }, 200);
  response.once('close', () => clearInterval(timer));
}

async function sendStream(
  { status, live }: CannedCamera,
  response: ServerResponse,
  { name, query }: { name: string; query: URLSearchParams },
): Promise<void> {
  if (live === undefined) throw new CamgateError(status.reason ?? 'camera-connecting', 'Away.');
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  if (name === 'index.m3u8') {
    sendPlaylist(live.window.multivariantPlaylist(), response);
  } else if (name.endsWith('.m3u8')) {
    const read = (key: string): string | undefined => query.get(key) ?? undefined;
    const asked = { msn: read('_HLS_msn'), part: read('_HLS_part'), skip: read('_HLS_skip') };
    sendPlaylist(await live.window.mediaPlaylist(asked, leaving.signal), response);
  } else {
    const resource = await live.window.media(name, leaving.signal);
    if (resource === undefined) throw new CamgateError('media-gone', 'Gone.');
    sendMedia(resource, response);
  }
}

function sendPlaylist({ body }: PlaylistText, response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/vnd.apple.mpegurl').end(body);
}

function sendMedia(resource: MediaResource, response: ServerResponse): void {
  if (resource.kind === 'file') throw new Error('canned media is in memory');
  response.setHeader('Content-Type', resource.contentType).end(Buffer.concat(resource.chunks));
}

async function sendPage(pathname: string, response: ServerResponse): Promise<void> {
  const file = fileOf(pathname);
  response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  response.setHeader('Content-Security-Policy', policy);
  response.end(await readFile(file));
}

function fileOf(pathname: string): string {
  if (pathname === '/') return `${root}public/index.html`;
  if (pathname.startsWith('/cameras/')) return `${root}public/camera.html`;
  if (pathname.startsWith('/embed/') && extname(pathname) === '') return `${root}public/embed.html`;
  if (pathname === '/vendor/hls.mjs') return `${root}node_modules/hls.js/dist/hls.light.min.mjs`;
  return `${root}public${normalize(pathname)}`;
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const status = error instanceof CamgateError ? error.status : isMissing ? 404 : 500;
  if (status === 503 && request.url?.includes('missing=204') === true) {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/problem+json' });
  response.end(JSON.stringify({ status, title: error instanceof Error ? error.message : 'error' }));
}
