import { MediaFormatError } from '../../lib/errors.ts';
import { rbspBits } from './bit-reader.ts';

/** payloadType of the recovery point SEI message: H.264 D.1.8, HEVC D.2.8. */
const recoveryPoint = 6;
/**
 * Encoders refresh one column of macroblocks per frame, and 8192 pixels have 512 of them; a signed code is twice as
 * large. A recovery point that takes many more frames than that is no place to begin, and its frames need not be kept.
 */
const maxCode = 2048;

/**
 * The first field of a recovery point SEI message, which says when the picture is complete, as an Exp-Golomb code: in
 * H.264 an unsigned one, in HEVC a signed one (9.2). `payload`: an SEI unit without its header. undefined: it has no
 * recovery point.
 */
export function recoveryCodeOf(payload: Buffer): number | undefined {
  let at = 0;
  // rbsp_trailing_bits is one byte.
  while (at + 2 < payload.length) {
    const type = readNumber(payload, at);
    const size = readNumber(payload, type.end);
    if (type.value === recoveryPoint) return readCode(payload.subarray(size.end));
    at = size.end + size.value;
  }
  return undefined;
}

/** 7.3.2.3.1: bytes FF add 255 each, the first other one ends the number. */
function readNumber(payload: Buffer, begin: number): { value: number; end: number } {
  let value = 0;
  let at = begin;
  while (payload[at] === 0xff) {
    value += 0xff;
    at += 1;
  }
  return { value: value + (payload[at] ?? 0), end: at + 1 };
}

function readCode(message: Buffer): number | undefined {
  try {
    const code = rbspBits(message).unsigned();
    return code <= maxCode ? code : undefined;
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
