import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../src/lib/errors.ts';
import { FragmentReader } from '../../../src/media/mp4/fragment-reader.ts';
import type { Fragment, FragmentEvent, InitSegment } from '../../../src/media/types.ts';
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
} from './support.ts';

const perFrame = ['-movflags', '+frag_every_frame+empty_moov+default_base_moof'];
const toPipe = [...perFrame, '-f', 'mp4', 'pipe:1'];
const h264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-profile:v', 'main', '-g', '10'];
const aac = ['-c:a', 'aac', '-ar', '48000'];

function read(stream: Buffer): FragmentEvent[] {
  return new FragmentReader().push(stream);
}

function initOf(events: readonly FragmentEvent[]): InitSegment {
  const [event] = events;
  if (event?.type !== 'init') throw new Error('The first event is no init segment.');
  return event.init;
}

function fragmentsOf(events: readonly FragmentEvent[]): Fragment[] {
  return events.flatMap((event) => (event.type === 'fragment' ? [event.fragment] : []));
}

function runsOf(events: readonly FragmentEvent[], trackId: number) {
  return fragmentsOf(events).flatMap(({ runs }) => runs.filter((run) => run.trackId === trackId));
}

describe.each(ffmpegBuilds)('FragmentReader on what %s writes', (build) => {
  const stream = ffmpeg(build, [
    ...testPicture('320x240'),
    ...testTone,
    ...h264,
    ...aac,
    ...toPipe,
  ]);
  const events = read(stream);

  it('knows the tracks', () => {
    const [video, audio] = initOf(events).tracks;
    expect(video).toMatchObject({ kind: 'video', id: 1, codec: 'h264', width: 320, height: 240 });
    expect(video?.codecString).toMatch(/^avc1\.4d[0-9a-f]{4}$/);
    expect(audio).toEqual({
      kind: 'audio',
      id: 2,
      timescale: 48000,
      codec: 'aac',
      codecString: 'mp4a.40.2',
      sampleRate: 48000,
      channelCount: 1,
    });
  });

  it('gives one fragment for each sample, with times without gaps', () => {
    const video = runsOf(events, 1);
    const timescale = initOf(events).tracks[0]?.timescale ?? 0;
    expect(video).toHaveLength(30);
    expect(video.filter((run) => run.isKeyframe)).toHaveLength(3);
    expect(video.map((run) => run.decodeTime - (video[0]?.decodeTime ?? 0))).toEqual(
      video.map((_, index) => (index * timescale) / 10),
    );
    const audio = runsOf(events, 2);
    expect(audio.every((run) => run.isKeyframe && run.sampleCount === 1)).toBe(true);
    // Newer builds give some sound a duration of 0 and the right time to its successor, so only times are compared.
    const times = audio.map((run) => run.decodeTime);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(2.9 * 48000);
  });

  it('leaves nothing out that a player needs', () => {
    const copy = Buffer.concat([
      initOf(events).bytes,
      ...fragmentsOf(events).map((fragment) => fragment.bytes),
    ]);
    expect(copy.equals(stream.subarray(0, copy.length))).toBe(true);
    if (hasFfprobe) expect(probePackets(copy)).toEqual(probePackets(stream));
  });

  it('reads fragments of several tracks and many samples', () => {
    const flags = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof'];
    const args = [...testPicture('320x240'), ...testTone, ...h264, ...aac, ...flags];
    const grouped = read(ffmpeg(build, [...args, '-f', 'mp4', 'pipe:1']));
    const video = runsOf(grouped, 1);
    expect(video.map((run) => run.sampleCount)).toEqual([10, 10, 10]);
    expect(video.every((run) => run.isKeyframe)).toBe(true);
    expect(video.map((run) => run.duration)).toEqual(
      Array.from({ length: 3 }, () => initOf(grouped).tracks[0]?.timescale),
    );
    const audio = runsOf(grouped, 2);
    const end = (audio.at(-1)?.decodeTime ?? 0) + (audio.at(-1)?.duration ?? 0);
    expect(audio.reduce((sum, run) => sum + run.duration, 0)).toBe(end);
    expect(fragmentsOf(grouped).some((fragment) => fragment.runs.length === 2)).toBe(true);
  });
});

const build = ffmpegBuilds[0] ?? 'ffmpeg';
const stream = ffmpeg(build, [...testPicture('160x120'), ...testTone, ...h264, ...aac, ...toPipe]);
const events = read(stream);

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

describe('FragmentReader', () => {
  it('gives a fragment with its last byte', () => {
    const reader = new FragmentReader();
    reader.push(initOf(events).bytes);
    for (const { bytes } of fragmentsOf(events).slice(0, 5)) {
      expect(reader.push(bytes.subarray(0, -1))).toEqual([]);
      expect(reader.push(bytes.subarray(-1))).toHaveLength(1);
    }
    expect(reader.bufferedByteCount).toBeLessThan(100);
  });

  it('leaves other boxes out, however large, without keeping them', () => {
    const [first, second] = fragmentsOf(events).map((fragment) => fragment.bytes);
    if (first === undefined || second === undefined) throw new Error('No fragments.');
    const reader = new FragmentReader();
    const large = box('free', Buffer.alloc(1_000_000));
    const between = [box('styp', Buffer.alloc(8)), box('sidx', Buffer.alloc(44)), large];
    const bytes = Buffer.concat([initOf(events).bytes, first, ...between, second]);
    const found: FragmentEvent[] = [];
    for (let at = 0; at < bytes.length; at += 10_000) {
      found.push(...reader.push(bytes.subarray(at, at + 10_000)));
      expect(reader.bufferedByteCount).toBeLessThan(20_000);
    }
    expect(fragmentsOf(found).map((fragment) => fragment.bytes.length)).toEqual([
      first.length,
      second.length,
    ]);
  });

  it('takes a new init segment in the middle', () => {
    const again = read(Buffer.concat([stream, stream]));
    expect(again.filter((event) => event.type === 'init')).toHaveLength(2);
  });

  it('reads 64-bit sizes and decode times', () => {
    const fragment = Buffer.from(fragmentsOf(events)[0]?.bytes ?? []);
    const tfdt = fragment.indexOf('tfdt');
    expect(fragment[tfdt + 4]).toBe(1);
    fragment.writeBigUInt64BE(2n ** 40n, tfdt + 8);
    const mdat = fragment.indexOf('mdat') - 4;
    const wide = Buffer.alloc(16);
    wide.writeUInt32BE(1);
    wide.write('mdat', 4);
    wide.writeBigUInt64BE(BigInt(fragment.length - mdat + 8), 8);
    const head = fragment.subarray(0, mdat);
    const made = Buffer.concat([initOf(events).bytes, head, wide, fragment.subarray(mdat + 8)]);
    expect(fragmentsOf(read(made))[0]?.runs[0]?.decodeTime).toBe(2 ** 40);
  });

  it('does not keep a large chunk alive for a small fragment', () => {
    const filler = box('free', Buffer.alloc(100_000));
    const first = fragmentsOf(events)[0]?.bytes ?? Buffer.alloc(0);
    const found = fragmentsOf(read(Buffer.concat([initOf(events).bytes, first, filler])));
    expect(found[0]?.bytes.buffer.byteLength).toBe(first.length);
  });

  const init = initOf(events).bytes;
  const tooLarge = Buffer.from([0x05, 0, 0, 0, ...Buffer.from('moof')]);
  it.each([
    ['text', Buffer.from('Invalid data found when processing input')],
    ['a box without size', Buffer.from([0, 0, 0, 0, ...Buffer.from('moof')])],
    ['a box smaller than its head', Buffer.from([0, 0, 0, 7, ...Buffer.from('free')])],
    ['a box over the limit', Buffer.concat([init, tooLarge])],
    ['a fragment before the init segment', stream.subarray(init.length)],
    ['moov before ftyp', stream.subarray(stream.readUInt32BE(0))],
    ['moof without mdat', Buffer.concat([init, box('moof', Buffer.alloc(0)), box('free', init)])],
    [
      'an empty moof',
      Buffer.concat([init, box('moof', box('traf', Buffer.alloc(0))), box('mdat', init)]),
    ],
  ])('refuses %s', (_name, bytes) => {
    expect(() => read(bytes)).toThrow(MediaFormatError);
  });
});

describe('FragmentReader, any input', () => {
  it('gives the same events however the stream is split', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const reader = new FragmentReader();
        const pieces = splitAt(stream, at).flatMap((chunk) => reader.push(chunk));
        expect(digest(pieces)).toBe(digest(events));
        expect(reader.bufferedByteCount).toBeLessThan(100);
      }),
      { numRuns: 40 },
    );
  });

  it('throws nothing but its own error', () => {
    const length = 6000;
    const mutation = fc.tuple(fc.nat({ max: length }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 8 }), cuts, (mutations, at) => {
        const bytes = Buffer.from(stream.subarray(0, length));
        for (const [offset, value] of mutations) bytes[offset] = value;
        const reader = new FragmentReader();
        try {
          for (const chunk of splitAt(bytes, at)) reader.push(chunk);
          expect(reader.bufferedByteCount).toBeLessThanOrEqual(length);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
