import { describe, expect, it } from 'vitest';
import {
  inOrder,
  jpegTrack,
  pcmTrack,
  play,
  steady,
  steadyAudio,
  steps,
  tracksOf,
  type Input,
} from './support.ts';

/** The network holds each frame up by so much, and keeps their order. */
function delayed(inputs: readonly Input[], delayMs: (at: number) => number): Input[] {
  let lastMs = 0;
  return inputs.map(({ frame, at }) => {
    lastMs = Math.max(lastMs, at + delayMs(at));
    return { frame, at: lastMs };
  });
}

const from = (startMs: number, endMs: number, delayMs: (sinceMs: number) => number) => {
  return (at: number): number => (at > startMs && at < endMs ? delayMs(at - startMs) : 0);
};

const troubles: readonly (readonly [string, (at: number) => number, number])[] = [
  ['grows slower up to 1.5 s for 15 s', from(60_000, 75_000, (ms) => Math.min(1_500, ms / 2)), 2],
  ['is 1 s slower for 30 s', from(60_000, 90_000, () => 1_000), 2],
  ['is 2 s slower for good', from(60_000, Infinity, () => 2_000), 2],
  ['starts with a backlog of 0.8 s', (at) => Math.max(0, 800 - at), 1],
  ['starts with a backlog of 2.5 s', (at) => Math.max(0, 2_500 - at), 1],
  ['starts slowly', (at) => Math.max(0, 400 - at / 2), 1],
  ['stalls for 3.5 s', from(60_000, 63_500, (ms) => 3_500 - ms), 1],
  ['stalls for 6 s', from(60_000, 66_000, (ms) => 6_000 - ms), 2],
];

describe('a network that', () => {
  it.each(troubles)('%s loses nothing, and the wall clock comes right again', (_, delay, most) => {
    const { runs, video, normaliser } = play(delayed(steady(6_000, 40), delay));
    expect(video).toHaveLength(6_000);
    expect(runs.length).toBeLessThanOrEqual(most);
    expect(normaliser.facts.stampFault).toBeUndefined();
    for (const { wallErrorMs } of video) {
      expect(wallErrorMs).toBeLessThan(1_005);
      expect(wallErrorMs).toBeGreaterThan(-4_000);
    }
    for (const { wallErrorMs } of video.slice(-1_000))
      expect(Math.abs(wallErrorMs)).toBeLessThan(600);
    for (const ms of steps(video.slice(-1_000))) expect(Math.abs(ms - 40)).toBeLessThan(0.4);
  });

  it.each(troubles)('%s leaves audio in step', (_, delay) => {
    const [video, audio] = [steady(6_000, 40), steadyAudio(6_000)];
    const inputs = inOrder(delayed(video, delay), delayed(audio, delay));
    const outcome = play(inputs, tracksOf(jpegTrack, pcmTrack));
    expect(outcome.runs.length).toBeLessThanOrEqual(4);
    const last = outcome.runs.length - 1;
    const frames = outcome.video.filter(({ run }) => run === last).slice(-1_000);
    const blocks = outcome.audio.filter(({ run }) => run === last).slice(-1_000);
    const difference = (frames[0]?.wallErrorMs ?? NaN) - (blocks[0]?.wallErrorMs ?? NaN) - 40;
    expect(Math.abs(difference)).toBeLessThan(40);
    expect(steps(blocks).every((ms) => ms === 40)).toBe(true);
  });
});
