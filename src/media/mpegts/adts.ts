import { MediaFormatError } from '../../lib/errors.ts';
import { samplingFrequencies } from '../aac/aac-configuration.ts';
import { BitReader } from '../nal/bit-reader.ts';

/** What an ADTS header says of the audio; all values are those of its bit fields. */
export interface AdtsFormat {
  /** `profile_ObjectType`: audio object type minus 1; 1 is AAC-LC. */
  readonly profile: number;
  readonly samplingFrequencyIndex: number;
  readonly channelConfiguration: number;
}

/** Audio object types of ISO/IEC 14496-3 table 1.17 that only wrap another one: SBR and PS. */
const wrapperTypes: readonly number[] = [5, 29];
/** `samplingFrequencyIndex` that says: 24 bits of frequency follow. */
const explicitFrequency = 0xf;

/**
 * From an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1); undefined for what ADTS has no field for: object types above
 * 4, frequencies outside of the table, channels that a program config element describes. Throws MediaFormatError
 * for what is cut short.
 *
 * ```
 * audioObjectType(5) samplingFrequencyIndex(4) channelConfiguration(4)
 *   types 5 and 29: extensionSamplingFrequencyIndex(4) audioObjectType(5)
 * ```
 * HE-AAC becomes its AAC-LC core: decoders find the extension in the stream themselves (1.6.5.3).
 */
export function parseAdtsFormat(config: Buffer): AdtsFormat | undefined {
  const bits = new BitReader(config);
  let objectType = bits.bits(5);
  const samplingFrequencyIndex = bits.bits(4);
  const channelConfiguration = bits.bits(4);
  if (wrapperTypes.includes(objectType)) {
    if (bits.bits(4) === explicitFrequency) return undefined;
    objectType = bits.bits(5);
  }
  const isWritable =
    objectType >= 1 &&
    objectType <= 4 &&
    samplingFrequencyIndex < 13 &&
    channelConfiguration >= 1 &&
    channelConfiguration <= 7;
  if (!isWritable) return undefined;
  return { profile: objectType - 1, samplingFrequencyIndex, channelConfiguration };
}

const frameSamples = 1024;

/** How long a frame sounds; what fMP4 says of it is sometimes a guess. */
export function adtsFrameSeconds({ samplingFrequencyIndex }: AdtsFormat): number {
  return frameSamples / (samplingFrequencies[samplingFrequencyIndex] ?? 48_000);
}

const headerBytes = 7;
/** `aac_frame_length` has 13 bits. */
const longestFrameBytes = 0x1fff;

/**
 * The header that makes a raw AAC frame one of ADTS, without CRC (ISO/IEC 14496-3 1.A.2.2). Throws MediaFormatError for
 * a frame that is too long for it.
 *
 * ```
 * syncword(12)=FFF ID(1)=0 layer(2)=0 protection_absent(1)=1
 * profile(2) frequency(4) private(1)=0 channels(3) original(1)=0 home(1)=0 copyright(2)=0
 * frame_length(13), with these 7 bytes
 * buffer_fullness(11)=7FF: variable rate   raw_data_blocks(2)=0: one
 * ```
 */
export function adtsHeader(format: AdtsFormat, payloadBytes: number): Buffer {
  const length = headerBytes + payloadBytes;
  if (length > longestFrameBytes) throw new MediaFormatError('An AAC frame is too long for ADTS.');
  const { profile, samplingFrequencyIndex, channelConfiguration } = format;
  return Buffer.from([
    0xff,
    0xf1,
    (profile << 6) | (samplingFrequencyIndex << 2) | (channelConfiguration >> 2),
    ((channelConfiguration & 3) << 6) | (length >> 11),
    (length >> 3) & 0xff,
    ((length & 7) << 5) | 0x1f,
    0xfc,
  ]);
}
