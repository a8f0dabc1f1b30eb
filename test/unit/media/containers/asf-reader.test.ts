import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import type { AsfEvent, AsfMediaObject, AsfPacket } from '../../../../src/media/asf/asf.ts';
import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import { renderAsfHeader } from '../../../../src/media/asf/asf-writer.ts';
import {
  cuts,
  digest,
  ffmpeg,
  ffmpegBuilds,
  hasFfprobe,
  probePackets,
  splitAt,
  testPicture,
  testTone,
} from '../support.ts';

const toPipe = ['-f', 'asf', 'pipe:1'];
const h264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-g', '10', '-bf', '0'];
const mjpeg = ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '2'];
const mpeg4 = ['-c:v', 'mpeg4', '-vtag', 'XVID', '-g', '10'];
const picture = testPicture('320x240');

const videos = { h264, mjpeg, mpeg4 };
const audios = {
  adpcm_ima_wav: ['-c:a', 'adpcm_ima_wav'],
  pcm_alaw: ['-c:a', 'pcm_alaw'],
  pcm_mulaw: ['-c:a', 'pcm_mulaw'],
  pcm_s16le: ['-c:a', 'pcm_s16le'],
  pcm_u8: ['-c:a', 'pcm_u8'],
  aac: ['-c:a', 'aac'],
};

function read(stream: Buffer): AsfEvent[] {
  return new AsfReader().push(stream);
}

function objectsOf(events: readonly AsfEvent[]): AsfMediaObject[] {
  return events.flatMap((event) => (event.type === 'object' ? [event.object] : []));
}

function packetsOf(events: readonly AsfEvent[]): AsfPacket[] {
  return events.flatMap((event) => (event.type === 'packet' ? [event.packet] : []));
}

function corruptCountOf(events: readonly AsfEvent[]): number {
  return events.filter((event) => event.type === 'corrupt').length;
}

function videoOf(events: readonly AsfEvent[]): AsfMediaObject[] {
  return objectsOf(events).filter((object) => object.stream.kind === 'video');
}

/** The header's bytes and the packets of a stream. */
function partsOf(stream: Buffer): { header: Buffer; packets: Buffer[] } {
  const events = read(stream);
  const header = events[0]?.type === 'header' ? events[0].header.bytes : Buffer.alloc(0);
  return { header, packets: packetsOf(events).map((packet) => packet.bytes) };
}

describe.each(ffmpegBuilds)('AsfReader on what %s writes', (build) => {
  it.each(Object.entries(videos))('reads %s with sound like ffprobe', (codec, args) => {
    const stream = ffmpeg(build, [
      ...picture,
      ...testTone,
      ...args,
      ...audios.adpcm_ima_wav,
      ...toPipe,
    ]);
    const events = read(stream);
    const objects = objectsOf(events);
    expect(corruptCountOf(events)).toBe(0);
    expect(events[0]).toMatchObject({
      type: 'header',
      header: {
        packetBytes: 3200,
        prerollMs: 3100,
        streams: [
          { kind: 'video', number: 1, codec, width: 320, height: 240 },
          { kind: 'audio', codec: 'adpcm_ima_wav', sampleRate: 8000, channelCount: 1 },
        ],
      },
    });
    const video = videoOf(events);
    expect(video).toHaveLength(30);
    expect(video.map((object) => object.timeMs)).toEqual(video.map((_, index) => index * 100));
    const keyframes = video.filter((object) => object.isKeyframe);
    expect(keyframes).toHaveLength(codec === 'mjpeg' ? 30 : 3);
    if (!hasFfprobe) return;
    const byStream = (number: number) =>
      probePackets(stream)
        .filter((packet) => packet.stream === number - 1)
        .map(({ sizeBytes, isKeyframe }) => ({ sizeBytes, isKeyframe }));
    for (const number of [1, 2]) {
      const own = objects.filter((object) => object.stream.number === number);
      expect(own.map(({ bytes, isKeyframe }) => ({ sizeBytes: bytes.length, isKeyframe }))).toEqual(
        byStream(number),
      );
    }
  });

  it.each(Object.entries(audios))('knows the sound %s', (codec, args) => {
    const events = read(ffmpeg(build, [...testTone, ...args, ...toPipe]));
    expect(events[0]).toMatchObject({ header: { streams: [{ kind: 'audio', codec }] } });
    expect(objectsOf(events).length).toBeGreaterThan(2);
  });

  it('gives back every byte of the stream in header and packets', () => {
    const stream = ffmpeg(build, [
      ...picture,
      ...testTone,
      ...h264,
      ...audios.adpcm_ima_wav,
      ...toPipe,
    ]);
    const { header, packets } = partsOf(stream);
    const copy = Buffer.concat([header, ...packets]);
    expect(copy.equals(stream.subarray(0, copy.length))).toBe(true);
    // ffmpeg ends a file with an index when it can; a camera's stream has no end.
    expect(stream.length - copy.length).toBeLessThan(3200);
  });
});

const build = ffmpegBuilds[0] ?? 'ffmpeg';
const stream = ffmpeg(build, [
  ...picture,
  ...testTone,
  ...h264,
  ...audios.adpcm_ima_wav,
  ...toPipe,
]);
const large = ffmpeg(build, [...testPicture('640x480'), ...mjpeg, ...toPipe]);
const { header, packets } = partsOf(stream);

/** The stream with each packet changed; several results or none are put in its place. */
function rewrite(change: (packet: Buffer, index: number) => Buffer[]): Buffer {
  return Buffer.concat([
    header,
    ...packets.flatMap((packet, index) => change(Buffer.from(packet), index)),
  ]);
}

/** One packet with one payload: error correction, byte and word length types as given, replicated data of 8 bytes. */
function packetOf(payload: {
  objectNumber: number;
  offset: number;
  objectBytes: number;
  timeMs: number;
  data: Buffer;
}): Buffer {
  const head = Buffer.from('820000105d0000000000000000010000000000080000000000000000', 'hex');
  const packet = Buffer.alloc(3200);
  head.copy(packet);
  const paddingBytes = packet.length - head.length - payload.data.length;
  packet.writeUInt16LE(paddingBytes, 5);
  packet[13] = 1;
  packet[14] = payload.objectNumber;
  packet.writeUInt32LE(payload.offset, 15);
  packet[19] = 8;
  packet.writeUInt32LE(payload.objectBytes, 20);
  packet.writeUInt32LE(payload.timeMs, 24);
  payload.data.copy(packet, head.length);
  return packet;
}

describe('AsfReader on a damaged stream', () => {
  it.each([
    ['text', Buffer.from('HTTP/1.0 200 OK\r\n\r\n')],
    ['zeros', Buffer.alloc(5000)],
    ['noise that looks like packets', Buffer.alloc(7001, Buffer.from([0x82, 0, 0, 9, 0x5d]))],
  ])('skips %s between packets with one report', (_name, garbage) => {
    const events = read(rewrite((packet, index) => (index === 4 ? [garbage, packet] : [packet])));
    expect(Buffer.concat(packetsOf(events).map((packet) => packet.bytes))).toEqual(
      Buffer.concat(packets),
    );
    // The gap itself, and at most the object whose pieces were on both sides of it.
    expect([1, 2]).toContain(corruptCountOf(events));
    expect(videoOf(events).length).toBeGreaterThan(20);
  });

  it('drops what a lost packet belonged to and nothing else', () => {
    const { header: head, packets: all } = partsOf(large);
    const events = read(Buffer.concat([head, ...all.slice(0, 5), ...all.slice(6)]));
    expect(corruptCountOf(events)).toBeGreaterThan(0);
    const sizes = videoOf(read(large)).map((object) => object.bytes.length);
    const left = videoOf(events).map((object) => object.bytes.length);
    expect(left.length).toBeGreaterThanOrEqual(28);
    expect(sizes.slice(-25)).toEqual(left.slice(-25));
  });

  it('delivers stamps as they are: frozen, jumping back, wrapping, before the preroll', () => {
    const stamps = [3100, 3100, 2 ** 32 - 1, 40, 3000];
    const made = stamps.map((timeMs, objectNumber) =>
      packetOf({ objectNumber, offset: 0, objectBytes: 5, timeMs, data: Buffer.from('12345') }),
    );
    const events = read(Buffer.concat([header, ...made]));
    expect(objectsOf(events).map((object) => object.timeMs)).toEqual(
      stamps.map((timeMs) => timeMs - 3100),
    );
  });

  it('puts pieces together, drops an object with a gap and one that is too large', () => {
    const data = Buffer.alloc(1000, 7);
    const piece = { objectNumber: 1, objectBytes: 2000, timeMs: 0, data };
    const made = [
      packetOf({ ...piece, offset: 0 }),
      packetOf({ ...piece, offset: 1000 }),
      packetOf({ ...piece, objectNumber: 2, offset: 1000 }),
      packetOf({ ...piece, objectNumber: 3, objectBytes: 3000, offset: 0 }),
      packetOf({ ...piece, objectNumber: 3, objectBytes: 3000, offset: 2000 }),
      packetOf({ ...piece, objectNumber: 4, objectBytes: 9_000_000, offset: 0 }),
      packetOf({ ...piece, objectNumber: 4, objectBytes: 9_000_000, offset: 1000 }),
      packetOf({ ...piece, objectNumber: 5, offset: 0 }),
    ];
    const reader = new AsfReader();
    const events = reader.push(Buffer.concat([header, ...made]));
    expect(events.map((event) => event.type)).toEqual([
      ...['header', 'packet', 'packet', 'object', 'packet', 'corrupt', 'packet', 'packet'],
      ...['corrupt', 'packet', 'corrupt', 'packet', 'packet'],
    ]);
    expect(objectsOf(events)[0]?.bytes).toEqual(Buffer.concat([data, data]));
    expect(reader.bufferedByteCount).toBe(2000);
  });

  it('reads compressed payloads: whole objects in a row', () => {
    // Replicated data of 1 byte: the offset field is a time, then its step, then objects behind their lengths.
    const body = Buffer.from('0107100e000001 28 03616263026466'.replaceAll(' ', ''), 'hex');
    const head = Buffer.from('820000105d0000000000000000', 'hex');
    const packet = Buffer.concat([head, body], 3200);
    packet.writeUInt16LE(3200 - head.length - body.length, 5);
    const objects = objectsOf(read(Buffer.concat([header, packet])));
    expect(objects.map((object) => [object.timeMs, object.bytes.toString()])).toEqual([
      [0x0e10 - 3100, 'abc'],
      [0x0e10 - 3100 + 40, 'df'],
    ]);
  });

  it('is not irritated by the size of the data object', () => {
    const changed = Buffer.from(stream);
    changed.writeBigUInt64LE(0n, header.length - 50 + 16);
    expect(objectsOf(read(changed))).toHaveLength(objectsOf(read(stream)).length);
  });

  it.each([
    ['another format', Buffer.from('File not found.')],
    ['a picture', Buffer.from('ffd8ffe0', 'hex')],
    ['a header without end', Buffer.concat([header.subarray(0, 100), Buffer.alloc(1_100_000)])],
    ['packets of no size', zeroed(96, 4)],
    ['an object of no size', zeroed(16, 8)],
  ])('refuses %s', (_name, bytes) => {
    expect(() => read(bytes)).toThrow(MediaFormatError);
  });
});

/** The stream with zeros in its file properties. */
function zeroed(offset: number, byteCount: number): Buffer {
  const changed = Buffer.from(stream);
  const at = changed.indexOf(Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex')) + offset;
  return changed.fill(0, at, at + byteCount);
}

describe('AsfReader, any input', () => {
  const bound = 3200 + 16 * 1024 * 1024;
  const small = Buffer.concat([header, ...packets.slice(0, 12)]);

  it('gives the same events however the stream is split', () => {
    const garbage = fc.uint8Array({ maxLength: 4000 });
    fc.assert(
      fc.property(cuts, garbage, fc.nat({ max: 11 }), (at, noise, where) => {
        const parts = packets
          .slice(0, 12)
          .flatMap((packet, index) => (index === where ? [Buffer.from(noise), packet] : [packet]));
        const bytes = Buffer.concat([header, ...parts]);
        const whole = read(bytes);
        const reader = new AsfReader();
        const pieces = splitAt(bytes, at).flatMap((chunk) => reader.push(chunk));
        expect(digest(pieces)).toBe(digest(whole));
      }),
      { numRuns: 60 },
    );
  });

  it('reads byte by byte', () => {
    const reader = new AsfReader();
    const events = [...small].flatMap((byte) => reader.push(Buffer.from([byte])));
    expect(digest(events)).toBe(digest(read(small)));
  });

  it('throws nothing but its own error and stays within its memory', () => {
    const mutation = fc.tuple(fc.nat({ max: small.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 60 }), cuts, (mutations, at) => {
        const bytes = Buffer.from(small);
        for (const [offset, value] of mutations) bytes[offset] = value;
        const reader = new AsfReader();
        try {
          for (const chunk of splitAt(bytes, at)) {
            reader.push(chunk);
            expect(reader.bufferedByteCount).toBeLessThanOrEqual(bound);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('AsfReader and claims that cost the camera nothing', () => {
  const packetBytes = 64;
  const filePropertiesId = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');
  const format = { fourcc: 'H264', width: 64, height: 64, extradata: Buffer.alloc(0) } as const;

  /** A reader that has the header of a stream with packets of 64 bytes. */
  function readerOfSmallPackets(): AsfReader {
    const header = renderAsfHeader([{ kind: 'video', format }]);
    const sizesAt = header.indexOf(filePropertiesId) + 92;
    header.writeUInt32LE(packetBytes, sizesAt);
    header.writeUInt32LE(packetBytes, sizesAt + 4);
    const reader = new AsfReader();
    expect(reader.push(header)).toHaveLength(1);
    return reader;
  }

  /** The first piece of an object that is said to be this large. */
  function beginOf(objectNumber: number, objectBytes: number): Buffer {
    const packet = Buffer.alloc(packetBytes);
    packet.set([0x82, 0, 0, 0, 0x5d]);
    packet.set([0x81, objectNumber & 0xff, 0, 0, 0, 0, 8], 11);
    packet.writeUInt32LE(objectBytes, 18);
    return packet;
  }

  it('takes memory for an object as it comes, not as it is claimed', () => {
    const reader = readerOfSmallPackets();
    const begins = Array.from({ length: 4096 }, (_, number) => beginOf(number, 8 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    reader.push(beginOf(0, 8 * 1024 * 1024));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024);
    const startMs = performance.now();
    reader.push(Buffer.concat(begins));
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  it('puts an object together whose pieces come one by one', () => {
    const reader = readerOfSmallPackets();
    const dataBytes = packetBytes - 26;
    const pieces = Array.from({ length: 100 }, (_, index) => {
      const piece = beginOf(7, 100 * dataBytes);
      piece.writeUInt32LE(index * dataBytes, 13);
      return piece.fill(index, 26);
    });
    const [object] = objectsOf(reader.push(Buffer.concat(pieces)));
    expect(object?.bytes).toEqual(Buffer.concat(pieces.map((piece) => piece.subarray(26))));
  });

  it('passes over garbage that could begin a packet at every byte', () => {
    const reader = readerOfSmallPackets();
    const garbage = Buffer.alloc(256 * 1024, 0x82);
    const startMs = performance.now();
    const events = reader.push(Buffer.concat([garbage, beginOf(1, 10_000)]));
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(events.map(({ type }) => type)).toEqual(['corrupt', 'packet']);
  });

  it('gives a stream up in which packets only seem to begin', () => {
    const reader = readerOfSmallPackets();
    const seeming = Buffer.from('820000005d'.repeat(5000), 'hex');
    expect(() => reader.push(seeming)).toThrow(MediaFormatError);
  });
});
