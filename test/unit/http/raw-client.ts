import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { HttpServer } from '../../../src/http/server.ts';

/** One connection of HTTP/1.1 as bytes, for what no well-behaved client does. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #chunks: Buffer[] = [];

  constructor({ url }: HttpServer) {
    const at = { host: url.hostname, port: Number(url.port) };
    this.socket =
      url.protocol === 'https:'
        ? connectTls({ ...at, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
        : connect(at);
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** All in one write. */
  get(...paths: readonly string[]): void {
    this.socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  /** In the order in which the answers came. */
  get statuses(): number[] {
    return Array.from(this.text.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => Number(status));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
