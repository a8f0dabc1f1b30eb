import { MediaFormatError } from '../../lib/errors.ts';
import type { VideoTrack } from '../frame.ts';
import { withoutEmulation } from './bit-reader.ts';
import type { NalCodec } from './nal-codec.ts';
import { nalCodecOf } from './nal-codecs.ts';

/**
 * The track of a stream of which a decoder sees keyframes alone. Where frames may be shown in another order than they
 * are decoded (B-frames) a decoder holds as many back as the SPS says; keyframes alone come in order, and the SPS says
 * so.
 */
export function keyframesAlone(track: VideoTrack): VideoTrack {
  const codec = nalCodecOf(track.codec);
  if (codec === undefined) return track;
  const parameterSets = track.parameterSets.map((set) =>
    codec.parameterKindOf(set) === codec.spsKind ? inOrder(codec, set) : set,
  );
  return { ...track, parameterSets };
}

/** What cannot be read stays as it is. */
function inOrder(codec: NalCodec, sps: Buffer): Buffer {
  try {
    const positions = codec.reorderCodesIn(sps);
    return positions.length === 0 ? sps : withZeros(sps, codec.headerBytes, positions);
  } catch (error) {
    if (error instanceof MediaFormatError) return sps;
    throw error;
  }
}

/** Puts 0 (a single bit, H.264 9.1) in place of the Exp-Golomb codes that begin at these bits, in rising order. */
function withZeros(sps: Buffer, headerBytes: number, positions: readonly number[]): Buffer {
  const bits = [...withoutEmulation(sps.subarray(headerBytes))]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  let changed = '';
  let copied = 0;
  for (const position of positions) {
    const zeros = bits.indexOf('1', position) - position;
    changed += `${bits.slice(copied, position)}1`;
    copied = position + 2 * zeros + 1;
  }
  // Behind the stop bit zeros fill the last byte.
  changed += bits.slice(copied, bits.lastIndexOf('1') + 1);
  const bytes = changed.match(/.{1,8}/g) ?? [];
  const payload = bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
  return Buffer.from([...sps.subarray(0, headerBytes), ...withEmulation(payload)]);
}

/** H.264 7.4.1: 00 00 03 for 00 00 where 00 to 03 follow. */
function withEmulation(payload: readonly number[]): number[] {
  const safe: number[] = [];
  for (const byte of payload) {
    if (byte <= 3 && safe.at(-1) === 0 && safe.at(-2) === 0) safe.push(3);
    safe.push(byte);
  }
  return safe;
}
