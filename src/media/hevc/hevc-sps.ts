import { MediaFormatError } from '../../lib/errors.ts';
import { rbspBits, type BitReader } from '../nal/bit-reader.ts';
import { checkSize, readAsFarAsPossible } from '../nal/video-usability.ts';

/** Sequence parameter set, ITU-T H.265 7.3.2.2, as far as containers want to know of it. */
export interface HevcSequenceParameters {
  /**
   * General profile space, tier and profile, compatibility flags, constraint flags and level (7.3.3), the 12 bytes that
   * the configuration record repeats.
   */
  readonly profileTierLevel: Buffer;
  readonly temporalLayerCount: number;
  readonly isTemporalIdNested: boolean;
  /** chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly lumaBits: number;
  readonly chromaBits: number;
  /** In pixels, within the conformance window. */
  readonly width: number;
  readonly height: number;
  /** Of the frame before cropping, all planes: what a decoder takes memory for. */
  readonly codedPixels: number;
  /** sps_max_num_reorder_pics of the highest layer: frames that are decoded before one that is shown before them. */
  readonly reorderFrameCount: number | undefined;
}

const profileTierLevelBytes = 12;
/** All that is read of an SPS; a unit may claim to be one of megabytes. */
const maxSpsBytes = 1024;

/**
 * `nal`: one NAL unit of type 33 with its two header bytes. Throws MediaFormatError when it is no SPS or is cut short.
 */
export function parseHevcSps(nal: Buffer): HevcSequenceParameters {
  return readSps(nal).parameters;
}

/** Where sps_max_num_reorder_pics begin, in bits behind the header. Throws as parseHevcSps() does. */
export function hevcReorderCodesIn(nal: Buffer): readonly number[] {
  return readSps(nal).reorder.positions;
}

function readSps(nal: Buffer): { parameters: HevcSequenceParameters; reorder: Reorder } {
  if ((((nal[0] ?? 0) >> 1) & 0x3f) !== 33) {
    throw new MediaFormatError('The NAL unit is no parameter set.');
  }
  const bits = rbspBits(nal.subarray(2, maxSpsBytes));
  bits.bits(4);
  const temporalLayerCount = bits.bits(3) + 1;
  const isTemporalIdNested = bits.flag();
  const profileTierLevel = Buffer.from(
    Array.from({ length: profileTierLevelBytes }, () => bits.bits(8)),
  );
  skipSubLayers(bits, temporalLayerCount - 1);
  bits.unsigned();
  const chromaFormat = bits.unsigned();
  const isSeparate = chromaFormat === 3 && bits.flag();
  const size = readSize(bits, isSeparate ? 0 : chromaFormat);
  const lumaBits = 8 + bits.unsigned();
  const chromaBits = 8 + bits.unsigned();
  if (chromaFormat > 3 || lumaBits > 16 || chromaBits > 16) {
    throw new MediaFormatError('A parameter set of HEVC makes no sense.');
  }
  const reorder = readReorder(bits, temporalLayerCount);
  const { count: reorderFrameCount } = reorder;
  const format = { chromaFormat, lumaBits, chromaBits, ...size, reorderFrameCount };
  const parameters = { profileTierLevel, temporalLayerCount, isTemporalIdNested, ...format };
  return { parameters, reorder };
}

interface Reorder {
  readonly count: number | undefined;
  readonly positions: readonly number[];
}

/** 7.3.2.2.1, from log2_max_pic_order_cnt_lsb_minus4; each layer says it, or the highest alone. */
function readReorder(bits: BitReader, layerCount: number): Reorder {
  const positions: number[] = [];
  let count: number | undefined;
  readAsFarAsPossible(() => {
    bits.unsigned();
    const saidCount = bits.flag() ? layerCount : 1;
    for (let layer = 0; layer < saidCount; layer += 1) {
      bits.unsigned();
      positions.push(bits.position);
      count = bits.unsigned();
      bits.unsigned();
    }
  });
  return { count: count === undefined || count > maxReorderFrames ? undefined : count, positions };
}

/** A.4.2: MaxDpbSize. */
const maxReorderFrames = 16;

/**
 * 7.3.3, behind general_level_idc: flags for each sub-layer but the highest, padded to eight, then what they announce.
 */
function skipSubLayers(bits: BitReader, count: number): void {
  if (count === 0) return;
  const flags = Array.from({ length: 8 }, () => [bits.flag(), bits.flag()] as const);
  for (const [hasProfile, hasLevel] of flags.slice(0, count)) {
    bits.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0));
  }
}

/** 7.4.3.2.1: the conformance window is in units of the chroma grid. */
function readSize(
  bits: BitReader,
  chromaFormat: number,
): Pick<HevcSequenceParameters, 'width' | 'height' | 'codedPixels'> {
  const coded = { width: bits.unsigned(), height: bits.unsigned() };
  const [left, right, top, bottom] = bits.flag()
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0];
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = chromaFormat === 1 ? 2 : 1;
  const width = coded.width - (left + right) * unitX;
  const height = coded.height - (top + bottom) * unitY;
  checkSize(width, height);
  return { width, height, codedPixels: coded.width * coded.height };
}
