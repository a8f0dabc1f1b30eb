import type { AudioTrack, VideoTrack } from '../frame.ts';
import { avcConfiguration } from '../h264/avc-configuration.ts';
import { hevcConfiguration } from '../hevc/hevc-configuration.ts';

/** How a codec is called in Matroska (RFC 9559 and "Matroska Codec Mappings"). */
export interface CodecMapping {
  readonly codecId: string;
  /** CodecPrivate; empty leaves it out. */
  readonly codecPrivate: Buffer;
  /** Of samples of PCM; undefined for others. */
  readonly bitDepth?: number;
}

const empty = Buffer.alloc(0);

/** Throws MediaFormatError for H.264 and HEVC without parameter sets. */
export function videoMapping(track: VideoTrack): CodecMapping {
  switch (track.codec) {
    case 'mjpeg':
      return { codecId: 'V_MJPEG', codecPrivate: empty };
    case 'h264':
      return { codecId: 'V_MPEG4/ISO/AVC', codecPrivate: avcConfiguration(track.parameterSets) };
    case 'hevc':
      return { codecId: 'V_MPEGH/ISO/HEVC', codecPrivate: hevcConfiguration(track.parameterSets) };
    case 'mpeg4':
      return { codecId: 'V_MPEG4/ISO/ASP', codecPrivate: track.extradata };
    case 'unknown':
      return { codecId: 'V_MS/VFW/FOURCC', codecPrivate: bitmapInfo(track) };
  }
}

/**
 * BITMAPINFOHEADER and what stands behind it, little-endian: size, planes, depth, four-character code, bytes of a
 * frame.
 */
function bitmapInfo({ width, height, fourcc = '', extradata }: VideoTrack): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(header.length + extradata.length, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(height, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(24, 14);
  header.write(fourcc.padEnd(4, '\0'), 16, 4, 'latin1');
  header.writeUInt32LE(width * height * 3, 20);
  return Buffer.concat([header, extradata]);
}

export function audioMapping(track: AudioTrack): CodecMapping {
  switch (track.codec) {
    case 'aac':
      return { codecId: 'A_AAC', codecPrivate: track.configuration };
    case 'pcm_s16le':
      return { codecId: 'A_PCM/INT/LIT', codecPrivate: empty, bitDepth: 16 };
    case 'pcm_u8':
      return { codecId: 'A_PCM/INT/LIT', codecPrivate: empty, bitDepth: 8 };
    case 'pcm_alaw':
      return { codecId: 'A_MS/ACM', codecPrivate: companded(0x0006, track) };
    case 'pcm_mulaw':
      return { codecId: 'A_MS/ACM', codecPrivate: companded(0x0007, track) };
    case 'adpcm_ima_wav':
    case 'unknown':
      return { codecId: 'A_MS/ACM', codecPrivate: track.configuration };
  }
}

/** WAVEFORMATEX of G.711, 8 bits a sample. */
function companded(formatTag: number, { channelCount, sampleRate }: AudioTrack): Buffer {
  const header = Buffer.alloc(18);
  header.writeUInt16LE(formatTag, 0);
  header.writeUInt16LE(channelCount, 2);
  header.writeUInt32LE(sampleRate, 4);
  header.writeUInt32LE(sampleRate * channelCount, 8);
  header.writeUInt16LE(channelCount, 12);
  header.writeUInt16LE(8, 14);
  return header;
}
