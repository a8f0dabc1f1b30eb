import type { NalCodec, UnitRole } from '../nal/nal-codec.ts';
import { nalUnits } from '../nal/nal-units.ts';
import { recoveryCodeOf } from '../nal/recovery-point.ts';
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
      if (isIrapType(type)) return true;
      hasSlice ||= type < firstIrap;
    }
    return hasSlice && recoveryPointOf(units) !== undefined;
  },
  recoveryFramesOf(units) {
    const isIrap = units.some((unit) => isIrapType(hevcTypeOf(unit)));
    return isIrap ? 0 : Math.max(0, recoveryPointOf(units) ?? 0);
  },
  /** Table 7-1: below the IRAP pictures even types are those of sub-layer non-reference pictures. */
  isReference: (units) =>
    units.some((unit) => {
      const type = hevcTypeOf(unit);
      return isIrapType(type) || (type < firstIrap && type % 2 === 1);
    }),
  isBidirectional: () => false,
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

function isIrapType(type: number): boolean {
  return type >= firstIrap && type <= lastIrap;
}

/** recovery_poc_cnt (D.3.8): a distance of picture order counts, which most encoders raise by one a frame. */
function recoveryPointOf(units: readonly Buffer[]): number | undefined {
  for (const unit of units) {
    if (hevcTypeOf(unit) !== hevcTypes.prefixSei) continue;
    const code = recoveryCodeOf(unit.subarray(2));
    if (code !== undefined) return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
  return undefined;
}
