import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import {
  corruptCountOf,
  header,
  large,
  objectsOf,
  packets,
  packetsOf,
  partsOf,
  read,
  stream,
  videoOf,
} from './asf-streams.ts';

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
