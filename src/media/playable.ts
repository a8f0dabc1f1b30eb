import { MediaFormatError } from '../lib/errors.ts';
import type { VideoTrack } from './frame.ts';
import { isBrowserPlayable as isPlayableH264, parseSps } from './h264/h264-sps.ts';

/** Familiar names of the codecs that no browser plays. */
const names = {
  mjpeg: 'MJPEG',
  hevc: 'HEVC, which not every browser plays',
  mpeg4: 'MPEG-4 part 2',
  unknown: 'a codec that browsers do not know',
};

/** Whether every browser plays the video as it is: H.264 of 4:2:0, 8 bits and whole frames. */
export function isBrowserPlayable(track: VideoTrack): boolean {
  return unplayableReason(track) === undefined;
}

/** ITU-T H.264 table 7-1. */
const spsType = 7;

/** Why browsers do not play the video, in a few words; undefined where all of them do. */
export function unplayableReason({
  codec,
  parameterSets,
  hasIntraRefresh,
}: VideoTrack): string | undefined {
  if (codec !== 'h264') return names[codec];
  if (hasIntraRefresh === true) return 'intra refresh: no keyframe that a player can begin with';
  const sps = parameterSets.find(([first = 0]) => (first & 0x1f) === spsType);
  if (sps === undefined) return 'no parameter sets';
  try {
    return h264Reason(sps);
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
