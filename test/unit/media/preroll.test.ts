import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needBox } from '../../../src/media/boxes.ts';
import { writeFragment, type WrittenRun } from '../../../src/media/fragment-writer.ts';
import { mergeFragments } from '../../../src/media/merge-fragments.ts';
import { makePreroll } from '../../../src/media/preroll.ts';
import { parseSampleDefaults } from '../../../src/media/track-runs.ts';
import { readSamples } from '../../../src/media/track-samples.ts';
import { ffmpegPaths, makeFootage, type Footage } from '../hls/ffmpeg-fragments.ts';

/** Time and MD5 of each decoded picture, as an independent reader sees them; fails on any complaint. */
function decoded(media: Buffer): { times: number[]; hashes: string[] } {
  const args = ['-v', 'error', '-i', 'pipe:0', '-map', '0:v', '-f', 'framemd5', 'pipe:1'];
  const run = spawnSync('ffmpeg', args, { input: media, timeout: 20_000 });
  expect(run.stderr.toString()).toBe('');
  const timebase = /#tb 0: (\d+)\/(\d+)/.exec(run.stdout.toString());
  const tick = Number(timebase?.[1]) / Number(timebase?.[2]);
  const lines = run.stdout.toString().split('\n');
  const rows = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(/, */));
  return {
    times: rows.map((row) => Number(row[2]) * tick),
    hashes: rows.map((row) => row[5] ?? ''),
  };
}

function mergeOptions({ init }: Footage) {
  const [video] = init.tracks;
  return {
    defaults: parseSampleDefaults(needBox(init.bytes, 'moov'), new Set([video?.id ?? 0])),
    trackIds: init.tracks.map(({ id }) => id),
    shiftTicks: undefined,
  };
}

describe.each([
  ['silent', 'system', false],
  ['with sound', 'system', true],
  ['silent', 'bundled', false],
  ['with sound', 'bundled', true],
] as const)('a stream (%s, %s ffmpeg)', (_name, build, hasAudio) => {
  const footage = makeFootage({
    ffmpegPath: ffmpegPaths[build],
    frameRate: 10,
    gopSeconds: 1,
    seconds: 1,
    hasAudio,
  });

  it('shows its first picture in a preroll', async () => {
    const { init, fragments } = await footage;
    const options = mergeOptions(await footage);
    const bytes = fragments.map((fragment) => fragment.bytes);
    const preroll = makePreroll(init, bytes, { ...options, partCount: 3, partSeconds: 0.2 });
    if (preroll === undefined) throw new Error('no preroll');
    const media = mergeFragments(bytes, { ...options, shiftTicks: preroll.shiftTicks });
    const { times, hashes } = decoded(Buffer.concat([init.bytes, ...preroll.parts, media]));
    expect(hashes).toHaveLength(13);
    expect(new Set(hashes.slice(0, 4)).size).toBe(1);
    // Beside sound ffmpeg stretches the first frame by the delay of its encoder.
    expect((times[3] ?? 0) - (times[0] ?? 0)).toBeCloseTo(0.6, 1);
  });

  it('is the same when its fragments are merged', async () => {
    const { init, fragments } = await footage;
    const bytes = fragments.map((fragment) => fragment.bytes);
    const third = Math.floor(bytes.length / 3);
    const parts = [bytes.slice(0, third), bytes.slice(third, 2 * third), bytes.slice(2 * third)];
    const options = mergeOptions(await footage);
    const merged = parts.map((part) => mergeFragments(part, options));
    const expected = decoded(Buffer.concat([init.bytes, ...bytes]));
    expect(decoded(Buffer.concat([init.bytes, ...merged]))).toEqual(expected);
    for (const trackId of options.trackIds) {
      const ofTrack = (media: readonly Buffer[]): unknown[] =>
        [...readSamples(Buffer.concat(media), options.defaults)]
          .filter((sample) => sample.trackId === trackId)
          .map(({ decodeTime, isSync, bytes: data }) => ({ decodeTime, isSync, data }));
      expect(ofTrack(merged)).toEqual(ofTrack(bytes));
    }
  });
});

const sample = fc.record({
  duration: fc.integer({ min: 1, max: 2 ** 31 }),
  compositionOffset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  isSync: fc.boolean(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
});
const samples = fc.array(sample, { minLength: 1, maxLength: 10 });
const ticks = fc.nat({ max: 2 ** 40 });
const defaults = new Map(
  [1, 2].map((id) => [id, { duration: 0, size: 0, flags: 0, isVideo: true }]),
);

function endOf({ decodeTime, samples }: WrittenRun): number {
  return samples.reduce((sum, { duration }) => sum + duration, decodeTime);
}

describe('written fragments', () => {
  it('are read as they were written, merged and shifted', () =>
    fc.assert(
      fc.property(samples, samples, samples, fc.tuple(ticks, ticks, ticks), (a, b, c, times) => {
        const [videoTime, soundTime, shift] = times;
        const video: WrittenRun = { trackId: 1, decodeTime: videoTime, samples: a };
        const later: WrittenRun = { trackId: 1, decodeTime: endOf(video), samples: b };
        const sound: WrittenRun = { trackId: 2, decodeTime: soundTime, samples: c };
        const fragments = [
          writeFragment(7, [sound]),
          writeFragment(8, [video]),
          writeFragment(9, [later]),
        ];
        const trackIds = [1, 2];
        const merged = mergeFragments(fragments, {
          defaults,
          trackIds,
          shiftTicks: new Map([[2, shift]]),
        });
        const read = [...readSamples(merged, defaults)];
        expect(read.map(({ trackId }) => trackId)).toEqual([
          ...[...a, ...b].map(() => 1),
          ...c.map(() => 2),
        ]);
        for (const [index, written] of [...a, ...b, ...c].entries()) {
          expect(read[index]).toMatchObject(written);
        }
        expect(read[0]?.decodeTime).toBe(videoTime);
        expect(read[a.length]?.decodeTime).toBe(endOf(video));
        expect(read[a.length + b.length]?.decodeTime).toBe(soundTime + shift);
      }),
    ));
});
