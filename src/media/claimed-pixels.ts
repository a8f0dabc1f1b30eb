import { MediaFormatError } from '../lib/errors.ts';
import type { VideoTrack } from './frame.ts';
import { parseSps } from './h264/h264-sps.ts';
import { parseHevcSps } from './hevc/hevc-sps.ts';

/**
 * Largest frame that is taken, in pixels: 8192x8192. A decoder takes some 6 bytes for each pixel that a header claims,
 * and a header of 40 bytes can claim 16 gigapixels. No camera known makes frames of more than 50 megapixels.
 */
export const maxFramePixels = 8192 * 8192;

/** Pixels that a track claims for a frame, before cropping where its parameter sets tell. */
export function claimedPixels(track: VideoTrack): number {
  const { codec, width, height, parameterSets } = track;
  if (codec === 'h264') return largest(parameterSets.filter(isH264Sps), (sps) => parseSps(sps));
  const shown = width * height;
  if (codec !== 'hevc') return shown;
  return Math.max(
    shown,
    largest(parameterSets.filter(isHevcSps), (sps) => parseHevcSps(sps)),
  );
}

function isH264Sps(unit: Buffer): boolean {
  return ((unit[0] ?? 0) & 0x1f) === 7;
}

function isHevcSps(unit: Buffer): boolean {
  return (((unit[0] ?? 0) >> 1) & 0x3f) === 33;
}

function largest(
  sets: readonly Buffer[],
  read: (set: Buffer) => { readonly codedPixels: number },
): number {
  return Math.max(0, ...sets.map((set) => unlessBroken(() => read(set).codedPixels) ?? 0));
}

/** What nobody can read claims nothing here; ffmpeg has a bound of its own. */
function unlessBroken<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
