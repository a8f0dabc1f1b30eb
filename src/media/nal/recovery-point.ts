import { MediaFormatError } from '../../lib/errors.ts';
import { rbspBits } from './bit-reader.ts';

/** payloadType of the recovery point SEI message: H.264 D.1.8, HEVC D.2.8. */
const recoveryPoint = 6;

/**
 * Frames until the picture is whole behind a recovery point, by the first field of its SEI message (in HEVC, where it
 * is a signed picture order count, only 0 or not matters). `payload`: an SEI unit behind its header. undefined: it has
 * none.
 */
export function recoveryFrameCountOf(payload: Buffer): number | undefined {
  let at = 0;
  // rbsp_trailing_bits is one byte.
  while (at + 2 < payload.length) {
    const type = readNumber(payload, at);
    const size = readNumber(payload, type.end);
    if (type.value === recoveryPoint) return readCount(payload.subarray(size.end));
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

function readCount(message: Buffer): number | undefined {
  try {
    return rbspBits(message).unsigned();
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
