import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shiftDecodeTimes } from '../../../src/media/decode-times.ts';
import { writeFragment, type WrittenRun } from '../../../src/media/fragment-writer.ts';
import { makePreroll } from '../../../src/media/preroll.ts';
import { readSamples } from '../../../src/media/track-samples.ts';
import { ffmpegPaths, makeFootage } from '../hls/ffmpeg-fragments.ts';

/** The MD5 of each decoded picture, as an independent reader sees it; fails on any complaint. */
function pictures(media: Buffer): { times: number[]; hashes: string[] } {
  const args = ['-v', 'error', '-i', 'pipe:0', '-map', '0:v', '-f', 'framemd5', 'pipe:1'];
  const run = spawnSync('ffmpeg', args, { input: media, timeout: 20_000 });
  expect(run.stderr.toString()).toBe('');
  const lines = run.stdout.toString().split('\n');
  const timebase = /#tb 0: (\d+)\/(\d+)/.exec(run.stdout.toString());
  const tick = Number(timebase?.[1]) / Number(timebase?.[2]);
  const rows = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(/, */));
  return {
    times: rows.map((row) => Number(row[2]) * tick),
    hashes: rows.map((row) => row[5] ?? ''),
  };
}

describe('preroll', () => {
  it.each([
    ['silent', 'system', false],
    ['with sound', 'system', true],
    ['silent', 'bundled', false],
    ['with sound', 'bundled', true],
  ] as const)(
    'shows the first picture of a stream (%s, %s ffmpeg) before it begins',
    async (_name, build, hasAudio) => {
      const { init, fragments } = await makeFootage({
        ffmpegPath: ffmpegPaths[build],
        frameRate: 10,
        gopSeconds: 1,
        seconds: 1,
        hasAudio,
      });
      const media = fragments.map(({ bytes }) => Buffer.from(bytes));
      const preroll = makePreroll(init, media, 0.2);
      if (preroll === undefined) throw new Error('no preroll');
      expect(preroll.durationSeconds).toBeCloseTo(hasAudio ? (9 * 1024) / 44_100 : 0.2, 1);
      for (const bytes of media) shiftDecodeTimes(bytes, preroll.shiftTicks);
      const { times, hashes } = pictures(Buffer.concat([init.bytes, preroll.bytes, ...media]));
      expect(hashes).toHaveLength(11);
      expect(hashes[1]).toBe(hashes[0]);
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeCloseTo(preroll.durationSeconds, 1);
    },
  );

  it('gives up on a picture that it cannot find, instead of failing', () => {
    const track = { id: 1, timescale: 1000, codec: 'h264', codecString: '' } as const;
    const init = {
      bytes: Buffer.from('no boxes'),
      tracks: [{ kind: 'video', width: 0, height: 0, videoRange: undefined, ...track } as const],
    };
    expect(makePreroll(init, [Buffer.from('no fragment')], 0.2)).toBeUndefined();
  });
});

const run: fc.Arbitrary<WrittenRun> = fc.record({
  trackId: fc.constant(1),
  decodeTime: fc.nat({ max: 2 ** 40 }),
  duration: fc.nat({ max: 2 ** 31 }),
  compositionOffset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  count: fc.integer({ min: 1, max: 20 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
});

describe('written fragments', () => {
  it('are read as they were written, shifted by what was added', () =>
    fc.assert(
      fc.property(run, run, fc.nat({ max: 2 ** 40 }), (one, two, shift) => {
        const other = { ...two, trackId: 2 };
        const fragment = writeFragment([one, other]);
        shiftDecodeTimes(fragment, new Map([[2, shift]]));
        const samples = [...readSamples(fragment, new Map())];
        expect(samples).toHaveLength(one.count + other.count);
        for (const [index, sample] of samples.entries()) {
          const isOne = index < one.count;
          const { trackId, decodeTime, duration, compositionOffset, bytes } = isOne ? one : other;
          const at = isOne ? index : index - one.count;
          const added = isOne ? 0 : shift;
          expect(sample).toMatchObject({
            trackId,
            duration,
            compositionOffset,
            bytes,
            decodeTime: decodeTime + added + at * duration,
          });
          expect(sample.isSync).toBe(true);
        }
      }),
    ));
});
