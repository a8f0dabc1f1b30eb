import { MediaFormatError } from '../../lib/errors.ts';
import type { AudioCodec, VideoCodec } from '../frame.ts';
import type { AsfAudioStream, AsfHeader, AsfStream, AsfVideoStream } from './asf.ts';
import { parseWaveFormat } from './wave-format.ts';

/** Advanced Systems Format (ASF) Specification, revision 01.20.03; section numbers below are its own. */

/** 10.1, in the byte order of the wire. */
export const headerObjectId = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
export const dataObjectId = Buffer.from('3626b2758e66cf11a6d900aa0062ce6c', 'hex');
const filePropertiesId = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');
const streamPropertiesId = Buffer.from('9107dcb7b7a9cf118ee600c00c205365', 'hex');
const videoMediaId = Buffer.from('c0ef19bc4d5bcf11a8fd00805f5c442b', 'hex');
const audioMediaId = Buffer.from('409e69f84d5bcf11a8fd00805f5c442b', 'hex');

const objectHeadBytes = 24;
const headerObjectHeadBytes = 30;
/** 4: identifier, size, file id, total packets, reserved. Its size field is 50 or 0 in a live stream: not looked at. */
export const dataObjectHeadBytes = 50;

/** Packets of cameras are 1 to 8 KiB; a size beyond this is a header that makes no sense. */
const maxPacketBytes = 256 * 1024;
const minPacketBytes = 16;

const videoCodecs: Readonly<Record<string, VideoCodec>> = {
  H264: 'h264',
  AVC1: 'h264',
  X264: 'h264',
  MJPG: 'mjpeg',
  JPEG: 'mjpeg',
  AVRN: 'mjpeg',
  XVID: 'mpeg4',
  DIVX: 'mpeg4',
  DX50: 'mpeg4',
  FMP4: 'mpeg4',
  MP4S: 'mpeg4',
  MP4V: 'mpeg4',
  H265: 'hevc',
  HEVC: 'hevc',
  HVC1: 'hevc',
};

/** wFormatTag of WAVEFORMATEX (RFC 2361); PCM depends on its width too. */
const audioCodecs: Readonly<Record<number, AudioCodec>> = {
  0x0006: 'pcm_alaw',
  0x0007: 'pcm_mulaw',
  0x0011: 'adpcm_ima_wav',
  0x00ff: 'aac',
  0x1610: 'aac',
};

export interface ParsedAsfHeader {
  readonly header: AsfHeader;
  /** Of every stream that the header declares, also of those that are neither video nor audio. */
  readonly streamNumbers: ReadonlySet<number>;
}

/** `bytes`: header object and head of the data object. Throws MediaFormatError. */
export function parseAsfHeader(bytes: Buffer): ParsedAsfHeader {
  let packetBytes: number | undefined;
  let prerollMs = 0;
  const streams: AsfStream[] = [];
  const streamNumbers = new Set<number>();
  for (const object of objectsOf(bytes.subarray(0, bytes.length - dataObjectHeadBytes))) {
    const id = object.subarray(0, 16);
    if (id.equals(filePropertiesId)) ({ packetBytes, prerollMs } = parseFileProperties(object));
    if (!id.equals(streamPropertiesId)) continue;
    const number = streamNumberOf(object);
    streamNumbers.add(number);
    const stream = parseStreamProperties(number, object);
    if (stream !== undefined) streams.push(stream);
  }
  if (packetBytes === undefined)
    throw new MediaFormatError('The ASF header has no file properties.');
  return { header: { bytes, packetBytes, prerollMs, streams }, streamNumbers };
}

function* objectsOf(bytes: Buffer): Generator<Buffer> {
  let offset = headerObjectHeadBytes;
  while (offset + objectHeadBytes <= bytes.length) {
    const size = Number(bytes.readBigUInt64LE(offset + 16));
    if (size < objectHeadBytes || size > bytes.length - offset) {
      throw new MediaFormatError('An object of the ASF header has an impossible size.');
    }
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
}

/** 3.2. */
function parseFileProperties(object: Buffer): { packetBytes: number; prerollMs: number } {
  need(object, 104);
  const packetBytes = object.readUInt32LE(96);
  if (packetBytes < minPacketBytes || packetBytes > maxPacketBytes) {
    throw new MediaFormatError(`ASF packets of ${packetBytes} bytes make no sense.`);
  }
  return { packetBytes, prerollMs: Number(object.readBigUInt64LE(80)) };
}

/** 3.3: the low bits of the flags. */
function streamNumberOf(object: Buffer): number {
  need(object, 78);
  return object.readUInt16LE(72) & 0x7f;
}

/** undefined for what is neither video nor audio. */
function parseStreamProperties(number: number, object: Buffer): AsfStream | undefined {
  const data = object.subarray(78, 78 + object.readUInt32LE(64));
  const type = object.subarray(24, 40);
  if (type.equals(videoMediaId)) return parseVideo(number, data);
  if (type.equals(audioMediaId)) return parseAudio(number, data);
  return undefined;
}

/** 9.2: encoded size, flags, then BITMAPINFOHEADER. */
function parseVideo(number: number, data: Buffer): AsfVideoStream {
  const bitmapAt = 11;
  need(data, bitmapAt + 40);
  const fourcc = data.toString('latin1', bitmapAt + 16, bitmapAt + 20);
  return {
    kind: 'video',
    number,
    codec: videoCodecs[fourcc.toUpperCase()] ?? 'unknown',
    fourcc,
    width: data.readUInt32LE(0),
    height: data.readUInt32LE(4),
    extradata: data.subarray(bitmapAt + 40, bitmapAt + data.readUInt16LE(9)),
  };
}

/** 9.1: WAVEFORMATEX. */
function parseAudio(number: number, data: Buffer): AsfAudioStream {
  const format = parseWaveFormat(data);
  const { tag, bitsPerSample, sampleRate, channelCount } = format;
  const codec = audioCodecOf(tag, bitsPerSample);
  return { kind: 'audio', number, codec, sampleRate, channelCount, format };
}

function audioCodecOf(tag: number, bitsPerSample: number): AudioCodec {
  if (tag === 0x0001) return bitsPerSample === 8 ? 'pcm_u8' : 'pcm_s16le';
  return audioCodecs[tag] ?? 'unknown';
}

function need(bytes: Buffer, byteCount: number): void {
  if (bytes.length < byteCount) {
    throw new MediaFormatError('An object of the ASF header is too short for its kind.');
  }
}
