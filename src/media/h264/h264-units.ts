import { MediaFormatError } from '../../lib/errors.ts';
import { avcConfigurationSets } from './avc-configuration.ts';
import { parseSps, reorderCodeIn } from './h264-sps.ts';
import type { NalCodec, UnitRole } from '../nal/nal-codec.ts';
import { rbspBits } from '../nal/bit-reader.ts';
import { nalUnits } from '../nal/nal-units.ts';
import { recoveryCodeOf } from '../nal/recovery-point.ts';

/** nal_unit_type of ITU-T H.264 table 7-1. */
const types = { slice: 1, partitionA: 2, idr: 5, sei: 6, sps: 7, pps: 8 } as const;

/** By type: which of them begin a new access unit behind a slice is said in 7.4.1.2.3. */
const roles: Readonly<Record<number, UnitRole>> = {
  3: 'slice',
  4: 'slice',
  [types.sei]: 'before',
  [types.sps]: 'parameter-set',
  [types.pps]: 'parameter-set',
  9: 'delimiter',
  12: 'filler',
  14: 'before',
  15: 'before',
  16: 'before',
  17: 'before',
  18: 'before',
};

/** H.264 as NAL units. */
export const h264Units: NalCodec = {
  parameterKinds: [types.sps, types.pps],
  spsKind: types.sps,
  parameterKindOf: typeOf,
  roleOf(unit) {
    const type = typeOf(unit);
    // first_mb_in_slice is 0: its code is a single 1.
    if (isPrimarySlice(type)) return ((unit[1] ?? 0) & 0x80) !== 0 ? 'first-slice' : 'slice';
    return roles[type] ?? 'after';
  },
  isKeyframe: isH264Keyframe,
  recoveryFramesOf(units) {
    const isIdr = units.some((unit) => typeOf(unit) === types.idr);
    return isIdr ? 0 : (recoveryPointOf(units) ?? 0);
  },
  /** nal_ref_idc (7.4.1), the same for all slices of a picture. */
  isReference: (units) =>
    units.some((unit) => isPrimarySlice(typeOf(unit)) && referenceCodeOf(unit) > 0),
  isBidirectional: (units) =>
    units.some((unit) => isPrimarySlice(typeOf(unit)) && sliceTypeOf(unit) === sliceTypes.b),
  extradataSets(extradata) {
    if (extradata[0] === 1) return avcConfigurationSets(extradata);
    const units = [...nalUnits(extradata)];
    return [types.sps, types.pps].flatMap((type) => units.filter((unit) => typeOf(unit) === type));
  },
  shapeOf(sps) {
    const { width, height, isProgressive, reorderFrameCount } = parseSps(sps);
    return { width, height, hasFields: !isProgressive, reorderFrameCount };
  },
  reorderCodesIn(sps) {
    const position = reorderCodeIn(sps);
    return position === undefined ? [] : [position];
  },
  headerBytes: 1,
};

/**
 * An IDR picture; a recovery point (D.1.8), which is how encoders mark open GOPs and intra refresh; or a picture of
 * intra slices alone that an SPS stands before, or that the container calls a keyframe. Parameter sets say nothing by
 * themselves: some encoders repeat them before each frame.
 */
function isH264Keyframe(units: readonly Buffer[], hasKeyFlag: boolean): boolean {
  let isMarked = hasKeyFlag;
  let sliceCount = 0;
  let isIntra = true;
  for (const unit of units) {
    const type = typeOf(unit);
    if (type === types.idr) return true;
    if (type === types.sps) isMarked = true;
    if (type !== types.slice && type !== types.partitionA) continue;
    sliceCount += 1;
    isIntra &&= isIntraSlice(unit);
  }
  if (sliceCount === 0) return false;
  return (isMarked && isIntra) || recoveryPointOf(units) !== undefined;
}

/** recovery_frame_cnt, which counts reference frames; undefined without a recovery point. */
function recoveryPointOf(units: readonly Buffer[]): number | undefined {
  for (const unit of units) {
    if (typeOf(unit) !== types.sei) continue;
    const count = recoveryCodeOf(unit.subarray(1));
    if (count !== undefined) return count;
  }
  return undefined;
}

/** A slice header begins within this many bytes: two Exp-Golomb codes of at most 32 bits, less emulation prevention. */
const sliceHeadBytes = 16;

/** slice_type of 7.3.3 by table 7-6, of which 5 to 9 say that all slices are alike. */
const sliceTypes = { b: 1, i: 2, si: 4 } as const;

function isIntraSlice(unit: Buffer): boolean {
  const type = sliceTypeOf(unit);
  return type === sliceTypes.i || type === sliceTypes.si;
}

/** undefined where it cannot be read. */
function sliceTypeOf(unit: Buffer): number | undefined {
  try {
    const bits = rbspBits(unit.subarray(1, sliceHeadBytes));
    bits.unsigned();
    return bits.unsigned() % 5;
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}

function isPrimarySlice(type: number): boolean {
  return type === types.slice || type === types.partitionA || type === types.idr;
}

function referenceCodeOf(unit: Buffer): number {
  return ((unit[0] ?? 0) >> 5) & 3;
}

function typeOf(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}
