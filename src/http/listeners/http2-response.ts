import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { Writable } from 'node:stream';
import type { MediaRequest, MediaResponse } from '../exchange.ts';

/** What belongs to a connection of HTTP/1.1 and must not stand in an HTTP/2 answer (RFC 9113, 8.2.2). */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Answers whose headers are all there is (RFC 9110, 6.4.1). */
const bodilessStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * An HTTP/2 stream as the media routes know an answer. Node's own compatibility object takes no flat header lists and
 * warns of every Connection header; this one passes bytes on as they are, so that `writableLength` and `drain` tell of
 * the viewer's flow control.
 */
export class Http2Response extends Writable implements MediaResponse {
  /** HTTP/2 has a framing of its own. */
  useChunkedEncodingByDefault = false;
  readonly #stream: ServerHttp2Stream;
  #isBodiless: boolean;

  /** @param isHead the answer is its headers alone */
  constructor(stream: ServerHttp2Stream, isHead: boolean) {
    super({ highWaterMark: stream.writableHighWaterMark, decodeStrings: true });
    this.#stream = stream;
    this.#isBodiless = isHead;
    stream.once('close', () => this.destroy());
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  /** @param headers names and values in turn */
  writeHead(status: number, headers: readonly string[]): this {
    const stream = this.#stream;
    if (isOver(stream)) return this;
    this.#isBodiless ||= bodilessStatuses.has(status);
    stream.respond(toHttp2Headers(status, headers), { endStream: this.#isBodiless });
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#isBodiless || isOver(this.#stream)) done();
    else this.#stream.write(chunk, () => done());
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    const stream = this.#stream;
    if (this.#isBodiless || isOver(stream)) {
      done();
      return;
    }
    stream.cork();
    for (const [index, { chunk }] of chunks.entries()) {
      if (index === chunks.length - 1) stream.write(chunk, () => done());
      else stream.write(chunk);
    }
    stream.uncork();
  }

  override _final(done: () => void): void {
    const stream = this.#stream;
    const finish = (): void => {
      // The rest of a request that is answered is not waited for (RFC 9113, 8.1).
      if (!stream.endAfterHeaders && !isOver(stream)) stream.close(constants.NGHTTP2_NO_ERROR);
      done();
    };
    if (this.#isBodiless || isOver(stream)) finish();
    else stream.end(finish);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const stream = this.#stream;
    // What was ended still goes out; the rest of what was not is of no use to anybody.
    if (!this.writableFinished && !isOver(stream)) {
      if (this.writableEnded) stream.end();
      else stream.close(constants.NGHTTP2_CANCEL);
    }
    done(error);
  }
}

/** The request of an HTTP/2 stream, with the time limit of its stream in place of that of a socket. */
export function toMediaRequest(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): MediaRequest {
  const remoteAddress = stream.session?.socket.remoteAddress;
  return {
    headers,
    url: headers[':path'],
    method: headers[':method'],
    socket: { remoteAddress, setTimeout: (ms) => stream.setTimeout(ms) },
  };
}

/** @param headers names and values in turn; a name may come several times */
export function toHttp2Headers(status: number, headers: readonly string[]): OutgoingHttpHeaders {
  const result: Record<string, number | string | string[]> = { ':status': status };
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase();
    const value = headers[index + 1] ?? '';
    if (connectionHeaders.has(name)) continue;
    const others = result[name];
    result[name] = others === undefined ? value : [others, value].flat().map(String);
  }
  return result;
}

function isOver(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed;
}
