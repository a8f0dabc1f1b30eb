/**
 * JPEG pictures with the times at which they came, as Matroska without an end (RFC 9559, elements of EBML: RFC 8794). It is
 * the smallest container that says when each picture is to be shown and where it ends, which ffmpeg's readers of bare JPEG
 * do not: they give every camera 25 fps, stamp in steps of 40 ms, and stamp late what waited for them to start.
 *
 *     EBML │ Segment, of unknown size
 *          ├─ Info    1 tick = 1 ms
 *          ├─ Tracks  one: V_MJPEG, width, height
 *          └─ Cluster { Timestamp, SimpleBlock { track 1, +0, keyframe, picture } }   for each picture
 */

/** Identifiers, in hexadecimal. */
const ids = {
  ebml: '1a45dfa3',
  docType: '4282',
  docTypeVersion: '4287',
  docTypeReadVersion: '4285',
  info: '1549a966',
  timestampScale: '2ad7b1',
  muxingApp: '4d80',
  writingApp: '5741',
  tracks: '1654ae6b',
  trackEntry: 'ae',
  trackNumber: 'd7',
  trackUid: '73c5',
  trackType: '83',
  codecId: '86',
  video: 'e0',
  pixelWidth: 'b0',
  pixelHeight: 'ba',
  cluster: '1f43b675',
  timestamp: 'e7',
  simpleBlock: 'a3',
} as const;

const segmentOfUnknownSize = Buffer.from('1853806701ffffffffffffff', 'hex');
const nanosecondsPerTick = 1_000_000;
const videoTrack = 1;
/** Track number 1, 0 ticks behind the cluster's time, keyframe (RFC 9559, 10.1 and 10.2). */
const blockHead = Buffer.from([0x80 | videoTrack, 0, 0, 0x80]);

/** What stands before the first picture; sizes in pixels. */
export function matroskaHead({ width, height }: { width: number; height: number }): Buffer {
  const video = element('video', [number('pixelWidth', width), number('pixelHeight', height)]);
  return Buffer.concat([
    element('ebml', [
      text('docType', 'matroska'),
      number('docTypeVersion', 2),
      number('docTypeReadVersion', 2),
    ]),
    segmentOfUnknownSize,
    element('info', [
      number('timestampScale', nanosecondsPerTick),
      text('muxingApp', 'camgate'),
      text('writingApp', 'camgate'),
    ]),
    element('tracks', [
      element('trackEntry', [
        number('trackNumber', videoTrack),
        number('trackUid', videoTrack),
        number('trackType', 1),
        text('codecId', 'V_MJPEG'),
        video,
      ]),
    ]),
  ]);
}

/** One picture, to be written in this order; the picture itself is not copied. `timeMs` is whole, rises, and begins anywhere. */
export function matroskaPicture(timeMs: number, picture: Buffer): Buffer[] {
  const timestamp = number('timestamp', timeMs);
  const block = Buffer.concat([head('simpleBlock', blockHead.length + picture.length), blockHead]);
  const byteLength = timestamp.length + block.length + picture.length;
  return [Buffer.concat([head('cluster', byteLength), timestamp, block]), picture];
}

type Name = keyof typeof ids;

function element(name: Name, content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([head(name, body.length), body]);
}

function text(name: Name, value: string): Buffer {
  return element(name, [Buffer.from(value, 'latin1')]);
}

/** An unsigned integer of 8 bytes. */
function number(name: Name, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(name, [bytes]);
}

/** Identifier and size; sizes take 8 bytes, the first of which says so (RFC 8794, 4). */
function head(name: Name, byteLength: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE((1n << 56n) | BigInt(byteLength));
  return Buffer.concat([Buffer.from(ids[name], 'hex'), size]);
}
