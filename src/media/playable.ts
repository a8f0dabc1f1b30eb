import { MediaFormatError } from '../lib/errors.ts';
import type { VideoTrack } from './frame.ts';
import { isBrowserPlayable as isPlayableH264, parseSps } from './h264/h264-sps.ts';
import { parseHevcSps } from './hevc/hevc-sps.ts';

/** Names that people know of the codecs that no browser plays. */
const names = {
  mjpeg: 'MJPEG',
  mpeg4: 'MPEG-4 part 2',
  unknown: 'a codec that browsers do not know',
};

/** Whether browsers play the video as it is: H.264 of 4:2:0, 8 bits and whole frames, or HEVC of 4:2:0 and 8 bits. */
export function isBrowserPlayable(track: VideoTrack): boolean {
  return unplayableReason(track) === undefined;
}

/** Why no browser plays the video, in a few words; undefined where they do. */
export function unplayableReason(track: VideoTrack): string | undefined {
  if (track.codec === 'h264') return firstReason(track, 7, h264Reason);
  if (track.codec === 'hevc') return firstReason(track, 33, hevcReason);
  return names[track.codec];
}

function firstReason(
  { codec, parameterSets }: VideoTrack,
  spsType: number,
  reasonOf: (sps: Buffer) => string | undefined,
): string | undefined {
  const typeOf = ([first = 0]: Buffer): number =>
    codec === 'h264' ? first & 0x1f : (first >> 1) & 0x3f;
  const sps = parameterSets.find((set) => typeOf(set) === spsType);
  if (sps === undefined) return 'no parameter sets';
  try {
    return reasonOf(sps);
  } catch (error) {
    if (error instanceof MediaFormatError) return 'parameter sets that cannot be read';
    throw error;
  }
}

function h264Reason(sps: Buffer): string | undefined {
  const parameters = parseSps(sps);
  if (isPlayableH264(parameters)) return undefined;
  const { isProgressive, profile } = parameters;
  return formatReason(parameters) ?? (isProgressive ? `H.264 profile ${profile}` : 'interlaced');
}

function hevcReason(sps: Buffer): string | undefined {
  return formatReason(parseHevcSps(sps));
}

function formatReason(format: {
  readonly chromaFormat: number;
  readonly lumaBits: number;
  readonly chromaBits: number;
}): string | undefined {
  const { chromaFormat, lumaBits, chromaBits } = format;
  if (chromaFormat !== 1) return ['monochrome', '', '4:2:2', '4:4:4'][chromaFormat];
  const bits = Math.max(lumaBits, chromaBits);
  return bits > 8 ? `${bits} bits` : undefined;
}
