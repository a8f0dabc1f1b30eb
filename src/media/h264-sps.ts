import { MediaFormatError } from '../lib/errors.ts';
import { BitReader, withoutEmulation } from './bit-reader.ts';

/** Sequence parameter set, ITU-T H.264 7.3.2.1.1 and annex E. */
export interface SequenceParameters {
  /** profile_idc, 66 Baseline, 77 Main, 100 High. */
  readonly profile: number;
  /** The byte of constraint flags behind the profile. */
  readonly constraints: number;
  /** level_idc, ten times the level. */
  readonly level: number;
  /** In pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  /** Of the frame before cropping: what a decoder takes memory for. */
  readonly codedPixels: number;
  /** Frames per second of the VUI, where the encoder says so; cameras often say something else than they send. */
  readonly frameRate: number | undefined;
  /** transfer_characteristics of the VUI (table E-5), 2 for unspecified; undefined where the encoder says nothing. */
  readonly transfer: number | undefined;
}

/** 7.3.2.1.1: the profiles whose parameter sets carry the chroma format. */
const highProfiles: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);

/** All that is read of an SPS, in which scaling lists take the most; a unit may claim to be one of megabytes. */
const maxSpsBytes = 1024;

/** `nal`: one NAL unit of type 7 with its header byte. Throws MediaFormatError when it is no SPS or is cut short. */
export function parseSps(nal: Buffer): SequenceParameters {
  if (((nal[0] ?? 0) & 0x1f) !== 7) throw new MediaFormatError('The NAL unit is no parameter set.');
  const bits = new BitReader(withoutEmulation(nal.subarray(1, maxSpsBytes)));
  const [profile, constraints, level] = [bits.bits(8), bits.bits(8), bits.bits(8)];
  bits.unsigned();
  const chromaFormat = highProfiles.has(profile) ? readChroma(bits) : 1;
  bits.unsigned();
  skipPictureOrder(bits);
  bits.unsigned();
  bits.flag();
  const size = readSize(bits, chromaFormat);
  return { profile, constraints, level, ...size, ...readVui(bits) };
}

/** Returns chroma_format_idc, 0 for what is coded like monochrome (separate planes). */
function readChroma(bits: BitReader): number {
  const format = bits.unsigned();
  const isSeparate = format === 3 && bits.flag();
  bits.unsigned();
  bits.unsigned();
  bits.flag();
  if (bits.flag()) {
    const listCount = format === 3 ? 12 : 8;
    for (let list = 0; list < listCount; list += 1) {
      if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return isSeparate ? 0 : format;
}

/** 7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) next = (last + bits.signed() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return;
  bits.flag();
  bits.signed();
  bits.signed();
  const cycle = bits.unsigned();
  if (cycle > 255) throw new MediaFormatError('A parameter set of H.264 makes no sense.');
  for (let index = 0; index < cycle; index += 1) bits.signed();
}

/** Macroblocks of 16 pixels less the cropping in units of the chroma grid (7.4.2.1.1, table 6-1). */
function readSize(
  bits: BitReader,
  chromaFormat: number,
): Pick<SequenceParameters, 'width' | 'height' | 'codedPixels'> {
  const columns = bits.unsigned() + 1;
  const rows = bits.unsigned() + 1;
  const isProgressive = bits.flag();
  if (!isProgressive) bits.flag();
  bits.flag();
  const [left, right, top, bottom] = bits.flag()
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0];
  const fields = isProgressive ? 1 : 2;
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = (chromaFormat === 1 ? 2 : 1) * fields;
  const width = columns * 16 - (left + right) * unitX;
  const height = rows * 16 * fields - (top + bottom) * unitY;
  if (width <= 0 || height <= 0 || width > 0xffff || height > 0xffff) {
    throw new MediaFormatError('A parameter set of H.264 gives no possible size.');
  }
  return { width, height, codedPixels: columns * 16 * rows * 16 * fields };
}

type Vui = Pick<SequenceParameters, 'frameRate' | 'transfer'>;

/** The end of the SPS is where cameras make mistakes; what cannot be read of a VUI is as if it were not said. */
function readVui(bits: BitReader): Vui {
  let transfer: number | undefined;
  try {
    if (!bits.flag()) return { frameRate: undefined, transfer };
    transfer = readTransfer(bits);
    return { frameRate: readTiming(bits), transfer };
  } catch (error) {
    if (error instanceof MediaFormatError) return { frameRate: undefined, transfer };
    throw error;
  }
}

/** E.1.1, up to colour_description: primaries, transfer_characteristics, matrix. */
function readTransfer(bits: BitReader): number | undefined {
  const extendedSampleAspectRatio = 255;
  if (bits.flag() && bits.bits(8) === extendedSampleAspectRatio) bits.bits(32);
  if (bits.flag()) bits.flag();
  if (!bits.flag()) return undefined;
  bits.bits(4);
  if (!bits.flag()) return undefined;
  bits.bits(8);
  const transfer = bits.bits(8);
  bits.bits(8);
  return transfer;
}

/** E.1.1, from chroma_loc_info to timing_info. One frame lasts two ticks. */
function readTiming(bits: BitReader): number | undefined {
  if (bits.flag()) {
    bits.unsigned();
    bits.unsigned();
  }
  if (!bits.flag()) return undefined;
  const tickUnits = bits.bits(32);
  const timescale = bits.bits(32);
  return tickUnits === 0 || timescale === 0 ? undefined : timescale / (2 * tickUnits);
}
