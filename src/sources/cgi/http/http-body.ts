import { HttpFormatError, type HttpHead } from './http-head.ts';
import { sniffMedia, type MediaFormat } from './sniff.ts';

/** Takes the transfer framing off a body. */
export interface BodyDecoder {
  /** The content in these bytes. @throws HttpFormatError */
  push(bytes: Buffer): Buffer;
  /** Everything has come; the rest of the connection is not of interest. */
  readonly isDone: boolean;
}

/** How the end of the body is known (RFC 9112 section 6.3). */
export function bodyDecoder({ status, headers }: HttpHead): BodyDecoder {
  if (status === 204 || status === 304) return new LengthDecoder(0);
  if (/\bchunked\b/i.test(headers.get('transfer-encoding'))) return new ChunkedDecoder();
  const length = headers.get('content-length');
  if (!/^\d{1,15}$/.test(length)) return new UntilCloseDecoder();
  const contentType = headers.get('content-type');
  // An endless multipart body has no length, and a JPEG is not empty; cameras that state one state nonsense.
  const isNonsense =
    /^multipart\//i.test(contentType) || (Number(length) === 0 && isMediaType(contentType));
  return isNonsense ? new UntilCloseDecoder() : new DoubtfulLengthDecoder(Number(length));
}

function isMediaType(contentType: string): boolean {
  return /^(image|video|application\/octet-stream)\b/i.test(contentType);
}

class UntilCloseDecoder implements BodyDecoder {
  readonly isDone = false;

  push(bytes: Buffer): Buffer {
    return bytes;
  }
}

class LengthDecoder implements BodyDecoder {
  #leftBytes: number;

  constructor(lengthBytes: number) {
    this.#leftBytes = lengthBytes;
  }

  get isDone(): boolean {
    return this.#leftBytes === 0;
  }

  push(bytes: Buffer): Buffer {
    const content = bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= content.length;
    return content;
  }
}

/** `single`: right if nothing comes behind it. */
type LengthJudgement = 'believed' | 'single' | 'wrong';

const judgements: Readonly<Record<MediaFormat | 'text', LengthJudgement>> = {
  text: 'believed',
  jpeg: 'single',
  multipart: 'wrong',
  asf: 'wrong',
};

/**
 * A stated length is believed until the body shows that it is wrong: it begins like a stream without end, or like a
 * JPEG and more comes than was stated. Cameras state 0, 999 or the size of one frame for an endless stream.
 */
class DoubtfulLengthDecoder implements BodyDecoder {
  readonly #stated: LengthDecoder;
  #judgement: 'undecided' | LengthJudgement = 'undecided';
  /** The first bytes of the body, as long as they do not say what it is; at most a kilobyte. */
  #beginning: Buffer = Buffer.alloc(0);

  constructor(lengthBytes: number) {
    this.#stated = new LengthDecoder(lengthBytes);
  }

  get isDone(): boolean {
    return this.#judgement !== 'wrong' && this.#stated.isDone;
  }

  push(bytes: Buffer): Buffer {
    if (this.#judgement === 'undecided') this.#judge(bytes);
    if (this.#judgement === 'wrong') return bytes;
    const content = this.#stated.push(bytes);
    if (content.length === bytes.length || this.#judgement !== 'single') return content;
    this.#judgement = 'wrong';
    return bytes;
  }

  #judge(bytes: Buffer): void {
    this.#beginning = Buffer.concat([this.#beginning, bytes]);
    const format = sniffMedia(this.#beginning, '');
    if (format === 'undecided') return;
    this.#beginning = Buffer.alloc(0);
    this.#judgement = judgements[format];
  }
}

/** A chunk-size line is some hex digits; extensions (rare) may make it longer, but not endless. */
const maxSizeLineBytes = 1024;

type ChunkState =
  /** `line` is the part that has come of a size line, or of the line end after the data. */
  | { readonly name: 'size' | 'data-end'; readonly line: string }
  | { readonly name: 'data'; readonly leftBytes: number }
  | { readonly name: 'done' };

/**
 * Chunked coding (RFC 9112 section 7.1). The trailer is not waited for: nobody reads it, and it may have no end.
 *
 *     size[;extension] CRLF  data CRLF  …  0 CRLF
 */
class ChunkedDecoder implements BodyDecoder {
  #state: ChunkState = { name: 'size', line: '' };

  get isDone(): boolean {
    return this.#state.name === 'done';
  }

  push(bytes: Buffer): Buffer {
    const content: Buffer[] = [];
    let rest = bytes;
    while (rest.length > 0 && this.#state.name !== 'done') {
      if (this.#state.name === 'data') {
        const piece = rest.subarray(0, this.#state.leftBytes);
        const leftBytes = this.#state.leftBytes - piece.length;
        content.push(piece);
        this.#state =
          leftBytes === 0 ? { name: 'data-end', line: '' } : { name: 'data', leftBytes };
        rest = rest.subarray(piece.length);
      } else {
        rest = this.#takeLine(this.#state, rest);
      }
    }
    const [only] = content;
    return content.length === 1 && only !== undefined ? only : Buffer.concat(content);
  }

  /** Consumes up to and with the next LF. */
  #takeLine(state: Extract<ChunkState, { line: string }>, bytes: Buffer): Buffer {
    const end = bytes.indexOf(0x0a);
    const line = state.line + bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
    if (line.length > maxSizeLineBytes) throw new HttpFormatError('a chunk has no size');
    if (end === -1) {
      this.#state = { name: state.name, line };
      return Buffer.alloc(0);
    }
    this.#state = state.name === 'size' ? sizeOf(line.trim()) : { name: 'size', line: '' };
    return bytes.subarray(end + 1);
  }
}

function sizeOf(line: string): ChunkState {
  const digits = /^([0-9a-f]{1,8})(?:[\s;]|$)/i.exec(line)?.[1];
  if (digits === undefined) throw new HttpFormatError('a chunk has no size');
  const leftBytes = Number.parseInt(digits, 16);
  return leftBytes === 0 ? { name: 'done' } : { name: 'data', leftBytes };
}
