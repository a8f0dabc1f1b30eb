import type { Socket } from 'node:net';
import type { JournalRecorder } from '../journal.ts';
import type { SimulatedRequest } from './request.ts';

export interface ResponseHead {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ExchangeOptions {
  readonly socket: Socket;
  readonly request: SimulatedRequest;
  /** Undefined for requests that are not journaled. */
  readonly recorder: JournalRecorder | undefined;
  /** Value of the Server header. */
  readonly server: string;
  /** Overrides every Content-Type. */
  readonly forcedType: string | undefined;
  /** Pause between the bytes of a head in milliseconds; 0 sends it at once. */
  readonly headByteMs: number;
  /** Streams in HTTP/1.1 chunks instead of up to the close. */
  readonly isChunked: boolean;
}

const reasonPhrases: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  503: 'Service Unavailable',
};

/**
 * One request and its answer on a connection of its own: these servers close after each answer, and the close is the
 * end of the body. Works on the bare socket because faults need every byte (half heads, no status line, resets).
 */
export class Exchange {
  readonly request: SimulatedRequest;
  readonly socket: Socket;
  readonly recorder: JournalRecorder | undefined;
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.request = options.request;
    this.socket = options.socket;
    this.recorder = options.recorder;
  }

  /** A whole answer; the connection closes behind it. */
  async answer(head: ResponseHead, body: string | Buffer): Promise<void> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const length = { 'Content-Length': String(bytes.length) };
    await this.#writeHead({ ...head, headers: { ...head.headers, ...length } }, false);
    if (this.socket.destroyed) return;
    if (this.request.method === 'HEAD') this.socket.end();
    else this.socket.end(bytes);
  }

  /** Text without any head, as the f99 does it. */
  answerBare(text: string): void {
    this.socket.end(text);
  }

  /** Begins an answer without an end; write it with `stream`. */
  async beginStream(head: ResponseHead): Promise<void> {
    await this.#writeHead(head, this.#options.isChunked);
    if (this.request.method === 'HEAD') this.socket.end();
    else this.recorder?.streaming();
  }

  stream(bytes: Buffer): void {
    if (!this.#options.isChunked) {
      this.socket.write(bytes);
      return;
    }
    const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
    this.socket.write(Buffer.concat([size, bytes, Buffer.from('\r\n')]));
  }

  async #writeHead(head: ResponseHead, isChunked: boolean): Promise<void> {
    this.recorder?.answered(head.status);
    const contentType =
      head.contentType === undefined ? undefined : (this.#options.forcedType ?? head.contentType);
    const lines = [
      `HTTP/1.${isChunked ? 1 : 0} ${head.status} ${reasonPhrases[head.status] ?? 'Unknown'}`,
      `Date: ${new Date(Date.now()).toUTCString()}`,
      `Server: ${this.#options.server}`,
      'Connection: close',
      ...(isChunked ? ['Transfer-Encoding: chunked'] : []),
      ...(contentType === undefined ? [] : [`Content-Type: ${contentType}`]),
      ...Object.entries(head.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    ];
    const text = Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1');
    if (this.#options.headByteMs === 0) this.socket.write(text);
    else await this.#writeSlowly(text);
  }

  #writeSlowly(text: Buffer): Promise<void> {
    return new Promise((resolve) => {
      let at = 0;
      const finish = (): void => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => {
        this.socket.write(text.subarray(at, at + 1));
        if (++at === text.length) finish();
      }, this.#options.headByteMs);
      this.socket.once('close', finish);
    });
  }
}
