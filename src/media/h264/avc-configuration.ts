import { MediaFormatError } from '../../lib/errors.ts';
import { BoxFields } from '../mp4/boxes.ts';
import { parseSps } from './h264-sps.ts';

const [spsKind, ppsKind] = [7, 8];
/** ISO/IEC 14496-15 5.3.3.1.2: the profiles whose record says the format of the samples. */
const formatProfiles: readonly number[] = [100, 110, 122, 144, 244];

/**
 * AVCDecoderConfigurationRecord for units behind lengths of 4 bytes:
 *
 * ```
 * version(8)=1 profile(8) compatibility(8) level(8)  111111 lengthSizeMinusOne(2)=3
 * 111 numOfSPS(5) { length(16) unit }  numOfPPS(8) { length(16) unit }
 * 111111 chroma_format(2)  11111 luma bits - 8(3)  11111 chroma bits - 8(3)  numOfSPSExt(8)=0
 * ```
 * Throws MediaFormatError without an SPS and a PPS, or with more of them than the record can count.
 */
export function avcConfiguration(parameterSets: readonly Buffer[]): Buffer {
  const ofKind = (kind: number): Buffer[] =>
    parameterSets.filter(([first = 0]) => (first & 0x1f) === kind);
  const [spss, ppss] = [ofKind(spsKind), ofKind(ppsKind)];
  const [sps] = spss;
  if (sps === undefined || ppss.length === 0 || spss.length > 31 || ppss.length > 255) {
    throw new MediaFormatError('The stream has no parameter sets of H.264.');
  }
  const { profile, constraints, level, chromaFormat, lumaBits, chromaBits } = parseSps(sps);
  const format = [0xfc | chromaFormat, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8), 0];
  return Buffer.concat([
    Buffer.from([1, profile, constraints, level, 0xff, 0xe0 | spss.length]),
    ...spss.flatMap(behindLength),
    Buffer.from([ppss.length]),
    ...ppss.flatMap(behindLength),
    Buffer.from(formatProfiles.includes(profile) ? format : []),
  ]);
}

/** SPS, then PPS of a record. Throws MediaFormatError for one that is cut short. */
export function avcConfigurationSets(avcC: Buffer): Buffer[] {
  const fields = new BoxFields(avcC);
  fields.skip(5);
  const spss = readSets(fields, fields.uint8() & 0x1f);
  return [...spss, ...readSets(fields, fields.uint8())];
}

function readSets(fields: BoxFields, count: number): Buffer[] {
  return Array.from({ length: count }, () => fields.bytes(fields.uint16()));
}

function behindLength(set: Buffer): Buffer[] {
  return [Buffer.from([set.length >> 8, set.length & 0xff]), set];
}
