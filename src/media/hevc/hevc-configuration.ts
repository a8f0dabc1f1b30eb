import { MediaFormatError } from '../../lib/errors.ts';
import { BoxFields } from '../mp4/boxes.ts';
import { parseHevcSps } from './hevc-sps.ts';

/**
 * HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 8.3.3.1.2:
 *
 * ```
 * version(8)=1 profile_space(2) tier(1) profile(5) compatibility(32) constraints(48) level(8)
 * 1111 min_spatial_segmentation(12)=0   111111 parallelismType(2)=0
 * 111111 chroma(2)  11111 luma bits - 8(3)  11111 chroma bits - 8(3)
 * avgFrameRate(16)=0  constantFrameRate(2)=0 numTemporalLayers(3) temporalIdNested(1) lengthSizeMinusOne(2)=3
 * numOfArrays(8) { array_completeness(1) 0 NAL_unit_type(6) numNalus(16) { length(16) unit } }
 * ```
 */
export function hevcConfiguration(parameterSets: readonly Buffer[]): Buffer {
  const kinds = [32, 33, 34].map((kind) => ({
    kind,
    sets: parameterSets.filter((set) => (((set[0] ?? 0) >> 1) & 0x3f) === kind),
  }));
  const sps = kinds[1]?.sets[0];
  if (sps === undefined || kinds.some(({ sets }) => sets.length === 0)) {
    throw new MediaFormatError('The stream has no parameter sets of HEVC.');
  }
  const parameters = parseHevcSps(sps);
  const { chromaFormat, lumaBits, chromaBits, temporalLayerCount } = parameters;
  const layers = (temporalLayerCount << 3) | (parameters.isTemporalIdNested ? 4 : 0) | 3;
  return Buffer.concat([
    Buffer.from([1]),
    parameters.profileTierLevel,
    Buffer.from([0xf0, 0, 0xfc, 0xfc | chromaFormat, 0xf8 | (lumaBits - 8)]),
    Buffer.from([0xf8 | (chromaBits - 8), 0, 0, layers, kinds.length]),
    ...kinds.flatMap(({ kind, sets }) => [
      Buffer.from([0x80 | kind]),
      uint16(sets.length),
      ...sets.flatMap((set) => [uint16(set.length), set]),
    ]),
  ]);
}

/** Throws MediaFormatError for a record that is cut short. */
export function hevcConfigurationSets(hvcC: Buffer): Buffer[] {
  const fields = new BoxFields(hvcC);
  fields.skip(22);
  const sets: Buffer[] = [];
  for (let arrays = fields.uint8(); arrays > 0; arrays -= 1) {
    const kind = fields.uint8() & 0x3f;
    for (let count = fields.uint16(); count > 0; count -= 1) {
      const unit = fields.bytes(fields.uint16());
      if (kind >= 32 && kind <= 34) sets.push(unit);
    }
  }
  return sets;
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
