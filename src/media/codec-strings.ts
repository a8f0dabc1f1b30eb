import { MediaFormatError } from '../lib/errors.ts';
import { aacObjectType } from './aac/aac-configuration.ts';
import type { Track, VideoTrack } from './frame.ts';
import { parseSps } from './h264/h264-sps.ts';
import { h264Units } from './h264/h264-units.ts';
import { parseHevcSps } from './hevc/hevc-sps.ts';
import { hevcUnits } from './hevc/hevc-units.ts';
import type { NalCodec } from './nal/nal-codec.ts';

/**
 * Codec string of RFC 6381 for CODECS and Media Source, such as `avc1.64001f`. Throws MediaFormatError for tracks that
 * cannot go into MP4 here: codecs other than H.264, HEVC and AAC, and tracks without parameter sets or configuration.
 */
export function codecStringOf(track: Track): string {
  if (track.codec === 'h264') return avcCodecString(spsOf(track, h264Units));
  if (track.codec === 'hevc') return hevcCodecString(spsOf(track, hevcUnits));
  // ISO/IEC 14496-1 7.2.6.6: object type 0x40 is MPEG-4 audio.
  if (track.codec === 'aac') return `mp4a.40.${aacObjectType(track.configuration)}`;
  throw new MediaFormatError(`There is no codec string of ${track.kind} as ${track.codec}.`);
}

function spsOf({ parameterSets }: VideoTrack, codec: NalCodec): Buffer {
  const sps = parameterSets.find((set) => codec.parameterKindOf(set) === codec.spsKind);
  if (sps === undefined) throw new MediaFormatError('The stream has no parameter sets.');
  return sps;
}

/** RFC 6381 3.3: profile, constraints and level as six digits. */
function avcCodecString(sps: Buffer): string {
  const { profile, constraints, level } = parseSps(sps);
  return `avc1.${Buffer.from([profile, constraints, level]).toString('hex')}`;
}

/** ISO/IEC 14496-15 E.3: profile space and profile, compatibility in reverse bit order, tier and level, constraints. */
function hevcCodecString(sps: Buffer): string {
  const { profileTierLevel } = parseHevcSps(sps);
  const profile = profileTierLevel.readUInt8(0);
  const compatibility = reverseBits(profileTierLevel.readUInt32BE(1));
  const constraints = [...profileTierLevel.subarray(5, 11)];
  while (constraints.at(-1) === 0) constraints.pop();
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const tier = (profile & 0x20) === 0 ? 'L' : 'H';
  return [
    'hvc1',
    `${space}${profile & 0x1f}`,
    compatibility.toString(16),
    `${tier}${profileTierLevel.readUInt8(11)}`,
    ...constraints.map((byte) => byte.toString(16)),
  ].join('.');
}

function reverseBits(word: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = (reversed << 1) | ((word >>> bit) & 1);
  return reversed >>> 0;
}
