import { MediaFormatError } from '../../lib/errors.ts';

/** Bits, highest first, as ITU-T H.264 7.2 and 9.1 name their codes. Throws MediaFormatError past the end. */
export class BitReader {
  readonly #bytes: Buffer;
  #bit = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Of the next bit. */
  get position(): number {
    return this.#bit;
  }

  /** u(n), n up to 32. */
  bits(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) value = value * 2 + this.#next();
    return value;
  }

  skip(count: number): void {
    this.#bit += count;
  }

  flag(): boolean {
    return this.#next() === 1;
  }

  /** ue(v), 9.1. */
  unsigned(): number {
    let zeros = 0;
    while (!this.flag()) zeros += 1;
    if (zeros > 31) throw new MediaFormatError('An Exp-Golomb code is too long.');
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v), 9.1.1. */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }

  #next(): number {
    const byte = this.#bytes[this.#bit >> 3];
    if (byte === undefined) throw new MediaFormatError('A parameter set or header is cut short.');
    const bit = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return bit;
  }
}

/** The raw byte sequence payload of a NAL unit behind its header, where 00 00 03 stands for 00 00 (H.264 7.4.1). */
export function rbspBits(payload: Buffer): BitReader {
  return new BitReader(withoutEmulation(payload));
}

/** The payload of a NAL unit behind its header without the 03 of 00 00 03. */
export function withoutEmulation(payload: Buffer): Buffer {
  const clean = Buffer.allocUnsafe(payload.length);
  let length = 0;
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    clean[length] = byte;
    length += 1;
  }
  return clean.subarray(0, length);
}
