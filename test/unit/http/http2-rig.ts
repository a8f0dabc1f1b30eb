import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { TimeLimits } from '../../../src/http/listeners/listener.ts';
import type { HttpServer, HttpServerOptions } from '../../../src/http/server.ts';
import { FakeCamera, FakeWindow, registryOf } from './fake-camera.ts';
import { serve } from './serve.ts';
import { TlsFolder } from './tls-rig.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** How the stream ended. */
  readonly code: number;
}

/**
 * The real server with TLS over one camera that has a segment and a playlist worth coding, and HTTP/2 clients for it.
 */
export class Http2Rig implements AsyncDisposable {
  static async start(
    overrides: Partial<HttpServerOptions> = {},
    limits?: TimeLimits,
  ): Promise<Http2Rig> {
    const folder = new TlsFolder();
    const window = new FakeWindow('a1');
    window.add('42.m4s', [Buffer.from('0123'), Buffer.from('45'), Buffer.from('6789')]);
    window.playlistLines = '#EXT-X-PART:DURATION=0.2,URI="part.m4s"\n'.repeat(30);
    const camera = new FakeCamera('front', window);
    const server = await serve(registryOf(camera), { config: folder.config, ...overrides }, limits);
    return new Http2Rig({ folder, window, camera, server });
  }

  readonly folder: TlsFolder;
  readonly window: FakeWindow;
  readonly camera: FakeCamera;
  readonly server: HttpServer;
  readonly #sessions: ClientHttp2Session[] = [];

  private constructor(parts: Pick<Http2Rig, 'folder' | 'window' | 'camera' | 'server'>) {
    this.folder = parts.folder;
    this.window = parts.window;
    this.camera = parts.camera;
    this.server = parts.server;
  }

  /** One more connection. */
  open(): ClientHttp2Session {
    const session = connect(this.server.url.href, { rejectUnauthorized: false });
    session.on('error', () => undefined);
    this.#sessions.push(session);
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await this.server[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

export function ask(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return answerOf(session.request({ ':path': path, ...headers }));
}

/** Resolves when the stream is closed, whatever ended it. */
export function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve) => {
    let headers: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => (headers = received));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('close', () =>
      resolve({
        status: Number(headers[':status']),
        headers,
        body: Buffer.concat(chunks),
        code: stream.rstCode,
      }),
    );
  });
}
