import { describe, expect, it } from 'vitest';
import {
  jittered,
  inOrder,
  jpegTrack,
  pcmTrack,
  play,
  steady,
  steadyAudio,
  steps,
  tracksOf,
  videoFrame,
  type Input,
} from './support.ts';

/** The network delivers nothing for `ms` from each `every` on, then all at once. */
function held(inputs: readonly Input[], everyMs: number, ms: number): Input[] {
  return inputs.map(({ frame, at }) => {
    const phase = at % everyMs;
    return { frame, at: at > everyMs && phase < ms ? at - phase + ms : at };
  });
}

const stampsOf = (inputs: readonly Input[]): number[] =>
  inputs.map(({ frame }) => frame.stamp ?? NaN);

describe('good stamps', () => {
  const even = steady(3_000, 40);
  it.each([
    ['even', even],
    ['jitter of 30 ms', jittered(even, 30)],
    ['67 and 66 ms', steady(3_000, 1000 / 15)],
    ['stalls of 1.5 s', held(even, 10_000, 1_500)],
    ['stalls of 400 ms each 2 s', held(even, 2_000, 400)],
    ['eight at once', even.map(({ frame, at }) => ({ frame, at: Math.floor(at / 320) * 320 }))],
    ['pairs', even.map(({ frame, at }) => ({ frame, at: Math.floor(at / 80) * 80 }))],
    ['slow, 2 s', steady(50, 2_000)],
    ['slow, 5 s', steady(50, 5_000)],
    ['slow, 10 s', steady(50, 10_000)],
    [
      'holes of 3 s',
      even.map(({ frame, at }, index) => ({
        frame: videoFrame((frame.stamp ?? 0) + 3_000 * Math.floor(index / 500)),
        at: at + 3_000 * Math.floor(index / 500),
      })),
    ],
  ])('stay as they are: %s', (_, inputs) => {
    const { runs, video } = play(inputs);
    expect(runs).toHaveLength(1);
    const first = inputs[0]?.frame.stamp ?? 0;
    expect(video.map(({ ptsMs }) => ptsMs)).toEqual(stampsOf(inputs).map((stamp) => stamp - first));
    expect(video.every(({ frame }) => frame.dts === frame.pts && frame.duration === 0)).toBe(true);
  });

  it('stay as they are beside audio', () => {
    const inputs = inOrder(jittered(even, 30), jittered(steadyAudio(3_000), 30));
    const { runs, video, audio: blocks } = play(inputs, tracksOf(jpegTrack, pcmTrack));
    expect(runs).toHaveLength(1);
    expect(new Set(steps(video).map((ms) => Math.round(ms * 90)))).toEqual(new Set([3_600]));
    expect(steps(blocks).every((ms) => ms === 40)).toBe(true);
    expect(blocks.length).toBeGreaterThan(2_990);
    expect(runs[0]?.audio).toBe(pcmTrack);
  });
});
