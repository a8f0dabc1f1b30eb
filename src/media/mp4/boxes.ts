import { MediaFormatError } from '../../lib/errors.ts';

/** Boxes of the ISO base media file format (ISO/IEC 14496-12 4.2). */

export interface Box {
  readonly type: string;
  /** With its head. */
  readonly bytes: Buffer;
  /** Without size and type. */
  readonly body: Buffer;
}

interface BoxHead {
  readonly type: string;
  readonly headBytes: number;
  readonly sizeBytes: number;
}

/**
 * Size and type at `offset`; undefined where they are cut short. Throws MediaFormatError for a size that is smaller
 * than the head, or 0 (to the end of the file), which a live stream cannot have.
 */
function readBoxHead(bytes: Buffer, offset: number): BoxHead | undefined {
  if (bytes.length < offset + 8) return undefined;
  const type = bytes.toString('latin1', offset + 4, offset + 8);
  const shortSize = bytes.readUInt32BE(offset);
  if (shortSize !== 1) return checked({ type, headBytes: 8, sizeBytes: shortSize });
  if (bytes.length < offset + 16) return undefined;
  const sizeBytes = Number(bytes.readBigUInt64BE(offset + 8));
  return checked({ type, headBytes: 16, sizeBytes });
}

function checked(head: BoxHead): BoxHead {
  if (head.sizeBytes >= head.headBytes) return head;
  throw new MediaFormatError(`A box has the impossible size ${head.sizeBytes}.`);
}

/** The boxes in a row inside of another. Throws MediaFormatError when they do not fill it exactly. */
export function* boxesOf(bytes: Buffer): Generator<Box> {
  let offset = 0;
  while (offset < bytes.length) {
    const head = readBoxHead(bytes, offset);
    if (head === undefined || head.sizeBytes > bytes.length - offset) {
      throw new MediaFormatError('A box reaches out of the box that holds it.');
    }
    const end = offset + head.sizeBytes;
    yield {
      type: head.type,
      bytes: bytes.subarray(offset, end),
      body: bytes.subarray(offset + head.headBytes, end),
    };
    offset = end;
  }
}

/** The first box of a type, as its body. */
export function findBox(bytes: Buffer, type: string): Buffer | undefined {
  for (const box of boxesOf(bytes)) if (box.type === type) return box.body;
  return undefined;
}

/** Goes down a path of box types. Throws MediaFormatError when one is missing. */
export function needBox(bytes: Buffer, ...path: readonly string[]): Buffer {
  let body = bytes;
  for (const type of path) {
    const inner = findBox(body, type);
    if (inner === undefined) throw new MediaFormatError(`The box ${type} is missing.`);
    body = inner;
  }
  return body;
}

/** Fields of a box one after another, big-endian. Throws MediaFormatError past the end. */
export class BoxFields {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** 4.2: version, and 24 bits of flags. */
  fullBoxHead(): { version: number; flags: number } {
    const word = this.uint32();
    return { version: word >>> 24, flags: word & 0xffffff };
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  /** Exact up to 2^53, which is 3,000 years of a 90 kHz clock. */
  uint64(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#advance(8)));
  }

  skip(byteCount: number): void {
    this.#advance(byteCount);
  }

  bytes(byteCount: number): Buffer {
    const at = this.#advance(byteCount);
    return this.#bytes.subarray(at, at + byteCount);
  }

  #advance(byteCount: number): number {
    const at = this.#offset;
    if (at + byteCount > this.#bytes.length) throw new MediaFormatError('A box is too short.');
    this.#offset = at + byteCount;
    return at;
  }
}
