import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** The body when it was asked for, else empty. */
  readonly body: Buffer;
  /** performance.now() of the first and the last byte. */
  readonly firstByteMs: number;
  readonly lastByteMs: number;
}

interface Pending {
  readonly keepsBody: boolean;
  resolve(answer: RawAnswer): void;
  reject(error: Error): void;
}

/** All connections read into one buffer, since what is read is used up before the next one reads. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);
const nothing = Buffer.alloc(0);

/**
 * A keep-alive connection with one request at a time, for answers that have a Content-Length. fetch and node:http cost
 * more than the servers under load, so the load would measure itself.
 */
export class Connection {
  readonly #socket: Socket;
  /** Of every request. */
  readonly #requestHeaders: string;
  #pending: Pending | undefined;
  #head = '';
  #remaining = -1;
  #body: Buffer[] = [];
  #firstByteMs = 0;
  #status = 0;

  private constructor(url: URL, headers: Readonly<Record<string, string>>) {
    const login = Buffer.from(`${url.username}:${url.password}`).toString('base64');
    const lines = Object.entries({
      Host: url.host,
      ...(url.username === '' ? {} : { Authorization: `Basic ${login}` }),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#requestHeaders = lines.join('');
    this.#socket = connect({
      host: url.hostname,
      port: Number(url.port),
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (byteCount, buffer) => {
          this.#read((buffer as Buffer).subarray(0, byteCount));
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#pending?.reject(error));
    this.#socket.on('close', () => this.#pending?.reject(new Error('connection closed')));
  }

  /** A password in the address goes with every request, as the headers do. */
  static async open(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Connection> {
    const connection = new Connection(url, headers);
    await once(connection.#socket, 'connect');
    return connection;
  }

  get(path: string, keepsBody = false): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#pending = { keepsBody, resolve, reject };
      this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#requestHeaders}\r\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const rest = this.#remaining < 0 ? this.#readHead(chunk) : chunk;
    if (rest === undefined) return;
    this.#remaining -= rest.length;
    if (this.#pending?.keepsBody === true) this.#body.push(Buffer.from(rest));
    if (this.#remaining > 0) return;
    const pending = this.#pending;
    const [first = nothing] = this.#body;
    const body = this.#body.length > 1 ? Buffer.concat(this.#body) : first;
    this.#pending = undefined;
    this.#head = '';
    this.#remaining = -1;
    this.#body = [];
    const [status, firstByteMs] = [this.#status, this.#firstByteMs];
    pending?.resolve({ status, body, firstByteMs, lastByteMs: performance.now() });
  }

  /** The beginning of the body, or undefined while the head is not complete. */
  #readHead(chunk: Buffer): Buffer | undefined {
    if (this.#head === '') this.#firstByteMs = performance.now();
    const before = this.#head.length;
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.#head.slice(0, end);
    this.#status = Number(head.slice(9, 12));
    this.#remaining = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    return chunk.subarray(end + 4 - before);
  }
}
