import { CamgateError } from '../../lib/errors.ts';

/** What a Range header asks of a body (RFC 9110, 14.1.2). `end` is inclusive. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

const whole: ByteRange = { kind: 'whole' };

/**
 * Reads a single byte range. Several ranges, other units and anything malformed count as no range, which RFC 9110, 14.2
 * allows; players ask for one range at a time. (Express has range-parser, which refuses a suffix that is longer than
 * the body, and a range that ends before it begins.)
 */
export function parseByteRange(header: string, byteLength: number): ByteRange {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  const first = match?.[1] ?? '';
  const last = match?.[2] ?? '';
  if (first === '' && last === '') return whole;
  if (first === '') {
    const length = Math.min(Number(last), byteLength);
    if (length === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', start: byteLength - length, end: byteLength - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return whole;
  if (start >= byteLength) return { kind: 'unsatisfiable' };
  return {
    kind: 'part',
    start,
    end: last === '' ? byteLength - 1 : Math.min(Number(last), byteLength - 1),
  };
}

/** A range that begins behind the end of its body. Content-Range tells how long that is (RFC 9110, 15.5.17). */
export class UnsatisfiableRange extends CamgateError {
  readonly contentRange: string;

  /** @param byteLength of the whole body */
  constructor(byteLength: number) {
    super(
      'range-unsatisfiable',
      `There are no such bytes: the whole has ${byteLength}. Ask for a range within them, or without Range.`,
    );
    this.contentRange = `bytes */${byteLength}`;
  }
}

/** The bytes from `start` to `end` (inclusive) as views of the chunks. */
export function sliceChunks(chunks: readonly Buffer[], start: number, end: number): Buffer[] {
  const result: Buffer[] = [];
  let offset = 0;
  for (const chunk of chunks) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end + 1 - offset, chunk.length);
    if (from < to) result.push(chunk.subarray(from, to));
    offset += chunk.length;
  }
  return result;
}
