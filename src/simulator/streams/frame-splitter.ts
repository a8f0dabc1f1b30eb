import { MediaFormatError } from '../../lib/errors.ts';

export interface EncodedFrame {
  readonly bytes: Buffer;
  readonly isKeyframe: boolean;
}

const startCode = Buffer.from([0, 0, 0, 1]);
const nalTypes = { slice: 1, idr: 5, sps: 7, pps: 8, filler: 12 } as const;

interface Nal {
  readonly type: number;
  /** Without the start code. */
  readonly bytes: Buffer;
}

/** NAL units of an Annex B byte stream (ITU-T H.264 Annex B), start codes of three or four bytes. */
export function splitNals(bytes: Buffer): Nal[] {
  const nals: Nal[] = [];
  const code = startCode.subarray(1);
  let at = bytes.indexOf(code);
  while (at >= 0) {
    const start = at + code.length;
    at = bytes.indexOf(code, start);
    let end = at < 0 ? bytes.length : at;
    // Zeros before a start code belong to it (leading_zero, zero_byte), never to the NAL, which ends in a stop bit.
    while (end > start && bytes[end - 1] === 0) end--;
    if (end > start)
      nals.push({ type: bytes.readUInt8(start) & 31, bytes: bytes.subarray(start, end) });
  }
  return nals;
}

/**
 * Access units of a stream with one slice per frame, which is what our encoder is told to make: a unit ends after
 * its slice and the filler behind it (7.4.1.2.3).
 */
export function splitAccessUnits(bytes: Buffer): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  let pending: Nal[] = [];
  const flush = (): void => {
    const isKeyframe = pending.some((nal) => nal.type === nalTypes.idr);
    frames.push({ bytes: joinNals(pending), isKeyframe });
    pending = [];
  };
  let hasSlice = false;
  for (const nal of splitNals(bytes)) {
    if (hasSlice && nal.type !== nalTypes.filler) {
      flush();
      hasSlice = false;
    }
    pending.push(nal);
    if (nal.type === nalTypes.slice || nal.type === nalTypes.idr) hasSlice = true;
  }
  if (hasSlice) flush();
  return frames;
}

/** SPS and PPS of an access unit, as Annex B; empty when it has none. */
export function parameterSets(accessUnit: Buffer): Buffer {
  return joinNals(splitNals(accessUnit).filter(isParameterSet));
}

export function withoutParameterSets(accessUnit: Buffer): Buffer {
  return joinNals(splitNals(accessUnit).filter((nal) => !isParameterSet(nal)));
}

function isParameterSet(nal: Nal): boolean {
  return nal.type === nalTypes.sps || nal.type === nalTypes.pps;
}

function joinNals(nals: readonly Nal[]): Buffer {
  return Buffer.concat(nals.flatMap((nal) => [startCode, nal.bytes]));
}

/**
 * Frames of a row of JPEGs without thumbnails. Inside entropy-coded data FF is followed by 00 or a restart marker
 * (ITU-T T.81 B.1.1.5), so FF D9 is always the end.
 */
export function splitJpegs(bytes: Buffer): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), start);
    if (bytes.readUInt16BE(start) !== 0xffd8 || end < 0)
      throw new MediaFormatError('not a row of JPEG frames');
    frames.push({ bytes: bytes.subarray(start, end + 2), isKeyframe: true });
    start = end + 2;
  }
  return frames;
}
