import { MediaFormatError } from '../lib/errors.ts';
import { extradataSets, parseSps } from './h264.ts';
import { hevcCodedPixels } from './hevc-sps.ts';
import { nalUnits } from './nal-units.ts';
import type { AsfVideoStream } from './types.ts';

/**
 * Largest frame that is taken, in pixels: 8192x8192. A decoder takes some 6 bytes for each pixel that a header claims,
 * and a header of 40 bytes can claim 16 gigapixels. No camera known makes frames of more than 50 megapixels.
 */
export const maxFramePixels = 8192 * 8192;

/** Parameter sets in one access unit: encoders send one or two. */
const maxSetsRead = 16;

/** Pixels that the parameter sets in this access unit claim for a frame, before cropping; 0 where it has none. */
export function claimedPixels(codec: AsfVideoStream['codec'], accessUnit: Buffer): number {
  if (codec === 'h264') return largest(setsOf(accessUnit, isH264Sps), h264Pixels);
  if (codec === 'hevc') return largest(setsOf(accessUnit, isHevcSps), hevcCodedPixels);
  return 0;
}

/** Pixels that the header of the container claims, where its word or the parameter sets in it count. */
export function pixelsClaimedByHeader(stream: AsfVideoStream): number {
  const { codec, extradata, width, height } = stream;
  if (codec === 'mjpeg') return 0;
  if (codec === 'h264') return largest(h264Sets(extradata), h264Pixels);
  return Math.max(width * height, claimedPixels(codec, extradata));
}

function setsOf(bytes: Buffer, isSet: (unit: Buffer) => boolean): Buffer[] {
  const sets: Buffer[] = [];
  for (const unit of nalUnits(bytes)) {
    if (isSet(unit)) sets.push(unit);
    if (sets.length === maxSetsRead) break;
  }
  return sets;
}

function isH264Sps(unit: Buffer): boolean {
  return ((unit[0] ?? 0) & 0x1f) === 7;
}

function isHevcSps(unit: Buffer): boolean {
  return (((unit[0] ?? 0) >> 1) & 0x3f) === 33;
}

function h264Sets(extradata: Buffer): readonly Buffer[] {
  return unlessBroken(() => extradataSets(extradata).sps) ?? [];
}

function h264Pixels(sps: Buffer): number {
  return parseSps(sps).codedPixels;
}

function largest(sets: readonly Buffer[], pixelsOf: (set: Buffer) => number): number {
  return Math.max(0, ...sets.map((set) => unlessBroken(() => pixelsOf(set)) ?? 0));
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
