import { MediaFormatError } from '../../lib/errors.ts';
import type { AudioCodec } from '../frame.ts';

/** WAVEFORMATEX of mmreg.h, which AVI, ASF and Matroska carry. */
export interface WaveFormat {
  /** wFormatTag, RFC 2361. */
  readonly tag: number;
  readonly channelCount: number;
  /** In hertz. */
  readonly sampleRate: number;
  readonly bytesPerSecond: number;
  /** nBlockAlign: what a decoder takes at once. */
  readonly blockBytes: number;
  readonly bitsPerSample: number;
  /** What stands behind the structure. */
  readonly extra: Buffer;
  /** The structure and what stands behind it. */
  readonly bytes: Buffer;
}

/** wFormatTag to wBitsPerSample: a structure without cbSize, as PCM may have it. */
const shortBytes = 16;
const fullBytes = 18;

/** Throws MediaFormatError for a structure that is cut short; too large a cbSize is taken for what is there. */
export function parseWaveFormat(data: Buffer): WaveFormat {
  if (data.length < shortBytes) throw new MediaFormatError('A WAVEFORMATEX is cut short.');
  const extraBytes = data.length < fullBytes ? 0 : data.readUInt16LE(16);
  const extra = data.subarray(fullBytes, fullBytes + extraBytes);
  const bytes = Buffer.alloc(fullBytes + extra.length);
  data.copy(bytes, 0, 0, shortBytes);
  bytes.writeUInt16LE(extra.length, 16);
  extra.copy(bytes, fullBytes);
  return {
    tag: data.readUInt16LE(0),
    channelCount: data.readUInt16LE(2),
    sampleRate: data.readUInt32LE(4),
    bytesPerSecond: data.readUInt32LE(8),
    blockBytes: data.readUInt16LE(12),
    bitsPerSample: data.readUInt16LE(14),
    extra: bytes.subarray(fullBytes),
    bytes,
  };
}

/**
 * The samples of each channel that a decoder makes of so many bytes in a row; of AAC nobody can tell by their number.
 */
export function sampleCountOf(
  codec: Exclude<AudioCodec, 'aac'>,
  format: WaveFormat,
  byteCount: number,
): number {
  const { channelCount, sampleRate, bytesPerSecond } = format;
  const channels = Math.max(1, channelCount);
  switch (codec) {
    case 'adpcm_ima_wav':
      return adpcmSampleCount(format.blockBytes, channels, byteCount);
    case 'pcm_s16le':
      return Math.floor(byteCount / (2 * channels));
    case 'pcm_u8':
    case 'pcm_alaw':
    case 'pcm_mulaw':
      return Math.floor(byteCount / channels);
    case 'unknown':
      return bytesPerSecond === 0 ? 0 : Math.round((byteCount * sampleRate) / bytesPerSecond);
  }
}

/** Of each channel in each block: the first sample, the step index and a reserved byte. */
const adpcmHeadBytes = 4;
/** Behind that the channels take turns with 4 bytes, 8 samples of 4 bits. */
const adpcmGroup = { bytes: 4, samples: 8 };

/** Whole blocks, and a last one that may be shorter; a block size that cannot be leaves one block. */
function adpcmSampleCount(declaredBytes: number, channels: number, byteCount: number): number {
  const headBytes = adpcmHeadBytes * channels;
  const blockBytes = declaredBytes > headBytes ? declaredBytes : byteCount;
  const samplesIn = (bytes: number): number => {
    if (bytes < headBytes) return 0;
    return 1 + Math.floor((bytes - headBytes) / (adpcmGroup.bytes * channels)) * adpcmGroup.samples;
  };
  if (blockBytes === 0) return 0;
  const blockCount = Math.floor(byteCount / blockBytes);
  return blockCount * samplesIn(blockBytes) + samplesIn(byteCount % blockBytes);
}
