import { MediaFormatError } from '../../lib/errors.ts';
import type { BitReader } from './bit-reader.ts';

/** Video usability information as H.264 (annex E) and HEVC (annex E) begin it alike. */

/** Codes of H.264 tables E-3 to E-5, which are those of ISO/IEC 23091-2 (`colr` boxes); 2 is unspecified. */
export interface VideoColour {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly isFullRange: boolean;
}

/** Width and height of a sample, in any unit; 1 to 1 where they are square. */
export interface SampleAspect {
  readonly width: number;
  readonly height: number;
}

/** undefined where the encoder says nothing. */
export interface VideoUsability {
  readonly sampleAspect: SampleAspect | undefined;
  readonly colour: VideoColour | undefined;
}

const unspecified = 2;
const extendedSampleAspect = 255;

/** Table E-1, by aspect_ratio_idc. */
const sampleAspects: readonly (readonly [number, number])[] = [
  [0, 0],
  ...([
    [1, 1],
    [12, 11],
    [10, 11],
    [16, 11],
    [40, 33],
    [24, 11],
    [20, 11],
    [32, 11],
    [80, 33],
    [18, 11],
    [15, 11],
    [64, 33],
    [160, 99],
    [4, 3],
    [3, 2],
    [2, 1],
  ] as const),
];

/**
 * E.1.1, from aspect_ratio_info_present_flag to the chroma locations. Fills in what it reads as it goes: the end of an
 * SPS is where cameras make mistakes, and what stands before them counts. Throws MediaFormatError past the end.
 */
export function readUsability(
  bits: BitReader,
  usability: { -readonly [Key in keyof VideoUsability]: VideoUsability[Key] },
): void {
  if (bits.flag()) usability.sampleAspect = readSampleAspect(bits);
  if (bits.flag()) bits.flag();
  if (bits.flag()) usability.colour = readColour(bits);
  if (bits.flag()) {
    bits.unsigned();
    bits.unsigned();
  }
}

/** Runs `read`; what cannot be read of a VUI is as if it were not said. */
export function readAsFarAsPossible(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof MediaFormatError)) throw error;
  }
}

function readSampleAspect(bits: BitReader): SampleAspect | undefined {
  const code = bits.bits(8);
  const [width, height] =
    code === extendedSampleAspect
      ? [bits.bits(16), bits.bits(16)]
      : (sampleAspects[code] ?? [0, 0]);
  return width === 0 || height === 0 ? undefined : { width, height };
}

/** video_format, video_full_range_flag, colour_description. */
function readColour(bits: BitReader): VideoColour {
  bits.bits(3);
  const isFullRange = bits.flag();
  if (!bits.flag()) {
    return { primaries: unspecified, transfer: unspecified, matrix: unspecified, isFullRange };
  }
  const [primaries, transfer, matrix] = [bits.bits(8), bits.bits(8), bits.bits(8)];
  return { primaries, transfer, matrix, isFullRange };
}

/** Sizes of containers have 16 bits. */
const maxLength = 0xffff;

/** Throws MediaFormatError for a size that no stream can have. */
export function checkSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width <= maxLength && height <= maxLength) return;
  throw new MediaFormatError('A parameter set gives no possible size.');
}
