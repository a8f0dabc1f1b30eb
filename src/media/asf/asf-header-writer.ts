/**
 * The header of a live ASF stream as ffmpeg's muxer writes it to a pipe, which is the best model of a camera's header
 * that is known (camera-protocol.md section 4): no sizes, no duration, no packet count, broadcast flag. Sections refer
 * to Microsoft's "Advanced Systems Format (ASF) Specification", revision 01.20.
 */

export interface AsfVideoFormat {
  readonly fourcc: 'H264' | 'MJPG';
  readonly width: number;
  readonly height: number;
  /** Codec private data behind the BITMAPINFOHEADER. */
  readonly extradata: Buffer;
}

/** WAVEFORMATEX. */
export interface AsfAudioFormat {
  readonly formatTag: number;
  readonly channelCount: number;
  readonly sampleRate: number;
  readonly bytesPerSecond: number;
  readonly blockBytes: number;
  readonly bitsPerSample: number;
  readonly extradata: Buffer;
}

export type AsfStreamFormat =
  | { readonly kind: 'video'; readonly format: AsfVideoFormat }
  | { readonly kind: 'audio'; readonly format: AsfAudioFormat };

export const asfPacketBytes = 3200;
/** Added to every presentation time. */
export const asfPrerollMs = 3100;

/** GUIDs of section 10 in the order of their bytes in a file. */
const guids = {
  header: '3026b2758e66cf11a6d900aa0062ce6c',
  fileProperties: 'a1dcab8c47a9cf118ee400c00c205365',
  headerExtension: 'b503bf5f2ea9cf118ee300c00c205365',
  headerExtensionReserved: '11d2d3abbaa9cf118ee600c00c205365',
  streamProperties: '9107dcb7b7a9cf118ee600c00c205365',
  videoMedia: 'c0ef19bc4d5bcf11a8fd00805f5c442b',
  audioMedia: '409e69f84d5bcf11a8fd00805f5c442b',
  noErrorCorrection: '0057fb20555bcf11a8fd00805f5c442b',
  audioSpread: '50cdc3bf8f61cf118bb200aa00b4e220',
  codecList: '4052d1861d31d011a3a400a0c90348f6',
  codecListReserved: '4152d1861d31d011a3a400a0c90348f6',
  data: '3626b2758e66cf11a6d900aa0062ce6c',
} as const;

/** Header object and the data object's own 50 bytes; packets follow. Streams are numbered from 1. */
export function renderAsfHeader(streams: readonly AsfStreamFormat[]): Buffer {
  const objects = [
    fileProperties(),
    headerExtension(),
    ...streams.map((stream, index) => streamProperties(stream, index + 1)),
    codecList(streams),
  ];
  // Section 3.1: number of objects, then two reserved bytes with fixed values.
  const header = asfObject(guids.header, u32(objects.length), Buffer.from([1, 2]), ...objects);
  return Buffer.concat([header, dataObjectHead()]);
}

/** Section 3.2. The broadcast flag makes size, counts and durations meaningless; the creation date is a fixed one. */
function fileProperties(): Buffer {
  const broadcastAndSeekable = 3;
  return asfObject(
    guids.fileProperties,
    fileId(),
    u64(0),
    u64(creationDate),
    ...[u64(0), u64(0), u64(0), u64(asfPrerollMs)],
    ...[u32(broadcastAndSeekable), u32(asfPacketBytes), u32(asfPacketBytes), u32(maxBitrate)],
  );
}

/** Cameras have no clock worth the name (camera-protocol.md section 1): 2013-03-30 in units of 100 ns since 1601. */
const creationDate = (Date.UTC(2013, 2, 30) / 1000 + 11_644_473_600) * 10_000_000;
const maxBitrate = 2_000_000;

/** Section 3.4, without any extension. */
function headerExtension(): Buffer {
  return asfObject(guids.headerExtension, guid(guids.headerExtensionReserved), u16(6), u32(0));
}

/** Section 3.3. */
function streamProperties(stream: AsfStreamFormat, number: number): Buffer {
  const specific =
    stream.kind === 'video' ? videoSpecific(stream.format) : audioSpecific(stream.format);
  const correction = stream.kind === 'video' ? Buffer.alloc(0) : audioSpread(stream.format);
  return asfObject(
    guids.streamProperties,
    guid(stream.kind === 'video' ? guids.videoMedia : guids.audioMedia),
    guid(stream.kind === 'video' ? guids.noErrorCorrection : guids.audioSpread),
    u64(0),
    ...[u32(specific.length), u32(correction.length), u16(number), u32(0)],
    ...[specific, correction],
  );
}

/** Section 9.2: picture size, then a BITMAPINFOHEADER with the codec's private data behind it. */
function videoSpecific({ fourcc, width, height, extradata }: AsfVideoFormat): Buffer {
  const formatBytes = 40 + extradata.length;
  return Buffer.concat([
    ...[u32(width), u32(height), Buffer.from([2]), u16(formatBytes)],
    ...[u32(formatBytes), u32(width), u32(height), u16(1), u16(24)],
    ...[Buffer.from(fourcc, 'latin1'), u32(width * height * 3), Buffer.alloc(16), extradata],
  ]);
}

/** Section 9.1. */
function audioSpecific(format: AsfAudioFormat): Buffer {
  return Buffer.concat([
    ...[u16(format.formatTag), u16(format.channelCount)],
    ...[u32(format.sampleRate), u32(format.bytesPerSecond)],
    ...[u16(format.blockBytes), u16(format.bitsPerSample)],
    ...[u16(format.extradata.length), format.extradata],
  ]);
}

/** Section 9.1.1 with a span of 1, which means that nothing is spread. */
function audioSpread({ blockBytes }: AsfAudioFormat): Buffer {
  return Buffer.concat([
    Buffer.from([1]),
    u16(blockBytes),
    u16(blockBytes),
    u16(1),
    Buffer.from([0]),
  ]);
}

/** Section 3.5. */
function codecList(streams: readonly AsfStreamFormat[]): Buffer {
  const entries = streams.map((stream) => {
    const name = stream.kind === 'video' ? stream.format.fourcc : 'audio';
    const wide = Buffer.from(`${name}\0`, 'utf16le');
    const information =
      stream.kind === 'video'
        ? Buffer.from(stream.format.fourcc, 'latin1')
        : u16(stream.format.formatTag);
    const type = u16(stream.kind === 'video' ? 1 : 2);
    return Buffer.concat([
      type,
      u16(wide.length / 2),
      wide,
      u16(0),
      u16(information.length),
      information,
    ]);
  });
  return asfObject(guids.codecList, guid(guids.codecListReserved), u32(entries.length), ...entries);
}

/** Section 5.1 of a stream whose end is not known: the size counts only this head. */
function dataObjectHead(): Buffer {
  return asfObject(guids.data, fileId(), u64(0), u16(0x0101));
}

function fileId(): Buffer {
  return Buffer.alloc(16);
}

function asfObject(id: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([guid(id), u64(24 + body.length), body]);
}

function guid(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
