/**
 * A camera's ASF as small as the specification allows (Advanced Systems Format, revision 01.20.03): one payload per
 * packet, fixed packets, zero sizes and the broadcast flag, no extradata. For tests that need full control of times.
 */
export interface AsfTracks {
  readonly video: {
    readonly fourcc: 'H264' | 'MJPG';
    readonly width: number;
    readonly height: number;
  };
  /** IMA ADPCM, mono; undefined declares no audio. */
  readonly audio: { readonly sampleRate: number; readonly blockBytes: number } | undefined;
}

export const videoStream = 1;
export const audioStream = 2;

const packetBytes = 1400;
const packetHeadBytes = 3 + 2 + 2 + 4 + 2;
const payloadHeadBytes = 1 + 1 + 4 + 1 + 8;
const room = packetBytes - packetHeadBytes - payloadHeadBytes;

/** First three fields are little-endian in a GUID's bytes. */
function guid(text: string): Buffer {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const head = [a, b, c].map((field) => Buffer.from(field, 'hex').reverse());
  return Buffer.concat([...head, Buffer.from(rest.join(''), 'hex')]);
}

function object(id: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(body.length + 24));
  return Buffer.concat([guid(id), size, body]);
}

const uint16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function asfHeader(tracks: AsfTracks): Buffer {
  const fileProperties = object(
    '8CABDCA1-A947-11CF-8EE4-00C00C205365',
    Buffer.alloc(16 + 8 + 8 + 8 + 8 + 8), // file id, size, creation date, packet count, play and send duration
    Buffer.alloc(8), // preroll
    uint32(1), // broadcast
    uint32(packetBytes),
    uint32(packetBytes),
    uint32(1_000_000),
  );
  const objects = [fileProperties, videoProperties(tracks.video)];
  if (tracks.audio !== undefined) objects.push(audioProperties(tracks.audio));
  const header = object(
    '75B22630-668E-11CF-A6D9-00AA0062CE6C',
    uint32(objects.length),
    Buffer.from([1, 2]),
    ...objects,
  );
  const data = Buffer.concat([
    guid('75B22636-668E-11CF-A6D9-00AA0062CE6C'),
    Buffer.alloc(8 + 16 + 8), // size 0: live; file id; packet count
    Buffer.from([1, 1]),
  ]);
  return Buffer.concat([header, data]);
}

function streamProperties(type: string, number: number, specific: Buffer): Buffer {
  return object(
    'B7DC0791-A9B7-11CF-8EE6-00C00C205365',
    guid(type),
    guid('20FB5700-5B55-11CF-A8FD-00805F5C442B'), // no error correction
    Buffer.alloc(8),
    uint32(specific.length),
    uint32(0),
    uint16(number),
    uint32(0),
    specific,
  );
}

function videoProperties(video: AsfTracks['video']): Buffer {
  const bitmap = Buffer.alloc(40);
  bitmap.writeUInt32LE(40, 0);
  bitmap.writeInt32LE(video.width, 4);
  bitmap.writeInt32LE(video.height, 8);
  bitmap.writeUInt16LE(1, 12);
  bitmap.writeUInt16LE(24, 14);
  bitmap.write(video.fourcc, 16, 'latin1');
  const specific = [
    uint32(video.width),
    uint32(video.height),
    Buffer.from([2]),
    uint16(40),
    bitmap,
  ];
  return streamProperties(
    'BC19EFC0-5B4D-11CF-A8FD-00805F5C442B',
    videoStream,
    Buffer.concat(specific),
  );
}

function audioProperties(audio: { sampleRate: number; blockBytes: number }): Buffer {
  const samplesPerBlock = (audio.blockBytes - 4) * 2 + 1;
  const specific = [
    uint16(0x11),
    uint16(1),
    uint32(audio.sampleRate),
    uint32(audio.sampleRate / 2),
    uint16(audio.blockBytes),
    uint16(4),
    uint16(2),
    uint16(samplesPerBlock),
  ];
  return streamProperties(
    'F8699E40-5B4D-11CF-A8FD-00805F5C442B',
    audioStream,
    Buffer.concat(specific),
  );
}

export interface AsfObject {
  readonly stream: number;
  readonly number: number;
  readonly timeMs: number;
  readonly isKey: boolean;
  readonly bytes: Buffer;
}

/** The packets of one media object, each with one piece of it. */
export function asfPackets(media: AsfObject): Buffer {
  const packets: Buffer[] = [];
  for (let offset = 0; offset < media.bytes.length; offset += room) {
    const piece = media.bytes.subarray(offset, offset + room);
    const padding = room - piece.length;
    packets.push(
      Buffer.from([0x82, 0, 0, 0x10, 0x5d]), // error correction; padding length is a word; the usual field sizes
      uint16(padding),
      uint32(media.timeMs),
      uint16(0),
      Buffer.from([media.stream | (media.isKey ? 0x80 : 0), media.number & 255]),
      uint32(offset),
      Buffer.from([8]),
      uint32(media.bytes.length),
      uint32(media.timeMs),
      piece,
      Buffer.alloc(padding),
    );
  }
  return Buffer.concat(packets);
}
