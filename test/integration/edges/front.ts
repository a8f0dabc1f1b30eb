import { connect, type Socket } from 'node:net';
import type { HttpServer } from '../../../src/http/server.ts';
import type { Edge } from '../../edges/edge.ts';
import { FakeCamera, FakeWindow, registryOf } from '../../unit/http/fake-camera.ts';
import { serve } from '../../unit/http/serve.ts';

/** The server of camgate with a camera whose media a test hands out itself, and an edge in front of it. */
export class Front implements AsyncDisposable {
  readonly window: FakeWindow;
  readonly camera: FakeCamera;
  readonly edge: Edge;
  readonly server: HttpServer;
  readonly #authorization: Readonly<Record<string, string>>;

  private constructor(server: HttpServer, edge: Edge, camera: FakeCamera, window: FakeWindow) {
    this.server = server;
    this.edge = edge;
    this.camera = camera;
    this.window = window;
    const { username, password } = edge.url;
    const login = Buffer.from(`${username}:${password}`).toString('base64');
    this.#authorization = username === '' ? {} : { Authorization: `Basic ${login}` };
  }

  static async start(startEdge: (origin: URL) => Promise<Edge>): Promise<Front> {
    const window = new FakeWindow('a1');
    const camera = new FakeCamera('front', window);
    const server = await serve(registryOf(camera));
    try {
      return new Front(server, await startEdge(server.url), camera, window);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How many requests for HLS have reached camgate. */
  get askedCount(): number {
    return this.camera.touchCount;
  }

  get(path: string, signal?: AbortSignal): Promise<Response> {
    const { protocol, host } = this.edge.url;
    return fetch(`${protocol}//${host}/cameras/front/${path}`, {
      headers: this.#authorization,
      ...(signal && { signal }),
    });
  }

  /** A viewer as raw bytes, who reads when the test does. */
  open(path: string): Socket {
    const socket = connect(Number(this.edge.url.port), '127.0.0.1');
    socket.on('error', () => undefined);
    const lines = Object.entries(this.#authorization).map((header) => `${header.join(': ')}\r\n`);
    socket.write(`GET /cameras/front/${path} HTTP/1.1\r\nHost: x\r\n${lines.join('')}\r\n`);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.edge[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
