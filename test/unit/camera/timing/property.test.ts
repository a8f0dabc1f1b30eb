import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inOrder,
  jpegTrack,
  mpeg4Track,
  pcmTrack,
  play,
  tracksOf,
  videoFrame,
  audioBlock,
  type Input,
} from './support.ts';

const stamp = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 0, max: 20_000 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 33 }),
  fc.constant(0),
);
const gap = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 3, arbitrary: fc.constant(0) },
);

/** Stamps that go their way with faults here and there, so that more than the fallback is tried. */
const walk = fc.array(
  fc.record({
    gap,
    step: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 20, max: 60 }) },
      { weight: 2, arbitrary: fc.integer({ min: -200, max: 300 }) },
      { weight: 1, arbitrary: fc.integer({ min: -(2 ** 32), max: 2 ** 32 }) },
    ),
    isKeyframe: fc.boolean(),
  }),
  { maxLength: 300 },
);
const chaos = fc.array(fc.record({ gap, stamp, isKeyframe: fc.boolean(), isAudio: fc.boolean() }), {
  maxLength: 300,
});

function check(inputs: readonly Input[], tracks: ReturnType<typeof tracksOf>): void {
  const { video, audio } = play(inputs, tracks);
  for (const outputs of [video, audio]) {
    outputs.forEach(({ frame, run, wallErrorMs }, index) => {
      const before = outputs[index - 1];
      if (before?.run === run) expect(frame.dts).toBeGreaterThan(before.frame.dts);
      expect(frame.dts).toBeGreaterThanOrEqual(0);
      expect(frame.pts).toBeGreaterThanOrEqual(frame.dts);
      expect(Number.isSafeInteger(frame.pts)).toBe(true);
      if (frame.kind === 'video') {
        expect(wallErrorMs).toBeLessThan(1_300);
        expect(wallErrorMs).toBeGreaterThan(-5_500);
      }
    });
  }
}

describe('whatever comes', () => {
  it.each([
    ['JPEG', tracksOf(jpegTrack)],
    ['frames out of order', tracksOf(mpeg4Track)],
    ['JPEG and audio', tracksOf(jpegTrack, pcmTrack)],
  ])('times rise and stay near the arrival: %s', (_, tracks) => {
    fc.assert(
      fc.property(chaos, (frames) => {
        let at = 0;
        const inputs = frames.map(({ gap: ms, stamp: value, isKeyframe, isAudio }) => {
          at += ms;
          return { frame: isAudio ? audioBlock(value) : videoFrame(value, isKeyframe), at };
        });
        check(inputs, tracks);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(walk, walk, (frames, blocks) => {
        const inputsOf = (
          list: typeof frames,
          make: (stampMs: number, isKeyframe: boolean) => Input['frame'],
        ): Input[] => {
          let [at, stampMs] = [0, 0];
          return list.map(({ gap: ms, step, isKeyframe }) => {
            at += ms;
            stampMs += step;
            return { frame: make(stampMs, isKeyframe), at };
          });
        };
        check(
          inOrder(
            inputsOf(frames, videoFrame),
            inputsOf(blocks, (stampMs) => audioBlock(stampMs)),
          ),
          tracks,
        );
      }),
      { numRuns: 300 },
    );
  });
});
