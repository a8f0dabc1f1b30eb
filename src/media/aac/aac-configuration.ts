import { MediaFormatError } from '../../lib/errors.ts';
import { BitReader } from '../nal/bit-reader.ts';

/** What an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1) says about its frames. */
export interface AacFormat {
  /** Of the outermost layer: 2 is AAC-LC, 5 HE-AAC, 29 HE-AAC version 2. */
  readonly objectType: number;
  /** Of the decoder's output, in hertz. */
  readonly sampleRate: number;
  /** 0 if a program config element in the stream says it. */
  readonly channelCount: number;
  /** Samples of each channel in a frame, at `sampleRate`. */
  readonly frameSamples: number;
}

/** Table 1.18, by index, in hertz. */
export const samplingFrequencies: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
  7_350,
];
const explicitFrequency = 0xf;
/** Table 1.19, by channel configuration. */
export const channelCounts: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8];

const lowComplexity = 2;
/** SBR and PS: the decoder puts out twice the sample rate of the core. */
const wrapperTypes: readonly number[] = [5, 29];
const escapeType = 31;

/** Throws MediaFormatError if it is truncated or has an impossible frequency. */
export function parseAacFormat(configuration: Buffer): AacFormat {
  const bits = new BitReader(configuration);
  const objectType = readObjectType(bits);
  let sampleRate = readFrequency(bits);
  const channels = bits.bits(4);
  const isWrapped = wrapperTypes.includes(objectType);
  const coreRate = sampleRate;
  if (isWrapped) {
    sampleRate = readFrequency(bits);
    readObjectType(bits);
  }
  // 4.4.1: GASpecificConfig begins with frameLengthFlag.
  const coreSamples = bits.flag() ? 960 : 1024;
  if (objectType === 0 || coreRate === 0 || sampleRate === 0) {
    throw new MediaFormatError('An AAC configuration has no object type or sample rate.');
  }
  // 4.6.18.2: SBR doubles the rate of the core, or keeps it.
  if (sampleRate !== coreRate && sampleRate !== 2 * coreRate) {
    throw new MediaFormatError('An AAC configuration names an impossible sample rate for SBR.');
  }
  return {
    objectType,
    sampleRate,
    channelCount: objectType === 29 ? 2 : (channelCounts[channels] ?? 0),
    frameSamples: (coreSamples * sampleRate) / coreRate,
  };
}

/** Audio object type of an AudioSpecificConfig, 2 for AAC-LC. Throws MediaFormatError if it is truncated. */
export function aacObjectType(configuration: Buffer): number {
  return readObjectType(new BitReader(configuration));
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === escapeType ? 32 + bits.bits(6) : type;
}

function readFrequency(bits: BitReader): number {
  const index = bits.bits(4);
  return index === explicitFrequency ? bits.bits(24) : (samplingFrequencies[index] ?? 0);
}

/**
 * The AudioSpecificConfig of AAC-LC for streams that come without one, from what their container says. Throws
 * MediaFormatError for a rate or a number of channels that it has no code for.
 */
export function aacConfiguration(format: { sampleRate: number; channelCount: number }): Buffer {
  const frequency = samplingFrequencies.indexOf(format.sampleRate);
  const channels = channelCounts.indexOf(format.channelCount, 1);
  if (frequency < 0 || channels < 0) {
    throw new MediaFormatError('AAC has no code for this sample rate or number of channels.');
  }
  return aacConfigurationOf({ objectType: lowComplexity, frequency, channels });
}

/** `frequency` and `channels` are codes of tables 1.18 and 1.19. */
export function aacConfigurationOf(codes: {
  objectType: number;
  frequency: number;
  channels: number;
}): Buffer {
  const { objectType, frequency, channels } = codes;
  const word = (objectType << 11) | (frequency << 7) | (channels << 3);
  return Buffer.from([word >> 8, word & 0xff]);
}
