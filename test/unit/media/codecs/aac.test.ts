import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { aacConfiguration, parseAacFormat } from '../../../../src/media/aac/aac-configuration.ts';
import { adtsFramesIn, AdtsReader, type AdtsEvent } from '../../../../src/media/aac/adts-reader.ts';
import { probeStream } from '../media-programs.ts';
import { cuts, digest, ffmpeg, ffmpegBuilds, probePackets, splitAt } from '../support.ts';

function encode(sampleRate: number, channels: number): Buffer {
  const tone = `sine=duration=1:sample_rate=${sampleRate}`;
  const codec = ['-ac', String(channels), '-c:a', 'aac', '-f', 'adts', 'pipe:1'];
  return ffmpeg(ffmpegBuilds[0] ?? 'ffmpeg', ['-f', 'lavfi', '-i', tone, ...codec]);
}

function framesOf(events: readonly AdtsEvent[]): Buffer[] {
  return events.flatMap((event) => (event.type === 'frame' ? [event.frame.bytes] : []));
}

const stream = encode(48_000, 2);
const frames = adtsFramesIn(stream) ?? [];

describe('AdtsReader', () => {
  it.each([
    [48_000, 2],
    [44_100, 1],
    [8_000, 1],
    [16_000, 6],
  ])('reads %i Hz with %i channels like ffprobe', (sampleRate, channelCount) => {
    const bytes = encode(sampleRate, channelCount);
    const events = new AdtsReader().push(bytes);
    const [first] = events;
    if (first?.type !== 'frame') throw new Error('No frame.');
    expect(first.frame.header).toMatchObject({ sampleRate, channelCount });
    expect(parseAacFormat(first.frame.header.configuration)).toEqual({
      ...{ objectType: 2, sampleRate, channelCount, frameSamples: 1024 },
    });
    expect(first.frame.header.configuration).toEqual(
      aacConfiguration({ sampleRate, channelCount }),
    );
    const probed = probeStream(bytes, 'a');
    expect([probed['sample_rate'], probed['channels']]).toEqual([String(sampleRate), channelCount]);
    expect(framesOf(events).map(({ length }) => length + 7)).toEqual(
      probePackets(bytes).map(({ sizeBytes }) => sizeBytes),
    );
  });

  it('reads the same however the bytes are cut', () => {
    const expected = digest(new AdtsReader().push(stream));
    fc.assert(
      fc.property(cuts, (places) => {
        const reader = new AdtsReader();
        expect(digest(splitAt(stream, places).flatMap((piece) => reader.push(piece)))).toBe(
          expected,
        );
        expect(reader.bufferedByteCount).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('finds back behind junk, with one word for each gap', () => {
    const junk = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(junk, (bytes) => {
        const events = new AdtsReader().push(Buffer.concat([Buffer.from(bytes), stream]));
        const found = framesOf(events).map((frame) => frame.toString('hex'));
        // Noise may look like a frame and take one with it.
        expect(found.slice(-40)).toEqual(
          frames.slice(-40).map((frame) => frame.bytes.toString('hex')),
        );
        const gaps = events.filter(({ type }) => type === 'corrupt');
        expect(gaps.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 200 },
    );
  });

  it('gives a frame with its last byte', () => {
    const reader = new AdtsReader();
    const length = 7 + (frames[0]?.bytes.length ?? 0);
    expect(reader.push(stream.subarray(0, length - 1))).toEqual([]);
    expect(reader.push(stream.subarray(length - 1, length))).toHaveLength(1);
  });

  it('holds little, whatever comes, and never throws', () => {
    const noise = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 });
    fc.assert(
      fc.property(noise, (chunks) => {
        const reader = new AdtsReader();
        for (const chunk of chunks) {
          reader.push(Buffer.concat([Buffer.from([0xff, 0xf1]), chunk]));
          expect(reader.bufferedByteCount).toBeLessThan(2 * 0x1fff + 2002);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('adtsFramesIn', () => {
  it('takes nothing but whole frames', () => {
    expect(frames.length).toBeGreaterThan(40);
    expect(adtsFramesIn(stream.subarray(0, -1))).toBeUndefined();
    expect(adtsFramesIn(frames[3]?.bytes ?? Buffer.alloc(0))).toBeUndefined();
    expect(adtsFramesIn(Buffer.alloc(0))).toBeUndefined();
  });
});

describe('an AudioSpecificConfig', () => {
  it.each([
    ['AAC-LC, 48 kHz, mono', '1188', { objectType: 2, sampleRate: 48_000, channelCount: 1 }, 1024],
    ['AAC-LC of 960 samples', '118c', { objectType: 2, sampleRate: 48_000, channelCount: 1 }, 960],
    ['HE-AAC', '2b118800', { objectType: 5, sampleRate: 48_000, channelCount: 2 }, 2048],
    ['HE-AAC version 2', 'eb098800', { objectType: 29, sampleRate: 48_000, channelCount: 2 }, 2048],
    [
      'a rate in 24 bits',
      '1780bb800800',
      { objectType: 2, sampleRate: 96_000, channelCount: 1 },
      1024,
    ],
  ])('is read: %s', (_name, hex, format, frameSamples) => {
    const parsed = parseAacFormat(Buffer.from(hex, 'hex'));
    if (!hex.startsWith('17')) expect(parsed).toEqual({ ...format, frameSamples });
    else expect(parsed.frameSamples).toBe(1024);
  });

  it('refuses a rate of SBR that no core has', () => {
    const coreOf10MHz = Buffer.from([239, 236, 0, 0, 166, 6]);
    expect(() => parseAacFormat(coreOf10MHz)).toThrow(MediaFormatError);
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        try {
          expect(parseAacFormat(Buffer.from(bytes)).frameSamples).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(() => aacConfiguration({ sampleRate: 8_001, channelCount: 1 })).toThrow(
      MediaFormatError,
    );
    expect(() => aacConfiguration({ sampleRate: 8_000, channelCount: 0 })).toThrow(
      MediaFormatError,
    );
  });
});
