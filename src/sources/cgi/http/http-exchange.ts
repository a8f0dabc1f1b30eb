import type { Socket } from 'node:net';
import { usualUserAgent } from '../../../config/config.ts';
import { UpstreamError } from '../../../lib/errors.ts';
import { connectCamera, errorCode } from './camera-socket.ts';
import { withDeadline } from './deadline.ts';
import { bodyDecoder, type BodyDecoder } from './http-body.ts';
import { HeadReader, HttpFormatError, type HttpHead, type HttpHeaders } from './http-head.ts';
import type { IntakeBudget } from './intake-budget.ts';
import type { UpstreamTimeouts } from './timeouts.ts';

export interface HttpRequest {
  readonly url: URL;
  /** Value of the Authorization header, a character for each byte. */
  readonly authorization: string | undefined;
  /** Value of the User-Agent header. */
  readonly userAgent?: string;
  /** Value of the Cookie header; none is sent where it is empty. */
  readonly cookie?: string;
  /** What the camera may send, every byte from the socket; undefined: no bound. */
  readonly budget?: IntakeBudget | undefined;
}

export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: HttpHeaders;
  /**
   * Single consumer; one buffer for each read from the socket. Ends with the body or after close().
   * Throws UpstreamError: closed (the connection was cut), bad-answer (broken framing).
   */
  readonly body: AsyncIterable<Buffer>;
  /** Destroys the connection; idempotent. */
  close(): void;
}

/**
 * One GET on a connection of its own; redirects are not followed. The reader is our own because cameras answer in ways
 * that strict clients refuse: no status line, bare LF, no length. The signal covers the time until the head.
 *
 * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
 */
export async function exchange(
  request: HttpRequest,
  timeouts: UpstreamTimeouts,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { url, budget } = request;
  const connectLimit = {
    ms: timeouts.connectMs,
    timeoutError: () => new UpstreamError('unreachable', 'no connection to the camera in time'),
  };
  const headerLimit = {
    ms: timeouts.headerMs,
    timeoutError: () =>
      new UpstreamError('timeout', 'the camera accepted the connection but does not answer'),
  };
  const socket = await withDeadline([signal], connectLimit, (limited) =>
    connectCamera(url, limited),
  );
  socket.write(requestText(request), 'latin1');
  const reader = new SocketReader(socket, budget);
  try {
    const { head, rest } = await withDeadline([signal], headerLimit, async (limited) => {
      const onAbort = (): void => reader.close(limited.reason as Error);
      limited.addEventListener('abort', onAbort, { once: true });
      return readHead(reader);
    });
    const body = bodyOf(reader, { decoder: bodyDecoder(head), rest });
    return { url, status: head.status, headers: head.headers, body, close: () => reader.close() };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/**
 * `Connection: close` and HTTP/1.1: some servers insist on 1.1 for their Host check, none of these keeps a connection
 * open then.
 */
function requestText({
  url,
  authorization,
  cookie = '',
  userAgent = usualUserAgent,
}: HttpRequest): string {
  const lines = [
    `GET ${requestTarget(url)} HTTP/1.1`,
    `Host: ${url.host}`,
    `User-Agent: ${userAgent}`,
    'Accept: */*',
    'Connection: close',
  ];
  if (cookie !== '') lines.push(`Cookie: ${cookie}`);
  if (authorization !== undefined) lines.push(`Authorization: ${authorization}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Path and query as they stand in the request line; the Digest answer covers exactly this text. */
export function requestTarget(url: URL): string {
  return `${url.pathname}${url.search}`;
}

async function readHead(reader: SocketReader): Promise<{ head: HttpHead; rest: Buffer }> {
  const headReader = new HeadReader();
  for (;;) {
    const chunk = await reader.read();
    if (chunk === undefined && headReader.byteCount === 0) {
      throw new UpstreamError('closed', 'the camera closed the connection without an answer');
    }
    const head = asUpstreamError(() =>
      chunk === undefined ? headReader.end() : headReader.push(chunk),
    );
    if (head !== undefined) return { head, rest: headReader.bodyFrom(head) };
    if (chunk === undefined) {
      throw new UpstreamError('bad-answer', 'the camera does not answer in HTTP');
    }
  }
}

async function* bodyOf(
  reader: SocketReader,
  { decoder, rest }: { decoder: BodyDecoder; rest: Buffer },
): AsyncGenerator<Buffer, void, undefined> {
  try {
    let chunk: Buffer | undefined = rest;
    while (chunk !== undefined) {
      const bytes = chunk;
      const content = asUpstreamError(() => decoder.push(bytes));
      if (content.length > 0) yield content;
      chunk = decoder.isDone ? undefined : await reader.read();
    }
  } finally {
    reader.close();
  }
}

function asUpstreamError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof HttpFormatError)) throw error;
    throw new UpstreamError(
      'bad-answer',
      `the camera's answer is not valid HTTP: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

/** Reads a socket piece by piece, never further ahead than its own buffer, and no faster than the budget allows. */
class SocketReader {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #budget: IntakeBudget | undefined;
  readonly #closed = new AbortController();
  #reason: Error | undefined;

  constructor(socket: Socket, budget: IntakeBudget | undefined) {
    this.#socket = socket;
    this.#budget = budget;
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    // The iterator reports errors to read(); an error after the last read has nobody to tell.
    socket.on('error', () => undefined);
  }

  /** The next bytes; undefined at the end of the connection and after close(). @throws UpstreamError closed */
  async read(): Promise<Buffer | undefined> {
    await this.#budget?.wait(this.#closed.signal);
    try {
      const result = await this.#chunks.next();
      if (result.done === true) return undefined;
      this.#budget?.spend(result.value.length);
      return result.value;
    } catch (error) {
      if (this.#reason !== undefined) throw this.#reason;
      if (this.#closed.signal.aborted) return undefined;
      const code = errorCode(error);
      throw new UpstreamError('closed', `the connection to the camera was cut (${code})`, {
        cause: error,
      });
    }
  }

  /** With a reason a waiting read() throws it, without one it ends. The first call counts. */
  close(reason?: Error): void {
    if (this.#closed.signal.aborted) return;
    this.#reason = reason;
    this.#closed.abort();
    this.#socket.destroy();
  }
}
