import { MediaFormatError } from '../../lib/errors.ts';
import { rbspBits, type BitReader } from '../nal/bit-reader.ts';
import {
  checkSize,
  readAsFarAsPossible,
  readUsability,
  type VideoUsability,
} from '../nal/video-usability.ts';

/** Sequence parameter set, ITU-T H.264 7.3.2.1.1 and annex E. */
export interface SequenceParameters extends VideoUsability {
  /** profile_idc, 66 Baseline, 77 Main, 100 High. */
  readonly profile: number;
  /** The byte of constraint flags behind the profile. */
  readonly constraints: number;
  /** level_idc, ten times the level. */
  readonly level: number;
  /** chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number;
  readonly lumaBits: number;
  readonly chromaBits: number;
  /** frame_mbs_only_flag: there are no fields, not even within a frame. */
  readonly isProgressive: boolean;
  /** In pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  /** Of the frame before cropping: what a decoder takes memory for. */
  readonly codedPixels: number;
  /** Frames per second of the VUI, where the encoder says so; cameras often say something else than they send. */
  readonly frameRate: number | undefined;
  /** max_num_reorder_frames: how many frames are decoded before one that is shown before them; undefined: not said. */
  readonly reorderFrameCount: number | undefined;
}

/** 7.3.2.1.1: the profiles whose parameter sets carry the chroma format. */
const highProfiles: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);

const baselineProfile = 66;
/** All that is read of an SPS, in which scaling lists take the most; a unit may claim to be one of megabytes. */
const maxSpsBytes = 1024;

/** `nal`: one NAL unit of type 7 with its header byte. Throws MediaFormatError when it is no SPS or is cut short. */
export function parseSps(nal: Buffer): SequenceParameters {
  return readSps(nal).parameters;
}

/** Where max_num_reorder_frames begins, in bits behind the header; undefined: not said. Throws as parseSps() does. */
export function reorderCodeIn(nal: Buffer): number | undefined {
  return readSps(nal).reorderAt;
}

function readSps(nal: Buffer): { parameters: SequenceParameters; reorderAt: number | undefined } {
  if (((nal[0] ?? 0) & 0x1f) !== 7) throw new MediaFormatError('The NAL unit is no parameter set.');
  const bits = rbspBits(nal.subarray(1, maxSpsBytes));
  const [profile, constraints, level] = [bits.bits(8), bits.bits(8), bits.bits(8)];
  bits.unsigned();
  const chroma = highProfiles.has(profile)
    ? readChroma(bits)
    : { chromaFormat: 1, isSeparate: false, lumaBits: 8, chromaBits: 8 };
  bits.unsigned();
  const orderType = readPictureOrder(bits);
  bits.unsigned();
  bits.flag();
  const { isSeparate, ...format } = chroma;
  const size = readSize(bits, isSeparate ? 0 : format.chromaFormat);
  const { reorderAt, ...vui } = readVui(bits);
  // Baseline has no B slices (A.2.1), and with pic_order_cnt_type 2 frames are shown as they come (8.2.1.3).
  const isInOrder = profile === baselineProfile || orderType === 2;
  const reorderFrameCount = isInOrder ? 0 : vui.reorderFrameCount;
  const parameters = { profile, constraints, level, ...format, ...size, ...vui, reorderFrameCount };
  return { parameters, reorderAt };
}

interface Chroma {
  readonly chromaFormat: number;
  /** Three planes, each coded like monochrome. */
  readonly isSeparate: boolean;
  readonly lumaBits: number;
  readonly chromaBits: number;
}

function readChroma(bits: BitReader): Chroma {
  const chromaFormat = bits.unsigned();
  const isSeparate = chromaFormat === 3 && bits.flag();
  const lumaBits = 8 + bits.unsigned();
  const chromaBits = 8 + bits.unsigned();
  if (chromaFormat > 3 || lumaBits > 14 || chromaBits > 14) {
    throw new MediaFormatError('A parameter set of H.264 makes no sense.');
  }
  bits.flag();
  if (bits.flag()) {
    const listCount = chromaFormat === 3 ? 12 : 8;
    for (let list = 0; list < listCount; list += 1) {
      if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return { chromaFormat, isSeparate, lumaBits, chromaBits };
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

/** Returns pic_order_cnt_type. */
function readPictureOrder(bits: BitReader): number {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return type;
  bits.flag();
  bits.signed();
  bits.signed();
  const cycle = bits.unsigned();
  if (cycle > 255) throw new MediaFormatError('A parameter set of H.264 makes no sense.');
  for (let index = 0; index < cycle; index += 1) bits.signed();
  return type;
}

/** Macroblocks of 16 pixels less the cropping in units of the chroma grid (7.4.2.1.1, table 6-1). */
function readSize(
  bits: BitReader,
  chromaFormat: number,
): Pick<SequenceParameters, 'width' | 'height' | 'codedPixels' | 'isProgressive'> {
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
  checkSize(width, height);
  return { width, height, codedPixels: columns * 16 * rows * 16 * fields, isProgressive };
}

interface Vui extends Pick<
  SequenceParameters,
  'sampleAspect' | 'colour' | 'frameRate' | 'reorderFrameCount'
> {
  readonly reorderAt: number | undefined;
}

function readVui(bits: BitReader): Vui {
  const vui: { -readonly [Key in keyof Vui]: Vui[Key] } = {
    sampleAspect: undefined,
    colour: undefined,
    frameRate: undefined,
    reorderFrameCount: undefined,
    reorderAt: undefined,
  };
  readAsFarAsPossible(() => {
    if (!bits.flag()) return;
    readUsability(bits, vui);
    vui.frameRate = readTiming(bits);
    if (!skipToReorder(bits)) return;
    vui.reorderAt = bits.position;
    const count = bits.unsigned();
    if (count <= maxReorderFrames) vui.reorderFrameCount = count;
  });
  return vui;
}

/** E.1.1, timing_info. One frame lasts two ticks. */
function readTiming(bits: BitReader): number | undefined {
  if (!bits.flag()) return undefined;
  const tickUnits = bits.bits(32);
  const timescale = bits.bits(32);
  bits.flag();
  return tickUnits === 0 || timescale === 0 ? undefined : timescale / (2 * tickUnits);
}

/** E.1.1, from the hypothetical reference decoder to max_num_reorder_frames; false where that is missing. */
function skipToReorder(bits: BitReader): boolean {
  const hasNalDecoder = bits.flag();
  if (hasNalDecoder) skipReferenceDecoder(bits);
  const hasVclDecoder = bits.flag();
  if (hasVclDecoder) skipReferenceDecoder(bits);
  if (hasNalDecoder || hasVclDecoder) bits.flag();
  bits.flag();
  if (!bits.flag()) return false;
  bits.flag();
  for (let field = 0; field < 4; field += 1) bits.unsigned();
  return true;
}

/** A.3.1: MaxDpbFrames. */
const maxReorderFrames = 16;

/** E.1.2. */
function skipReferenceDecoder(bits: BitReader): void {
  const count = bits.unsigned() + 1;
  if (count > 32) throw new MediaFormatError('A parameter set of H.264 makes no sense.');
  bits.bits(8);
  for (let index = 0; index < count; index += 1) {
    bits.unsigned();
    bits.unsigned();
    bits.flag();
  }
  bits.bits(20);
}

/** Profiles that browsers decode: Baseline, Main, High. */
const browserProfiles: ReadonlySet<number> = new Set([66, 77, 100]);

/**
 * Whether browsers play it: 4:2:0 with 8 bits, progressive. Fields are decoded by some and shown as combs, so they do
 * not count as playable.
 */
export function isBrowserPlayable(parameters: SequenceParameters): boolean {
  const { profile, chromaFormat, lumaBits, chromaBits, isProgressive } = parameters;
  const isPlainFormat = chromaFormat === 1 && lumaBits === 8 && chromaBits === 8;
  return browserProfiles.has(profile) && isPlainFormat && isProgressive;
}
