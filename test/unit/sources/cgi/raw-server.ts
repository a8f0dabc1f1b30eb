import net from 'node:net';
import type { AddressInfo } from 'node:net';

/** A server that answers each request with bytes of the test's choice: what no HTTP library would send. */
export class RawServer implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #isLoose = false;
  /** Request lines with headers, in the order of arrival. */
  readonly requests: string[] = [];

  private constructor(answer: (socket: net.Socket, request: string) => void) {
    this.#server = net.createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (!this.#isLoose && !text.includes('\r\n\r\n')) return;
        const request = text;
        text = '';
        this.requests.push(request);
        answer(socket, request);
      });
    });
  }

  static async start(answer: (socket: net.Socket, request: string) => void): Promise<RawServer> {
    const server = new RawServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
  }

  get openSocketCount(): number {
    return this.#sockets.size;
  }

  /** From now on also answers bytes that are no request. */
  answerAnything(): void {
    this.#isLoose = true;
  }

  /** Cuts every connection with RST. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resolves when the client has closed everything. */
  async quiet(): Promise<void> {
    while (this.#sockets.size > 0) {
      const [socket] = this.#sockets;
      await new Promise((resolve) => socket?.once('close', resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
