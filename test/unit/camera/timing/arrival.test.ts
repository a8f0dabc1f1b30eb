import { describe, expect, it } from 'vitest';
import {
  audioBlock,
  inOrder,
  jittered,
  jpegTrack,
  noise,
  pcmTrack,
  play,
  steady,
  steadyAudio,
  steps,
  tracksOf,
  videoFrame,
  type Input,
  type Outcome,
} from './support.ts';

const unstamped = (times: readonly number[]): Input[] =>
  times.map((at) => ({ frame: videoFrame(undefined), at }));
const every = (count: number, ms: number): number[] =>
  Array.from({ length: count }, (_, i) => i * ms);
const bunched = (count: number, ms: number, size: number): number[] =>
  every(count, ms).map((_, index) => Math.floor(index / size) * size * ms);

function rises({ video }: Outcome): boolean {
  return steps(video).every((ms) => ms > 0);
}

describe('frames without stamps', () => {
  const random = noise(3);
  it.each([
    ['even', every(600, 1000 / 15), 1000 / 15, 0.01],
    ['jitter of 40 ms', every(600, 1000 / 15).map((ms) => ms + 40 * random()), 1000 / 15, 0.15],
    ['pairs', bunched(600, 1000 / 15, 2), 1000 / 15, 0.05],
    ['threes', bunched(600, 1000 / 15, 3), 1000 / 15, 0.1],
    ['eight at once', bunched(800, 1000 / 15, 8), 1000 / 15, 0.15],
    ['one in 2 s', every(60, 2_000), 2_000, 0.01],
    ['one in 5 s', every(60, 5_000), 5_000, 0.01],
    ['one in 10 s', every(60, 10_000), 10_000, 0.01],
    [
      'one in 10 s, jitter of 300 ms',
      every(60, 10_000).map((ms) => ms + 300 * random()),
      10_000,
      0.05,
    ],
  ])('come out steady: %s', (_, times, intervalMs, tolerance) => {
    const outcome = play(unstamped(times));
    expect(outcome.runs).toHaveLength(1);
    expect(outcome.video).toHaveLength(times.length);
    expect(rises(outcome)).toBe(true);
    const late = steps(outcome.video).slice(times.length / 2);
    expect(Math.min(...late)).toBeGreaterThan(intervalMs * (1 - tolerance));
    expect(Math.max(...late)).toBeLessThan(intervalMs * (1 + tolerance));
    const errors = outcome.video.map(({ wallErrorMs }) => wallErrorMs);
    expect(Math.max(...errors)).toBeLessThan(700);
    expect(Math.min(...errors)).toBeGreaterThan(-700);
    expect(outcome.normaliser.facts).toMatchObject({ stampFault: 'missing' });
  });

  it.each([
    [1000 / 15, 200],
    [200, 1000 / 15],
    [1000 / 25, 1000],
    [1000, 1000 / 25],
  ])('follow a change from %d to %d ms within two seconds', (before, after) => {
    const first = every(200, before);
    const change = first.at(-1) ?? 0;
    const outcome = play(
      unstamped([...first, ...every(200, after).map((ms) => change + after + ms)]),
    );
    expect(outcome.runs).toHaveLength(1);
    const settled = outcome.video.filter(
      ({ frame }) => frame.arrivedAtMs > 5_000_000 + change + Math.max(2_000, 3 * after),
    );
    for (const ms of steps(settled)) expect(Math.abs(ms - after)).toBeLessThan(0.3 * after);
    for (const { wallErrorMs } of settled) expect(Math.abs(wallErrorMs)).toBeLessThan(500);
  });

  it('go on at the true time behind a hole of 3 s', () => {
    const times = every(300, 40).map((ms, index) => (index < 150 ? ms : ms + 3_000));
    const { runs, video, normaliser } = play(unstamped(times));
    expect(runs).toHaveLength(1);
    const all = steps(video);
    expect(all[149]).toBeGreaterThan(2_950);
    expect(all.filter((ms) => Math.abs(ms - 40) > 2)).toHaveLength(1);
    expect(normaliser.facts.frameIntervalMs).toBeCloseTo(40, 0);
    expect(video.every(({ frame }) => frame.duration === 0)).toBe(true);
  });

  it('keep audio at its samples', () => {
    const inputs = inOrder(
      unstamped(every(1_500, 40)),
      steadyAudio(1_500).map(({ at }) => ({ frame: audioBlock(undefined), at })),
    );
    const { runs, audio, video } = play(jittered(inputs, 20), tracksOf(jpegTrack, pcmTrack));
    expect(runs.length).toBeLessThanOrEqual(2);
    const [blocks, frames] = [audio.slice(-300), video.slice(-300)];
    expect(steps(blocks).every((ms) => ms === 40)).toBe(true);
    for (const { wallErrorMs } of blocks) expect(Math.abs(wallErrorMs + 40)).toBeLessThan(40);
    for (const { wallErrorMs } of frames) expect(Math.abs(wallErrorMs)).toBeLessThan(40);
  });
});

const even = steady(1_500, 1000 / 15);
const anything = noise(9);
const restamped = (stamp: (ms: number, index: number) => number | undefined): Input[] =>
  even.map(({ frame, at }, index) => ({ frame: videoFrame(stamp(frame.stamp ?? 0, index)), at }));

describe('clocks that are none', () => {
  it.each([
    ['all zero', (): number => 0, 'frozen'],
    ['all the same', (): number => 77_777, 'frozen'],
    ['whole seconds', (ms: number): number => Math.floor(ms / 1000) * 1000, 'frozen'],
    ['half seconds', (ms: number): number => Math.floor(ms / 500) * 500, 'frozen'],
    ['standing from the tenth second on', (ms: number): number => Math.min(ms, 10_000), 'frozen'],
    [
      'anew with each of 30 frames',
      (ms: number, index: number): number => (index % 30) * 67,
      'jumping',
    ],
    ['noise', (): number => Math.round(anything() * 1e9), 'jumping'],
    [
      'missing now and then',
      (ms: number, index: number): number | undefined => (index % 7 === 6 ? undefined : ms),
      'missing',
    ],
  ])('fall back to arrival: %s', (_, stamp, fault) => {
    const { runs, video, normaliser } = play(jittered(restamped(stamp), 20));
    expect(runs).toHaveLength(1);
    expect(video).toHaveLength(even.length);
    expect(normaliser.facts.stampFault).toBe(fault);
    for (const ms of steps(video)) expect(ms).toBeGreaterThan(0);
    for (const { wallErrorMs } of video) expect(Math.abs(wallErrorMs)).toBeLessThan(1_000);
    for (const ms of steps(video.slice(-700))) expect(Math.abs(ms - 67)).toBeLessThan(8);
    for (const { wallErrorMs } of video.slice(-700))
      expect(Math.abs(wallErrorMs)).toBeLessThan(100);
  });

  it.each([
    ['ahead by an hour', 3_600_000],
    ['back by 10 s', -10_000],
    ['back by 700 ms', -700],
    ['back by 400 ms', -400],
    ['ahead by 2.5 s', 2_500],
  ])('that jump once go on at the arrival: %s', (_, jumpMs) => {
    const inputs = restamped((ms, index) => (index < 700 ? ms : ms + jumpMs));
    const { runs, video, normaliser } = play(inputs);
    expect(runs).toHaveLength(1);
    expect(normaliser.facts.stampFault).toBeUndefined();
    for (const ms of steps(video)) expect(Math.abs(ms - 67)).toBeLessThan(8);
    for (const { wallErrorMs } of video) expect(Math.abs(wallErrorMs)).toBeLessThan(50);
    expect(Math.abs(normaliser.facts.clockSkewSeconds ?? NaN)).toBeLessThan(0.8);
  });

  it.each([
    ['32 bits', 2 ** 32, 2 ** 32],
    ['32 bits with a sign', 2 ** 31, 2 ** 32],
    ['31 bits', 2 ** 31, 2 ** 31],
    ['33 bits', 2 ** 33, 2 ** 33],
  ])('that run over stay what they are: %s', (_, end, modulus) => {
    const inputs = restamped((ms) => {
      const stamp = end - 20_000 + ms;
      return stamp >= end ? stamp - modulus : stamp;
    });
    const { runs, video } = play(jittered(inputs, 20));
    expect(runs).toHaveLength(1);
    const stamps = even.map(({ frame }) => frame.stamp);
    expect(video.map(({ ptsMs }) => Math.round(ptsMs * 90) / 90)).toEqual(stamps);
  });

  it('of a frame counter are no hole: it goes on at the true time', () => {
    const inputs = even.map(({ frame, at }, index) => ({
      frame,
      at: index < 500 ? at : at + 3_000,
    }));
    const { video } = play(inputs);
    expect(video).toHaveLength(even.length);
    for (const { wallErrorMs } of video.slice(-500))
      expect(Math.abs(wallErrorMs)).toBeLessThan(1_000);
  });
});
