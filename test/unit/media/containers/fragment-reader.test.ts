import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import type { Frame } from '../../../../src/media/frame.ts';
import { readFragments, type StoredFrame } from '../../../../src/media/mp4/fragment-reader.ts';
import { writeFragment, type FragmentRun } from '../../../../src/media/mp4/fragment-writer.ts';
import { readSamples, type Sample } from '../../../../src/media/mp4/track-samples.ts';
import { mp4Frames, readMp4, type Mp4 } from '../ffmpeg-mp4.ts';
import { ffmpeg, ffmpegBuilds, probePackets, testPicture, testTone } from '../support.ts';

const h264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-profile:v', 'main', '-g', '10'];
const aac = ['-c:a', 'aac', '-ar', '48000'];

function encode(build: string, fragments: string): Buffer {
  const flags = ['-movflags', `+${fragments}+empty_moov+default_base_moof`];
  const media = [...testPicture('320x240'), ...testTone, ...h264, ...aac];
  return ffmpeg(build, [...media, ...flags, '-f', 'mp4', 'pipe:1']);
}

function samplesOf({ fragments, defaults }: Mp4, trackId: number): Sample[] {
  const samples = fragments.flatMap((fragment) => [...readSamples(fragment, defaults)]);
  return samples.filter((sample) => sample.trackId === trackId);
}

describe.each(ffmpegBuilds)('samples of what %s writes', (build) => {
  it.each(['frag_every_frame', 'frag_keyframe'])('have times without gaps: %s', (fragments) => {
    const mp4 = readMp4(encode(build, fragments));
    const video = samplesOf(mp4, 1);
    const timescale = mp4.video?.timescale ?? 0;
    expect(video).toHaveLength(30);
    expect(video.filter(({ isSync }) => isSync)).toHaveLength(3);
    expect(video.map(({ decodeTime }) => decodeTime - (video[0]?.decodeTime ?? 0))).toEqual(
      video.map((_, index) => (index * timescale) / 10),
    );
    const audio = samplesOf(mp4, 2);
    expect(audio.every(({ isSync }) => isSync)).toBe(true);
    // Newer builds give some sound a duration of 0 and the right time to its successor, so only times are compared.
    const times = audio.map(({ decodeTime }) => decodeTime);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(2.9 * 48000);
  });

  it('are those that ffprobe sees', () => {
    const stream = encode(build, 'frag_keyframe');
    const mp4 = readMp4(stream);
    const probed = probePackets(stream);
    for (const [index, id] of [1, 2].entries()) {
      expect(samplesOf(mp4, id).map(({ bytes }) => bytes.length)).toEqual(
        probed.filter((packet) => packet.stream === index).map(({ sizeBytes }) => sizeBytes),
      );
    }
  });
});

const mp4 = readMp4(encode(ffmpegBuilds[0] ?? 'ffmpeg', 'frag_every_frame'));
const [first = Buffer.alloc(0)] = mp4.fragments;

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

describe('samples of fragments', () => {
  it('have 64-bit sizes and decode times', () => {
    const fragment = Buffer.from(first);
    const tfdt = fragment.indexOf('tfdt');
    expect(fragment[tfdt + 4]).toBe(1);
    fragment.writeBigUInt64BE(2n ** 40n, tfdt + 8);
    const mdat = fragment.indexOf('mdat') - 4;
    const wide = Buffer.alloc(16);
    wide.writeUInt32BE(1);
    wide.write('mdat', 4);
    wide.writeBigUInt64BE(BigInt(fragment.length - mdat + 8), 8);
    const bytes = Buffer.concat([fragment.subarray(0, mdat), wide, fragment.subarray(mdat + 8)]);
    expect([...readSamples(bytes, mp4.defaults)][0]?.decodeTime).toBe(2 ** 40);
  });

  const beyond = Buffer.from(first);
  beyond.writeUInt32BE(beyond.length * 2, beyond.indexOf('trun') + 12);
  it.each([
    ['text', Buffer.from('Invalid data found when processing input')],
    ['a box without size', Buffer.from([0, 0, 0, 0, ...Buffer.from('moof')])],
    ['a box smaller than its head', Buffer.from([0, 0, 0, 7, ...Buffer.from('free')])],
    ['a box that is cut short', first.subarray(0, -1)],
    [
      'an empty moof',
      Buffer.concat([box('moof', box('traf', Buffer.alloc(0))), box('mdat', first)]),
    ],
    ['a sample that reaches out of its fragment', beyond],
  ])('are refused in %s', (_name, bytes) => {
    expect(() => [...readSamples(bytes, mp4.defaults)]).toThrow(MediaFormatError);
    expect(() => [...readFragments(bytes)]).toThrow(MediaFormatError);
  });

  it('throw nothing but their own error', () => {
    const mutation = fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
        const bytes = Buffer.from(first);
        for (const [offset, value] of mutations) bytes[offset] = value;
        try {
          for (const { data } of mp4Frames(mp4, bytes)) expect(data.length).toBeGreaterThan(0);
          for (const { duration } of readFragments(bytes))
            expect(duration).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('readFragments', () => {
  const piece = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const frames = (kind: Frame['kind']) =>
    fc.array(
      fc.record({
        duration: fc.nat(90_000),
        offset: kind === 'video' ? fc.integer({ min: -90_000, max: 90_000 }) : fc.constant(0),
        isKeyframe: kind === 'video' ? fc.boolean() : fc.constant(true),
        data: fc.array(piece, { minLength: 1, maxLength: kind === 'video' ? 3 : 1 }),
      }),
      { maxLength: 6 },
    );

  /** Each begins where the one before it ends. */
  function timed(kind: Frame['kind'], begin: number, rows: readonly Row[]): StoredFrame[] {
    let dts = begin;
    return rows.map(({ duration, offset, isKeyframe, data }) => {
      const pieces = data.map((bytes) => Buffer.from(bytes));
      const frame = { kind, pts: dts + offset, dts, duration, isKeyframe, data: pieces };
      dts += duration;
      return frame;
    });
  }
  type Row = { duration: number; offset: number; isKeyframe: boolean; data: Uint8Array[] };

  it('gives the frames that were written, fragment by fragment', () => {
    fc.assert(
      fc.property(frames('video'), frames('audio'), fc.nat(2 ** 40), (pictures, sounds, begin) => {
        const written = [timed('video', begin, pictures), timed('audio', begin, sounds)];
        const runs = written.map((own, index): FragmentRun => {
          const durations = own.map(({ duration }) => duration);
          return { kind: index === 0 ? 'video' : 'audio', frames: own, durations, shiftTicks: 0 };
        });
        const fragment = writeFragment(1, runs);
        expect([...readFragments(Buffer.concat([fragment, fragment]))]).toEqual([
          ...written.flat(),
          ...written.flat(),
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
