import { BoxFields } from './boxes.ts';

/**
 * Codec strings of RFC 6381 for CODECS and Media Source. All throw MediaFormatError when the configuration is cut
 * short.
 */

/** RFC 6381 3.3: profile, constraints, level of AVCDecoderConfigurationRecord as six digits. */
export function avcCodecString(sampleEntry: string, avcC: Buffer): string {
  const fields = new BoxFields(avcC);
  fields.skip(1);
  const digits = [fields.uint8(), fields.uint8(), fields.uint8()].map(hexByte).join('');
  return `${sampleEntry}.${digits}`;
}

/** ISO/IEC 14496-15 E.3: profile space and profile, compatibility in reverse bit order, tier and level, constraints. */
export function hevcCodecString(sampleEntry: string, hvcC: Buffer): string {
  const fields = new BoxFields(hvcC);
  fields.skip(1);
  const profile = fields.uint8();
  const compatibility = reverseBits(fields.uint32());
  const constraints = Array.from({ length: 6 }, () => fields.uint8());
  while (constraints.at(-1) === 0) constraints.pop();
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const tier = (profile & 0x20) === 0 ? 'L' : 'H';
  return [
    sampleEntry,
    `${space}${profile & 0x1f}`,
    compatibility.toString(16),
    `${tier}${fields.uint8()}`,
    ...constraints.map((byte) => byte.toString(16)),
  ].join('.');
}

/** ISO/IEC 14496-1 7.2.6: tags of the descriptors on the way to the audio configuration. */
const esDescriptor = 3;
const decoderConfig = 4;
const decoderSpecific = 5;
const mpeg4Audio = 0x40;

export interface AacConfiguration {
  /** `mp4a.40.N`: N is the audio object type (ISO/IEC 14496-3 1.6.2.1), 2 for AAC-LC. */
  readonly codecString: string;
  /** undefined where the stream itself tells. The sample entry's own count is 2 whatever ffmpeg encodes. */
  readonly channelCount: number | undefined;
}

export function parseAacConfiguration(esds: Buffer): AacConfiguration {
  const { objectType, config } = decoderSpecificInfo(esds);
  if (config !== undefined) return parseAudioConfig(config);
  return { codecString: `mp4a.${objectType.toString(16)}`, channelCount: undefined };
}

/** `config` is the AudioSpecificConfig; undefined for what is no MPEG-4 audio (MP3, for instance). */
export function decoderSpecificInfo(esds: Buffer): {
  objectType: number;
  config: Buffer | undefined;
} {
  const fields = new BoxFields(esds);
  fields.fullBoxHead();
  for (;;) {
    const tag = fields.uint8();
    const byteCount = descriptorLength(fields);
    if (tag === esDescriptor) skipEsHead(fields);
    else if (tag === decoderConfig) {
      const objectType = fields.uint8();
      fields.skip(12);
      if (objectType !== mpeg4Audio) return { objectType, config: undefined };
    } else if (tag === decoderSpecific) {
      return { objectType: mpeg4Audio, config: fields.bytes(byteCount) };
    } else fields.skip(byteCount);
  }
}

/** Up to four bytes of seven bits, the highest bit says that more follow. */
function descriptorLength(fields: BoxFields): number {
  let length = 0;
  for (let count = 0; count < 4; count += 1) {
    const byte = fields.uint8();
    length = (length << 7) | (byte & 0x7f);
    if (byte < 0x80) break;
  }
  return length;
}

/** 7.2.6.5: id, flags, and what the flags announce. */
function skipEsHead(fields: BoxFields): void {
  fields.skip(2);
  const flags = fields.uint8();
  if ((flags & 0x80) !== 0) fields.skip(2);
  if ((flags & 0x40) !== 0) fields.skip(fields.uint8());
  if ((flags & 0x20) !== 0) fields.skip(2);
}

/** ISO/IEC 14496-3 1.6.2.1: object type, frequency index, channel configuration; long forms are not for cameras. */
function parseAudioConfig(config: Buffer): AacConfiguration {
  const word = new BoxFields(config).uint16();
  const objectType = word >> 11;
  const isLongFrequency = ((word >> 7) & 0xf) === 0xf;
  const channels = isLongFrequency ? 0 : channelCounts[(word >> 3) & 0xf];
  return {
    codecString: `mp4a.40.${objectType}`,
    channelCount: channels === 0 ? undefined : channels,
  };
}

/** Table 1.19, by channel configuration. */
const channelCounts = [0, 1, 2, 3, 4, 5, 6, 8];

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function reverseBits(word: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = (reversed << 1) | ((word >>> bit) & 1);
  return reversed >>> 0;
}
