import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { parseRequestHead, withForm, type SimulatedRequest } from './request.ts';

export type RequestHandler = (socket: Socket, request: SimulatedRequest) => void;

const maxHeadBytes = 16_384;
const maxFormBytes = 65_536;
/** A connection that sends no request is closed after this time. */
const requestTimeoutMs = 15_000;

/**
 * Accepts connections with one request each, and can be switched off and on again at the same address like a device.
 */
export class RequestServer {
  readonly #handler: RequestHandler;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #address: { host: string; port: number };

  constructor(address: { host: string; port: number }, handler: RequestHandler) {
    this.#address = address;
    this.#handler = handler;
  }

  get port(): number {
    return this.#address.port;
  }

  /** Listens; the port stays the same over switching off and on. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    server.listen(this.#address.port, this.#address.host);
    await once(server, 'listening');
    this.#server = server;
    this.#address = { ...this.#address, port: (server.address() as AddressInfo).port };
  }

  /** Resets every connection and refuses new ones. */
  async switchOff(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A viewer that is gone says so by an error on the next write; `close` follows and cleans up.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(), requestTimeoutMs);
    socket.once('close', () => clearTimeout(timer));
    let received = Buffer.alloc(0);
    const receive = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const request = takeRequest(received);
      if (request === 'incomplete') return;
      socket.off('data', receive);
      clearTimeout(timer);
      if (request === 'malformed') {
        socket.end('HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n');
        return;
      }
      // What else the client sends is read and dropped, so that its close is noticed.
      socket.resume();
      this.#handler(socket, request);
    };
    socket.on('data', receive);
  }
}

function takeRequest(received: Buffer): SimulatedRequest | 'incomplete' | 'malformed' {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return received.length > maxHeadBytes ? 'malformed' : 'incomplete';
  const request = parseRequestHead(received.toString('latin1', 0, headEnd));
  if (!request || headEnd > maxHeadBytes) return 'malformed';
  const bodyBytes = Number(request.headers.get('content-length') ?? '0');
  if (!(bodyBytes >= 0 && bodyBytes <= maxFormBytes)) return 'malformed';
  const body = received.subarray(headEnd + 4);
  if (body.length < bodyBytes) return 'incomplete';
  return bodyBytes === 0 ? request : withForm(request, body.toString('latin1', 0, bodyBytes));
}
