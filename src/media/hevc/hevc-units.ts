import type { NalCodec, UnitRole } from '../nal/nal-codec.ts';
import { nalUnits } from '../nal/nal-units.ts';
import { recoveryFrameCountOf } from '../nal/recovery-point.ts';
import { hevcConfigurationSets } from './hevc-configuration.ts';
import { hevcReorderCodesIn, parseHevcSps } from './hevc-sps.ts';

/** nal_unit_type of ITU-T H.265 table 7-1. */
export const hevcTypes = { vps: 32, sps: 33, pps: 34, prefixSei: 39 } as const;
/** Types below are slices, from this one on those of random access points (IRAP), up to 23. */
const firstIrap = 16;
const lastIrap = 23;
const firstNoSlice = 32;

/** By type: which of them begin a new access unit behind a slice is said in 7.4.2.4.4. */
const roles: Readonly<Record<number, UnitRole>> = {
  [hevcTypes.vps]: 'parameter-set',
  [hevcTypes.sps]: 'parameter-set',
  [hevcTypes.pps]: 'parameter-set',
  35: 'delimiter',
  38: 'filler',
  [hevcTypes.prefixSei]: 'before',
  41: 'before',
  42: 'before',
  43: 'before',
  44: 'before',
};

/** HEVC as NAL units. */
export const hevcUnits: NalCodec = {
  parameterKinds: [hevcTypes.vps, hevcTypes.sps, hevcTypes.pps],
  spsKind: hevcTypes.sps,
  parameterKindOf: hevcTypeOf,
  roleOf(unit) {
    const type = hevcTypeOf(unit);
    // first_slice_segment_in_pic_flag; slices of other layers go with the picture of the base layer.
    if (type < firstNoSlice) {
      return layerOf(unit) === 0 && ((unit[2] ?? 0) & 0x80) !== 0 ? 'first-slice' : 'slice';
    }
    return roles[type] ?? 'after';
  },
  /** An IRAP picture or a recovery point; without parsing its slices no other can be told, so the flag says nothing. */
  isKeyframe(units) {
    let hasSlice = false;
    for (const unit of units) {
      const type = hevcTypeOf(unit);
      if (type >= firstIrap && type <= lastIrap) return true;
      hasSlice ||= type < firstIrap;
    }
    return hasSlice && units.some(isRecoveryPoint);
  },
  extradataSets(extradata) {
    if (extradata[0] === 1) return hevcConfigurationSets(extradata);
    return [...nalUnits(extradata)].filter((unit) => roles[hevcTypeOf(unit)] === 'parameter-set');
  },
  shapeOf(sps) {
    const { width, height, reorderFrameCount } = parseHevcSps(sps);
    return { width, height, hasFields: false, reorderFrameCount };
  },
  reorderCodesIn: hevcReorderCodesIn,
  headerBytes: 2,
};

/** 7.3.1.2: the header has two bytes. */
export function hevcTypeOf(unit: Buffer): number {
  return ((unit[0] ?? 0) >> 1) & 0x3f;
}

function layerOf(unit: Buffer): number {
  return (((unit[0] ?? 0) & 1) << 5) | ((unit[1] ?? 0) >> 3);
}

function isRecoveryPoint(unit: Buffer): boolean {
  if (hevcTypeOf(unit) !== hevcTypes.prefixSei) return false;
  return recoveryFrameCountOf(unit.subarray(2)) !== undefined;
}
