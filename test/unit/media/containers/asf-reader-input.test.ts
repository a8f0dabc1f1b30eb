import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import { renderAsfHeader } from '../../../../src/media/asf/asf-writer.ts';
import { cuts, digest, splitAt } from '../support.ts';
import { header, objectsOf, packets, read } from './asf-streams.ts';

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
