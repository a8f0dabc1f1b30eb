import { MediaFormatError } from '../../lib/errors.ts';
import { BoxFields } from '../mp4/boxes.ts';
import { nalUnits } from '../nal/nal-units.ts';

export { parseSps } from './h264-sps.ts';

/** nal_unit_type of ITU-T H.264 table 7-1. */
const slice = 1;
const partitionA = 2;
const idrSlice = 5;
const spsUnit = 7;
const ppsUnit = 8;
const delimiter = 9;

export interface ParameterSets {
  /** With their header bytes, without start codes. */
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
}

/**
 * Whether a decoder can start with this access unit (Annex B or 4-byte lengths): an IDR picture, or a picture behind an
 * SPS, which is how encoders with open GOPs mark their recovery points. Parameter sets without a picture are none.
 */
export function isKeyframe(accessUnit: Buffer): boolean {
  let hasSps = false;
  for (const unit of nalUnits(accessUnit)) {
    const type = typeOf(unit);
    if (type === idrSlice) return true;
    if (type === slice || type === partitionA) return hasSps;
    hasSps ||= type === spsUnit;
  }
  return false;
}

/** The parameter sets that an access unit carries in band. */
export function parameterSets(accessUnit: Buffer): ParameterSets {
  const sps: Buffer[] = [];
  const pps: Buffer[] = [];
  for (const unit of nalUnits(accessUnit)) {
    if (typeOf(unit) === spsUnit) sps.push(unit);
    if (typeOf(unit) === ppsUnit) pps.push(unit);
  }
  return { sps, pps };
}

/**
 * The access unit as a stream of its own that a decoder can be given: Annex B, with the parameter sets of `extradata`
 * (Annex B or avcC, may be empty) in front where it has none in band. Throws MediaFormatError when neither has any.
 */
export function toAnnexB(accessUnit: Buffer, extradata: Buffer): Buffer {
  const inBand = parameterSets(accessUnit);
  const isComplete = inBand.sps.length > 0 && inBand.pps.length > 0;
  const outside = isComplete ? { sps: [], pps: [] } : extradataSets(extradata);
  const sps = inBand.sps.length > 0 ? inBand.sps : outside.sps;
  const pps = inBand.pps.length > 0 ? inBand.pps : outside.pps;
  if (sps.length === 0 || pps.length === 0) {
    throw new MediaFormatError('The stream has no parameter sets of H.264.');
  }
  const isOther = (unit: Buffer): boolean => ![spsUnit, ppsUnit, delimiter].includes(typeOf(unit));
  const units = [...sps, ...pps, ...[...nalUnits(accessUnit)].filter(isOther)];
  return Buffer.concat(units.flatMap((unit) => [startCode, unit]));
}

const startCode = Buffer.from([0, 0, 0, 1]);

/** Codec private data; a record of ISO/IEC 14496-15 5.3.3.1 begins with version 1. */
export function extradataSets(extradata: Buffer): ParameterSets {
  return extradata[0] === 1 ? avcConfigurationSets(extradata) : parameterSets(extradata);
}

function avcConfigurationSets(avcC: Buffer): ParameterSets {
  const fields = new BoxFields(avcC);
  fields.skip(5);
  const sps = readSets(fields, fields.uint8() & 0x1f);
  return { sps, pps: readSets(fields, fields.uint8()) };
}

function readSets(fields: BoxFields, count: number): Buffer[] {
  return Array.from({ length: count }, () => fields.bytes(fields.uint16()));
}

function typeOf(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}
