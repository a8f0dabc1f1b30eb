import { describe, expect, it } from 'vitest';
import type { VideoTrack } from '../../../../src/media/frame.ts';
import { VideoClock } from '../../../../src/outputs/hls/segmenter/video-clock.ts';
import { idrSlice, pps, slice, spsOf } from './sps.ts';
import {
  audioBlock,
  inOrder,
  jpegTrack,
  mpeg4Track,
  newNormaliser,
  noise,
  pcmTrack,
  play,
  steps,
  tracksOf,
  videoFrame,
  type Input,
  type Outcome,
} from './support.ts';

/** What the stamp of a frame is, by its number, that of its burst, and how far apart frames are. */
type Stamp = (index: number, burst: number, intervalMs: number) => number | undefined;

interface Bursts {
  readonly intervalMs: number;
  readonly size: number;
  readonly stamp: Stamp;
  /** Where the first burst has other frames than the rest. */
  readonly firstSize?: number;
  /** Up to so much later comes each burst, in milliseconds. */
  readonly jitterMs?: number;
  /** So much later than the one before comes each frame of a burst, in milliseconds. */
  readonly withinMs?: number;
  readonly seconds?: number;
}

/** Frames that come when the last of their burst is there. */
function bursts(options: Bursts): Input[] {
  const { intervalMs, size, stamp, firstSize = size, jitterMs = 0, withinMs = 0.1 } = options;
  const random = noise(size);
  const inputs: Input[] = [];
  for (let burst = 0; inputs.length * intervalMs < 1000 * (options.seconds ?? 20); burst += 1) {
    const count = burst === 0 ? firstSize : size;
    const at = (inputs.length + count - 1) * intervalMs + random() * jitterMs;
    for (let place = 0; place < count; place += 1) {
      const frame = videoFrame(stamp(inputs.length, burst, intervalMs));
      inputs.push({ frame, at: at + place * withinMs });
    }
  }
  return inputs;
}

const frozen: Stamp = () => 0;
const oncePer =
  (size: number): Stamp =>
  (_, burst, intervalMs) =>
    Math.round(burst * size * intervalMs);

/** Steps are within this share of the interval, from the first one on. */
function expectEven({ video, runs }: Outcome, intervalMs: number, share: number): void {
  expect(runs).toHaveLength(1);
  const all = steps(video);
  expect(Math.min(...all)).toBeGreaterThan(intervalMs * (1 - share));
  expect(Math.max(...all)).toBeLessThan(intervalMs * (1 + share));
}

function expectNear({ video }: Outcome, earliestMs: number, latestMs: number): void {
  for (const { wallErrorMs } of video) {
    expect(wallErrorMs).toBeGreaterThan(earliestMs);
    expect(wallErrorMs).toBeLessThan(latestMs);
  }
}

/** What a playlist says of the frame rate, each time it can say anything. */
function frameRates({ video }: Outcome): number[] {
  const clock = new VideoClock(90_000, undefined);
  const rates = new Set<number>();
  for (const { frame } of video) {
    clock.reach(frame);
    clock.add(frame);
    if (clock.steadyFrameRate !== undefined) rates.add(clock.steadyFrameRate);
  }
  return [...rates];
}

const clocks = [
  ['that stand still', frozen],
  ['that move once a burst', undefined],
] as const;
const rhythms = [
  [2, 1000 / 15],
  [3, 1000 / 15],
  [8, 1000 / 15],
  [8, 40],
  [8, 80],
  [8, 100],
  [8, 200],
  [2, 200],
  [25, 40],
] as const;
const cases = clocks.flatMap(([name, stamp]) =>
  rhythms.map(([size, ms]) => [name, size, Math.round(ms), ms, stamp ?? oncePer(size)] as const),
);

describe('frames that come in bursts, with stamps', () => {
  it.each(cases)('%s, are spread from the first on: %i, %i ms each', (_, size, __, ms, stamp) => {
    const inputs = bursts({ intervalMs: ms, size, stamp });
    const outcome = play(inputs);
    expect(outcome.video).toHaveLength(inputs.length);
    // A clock that moves once in a pair is followed, and no quartz is without error.
    expectEven(outcome, ms, 0.07);
    expectNear(outcome, -1_000 - size * ms, 150);
    for (const rate of frameRates(outcome))
      expect(Math.abs((rate * ms) / 1000 - 1)).toBeLessThan(0.06);
    expect(outcome.normaliser.facts.frameIntervalMs).toBeCloseTo(ms, 0);
  });

  it.each(cases)(
    '%s, are spread also where the first burst is a piece of one: %i, %i ms each',
    (_, size, __, ms, stamp) => {
      const firstSize = Math.ceil(size / 3);
      const inputs = bursts({ intervalMs: ms, size, firstSize, stamp });
      const outcome = play(inputs);
      expect(outcome.runs).toHaveLength(1);
      expect(outcome.video).toHaveLength(inputs.length);
      for (const step of steps(outcome.video)) expect(step).toBeGreaterThan(Math.min(0.2 * ms, 30));
      for (const step of steps(outcome.video.slice(4 * size)))
        expect(Math.abs(step / ms - 1)).toBeLessThan(0.1);
    },
  );

  it.each(clocks)('%s, may come with jitter', (_, stamp) => {
    const size = 8;
    const inputs = bursts({
      intervalMs: 80,
      size,
      stamp: stamp ?? oncePer(size),
      jitterMs: 30,
      withinMs: 3,
    });
    const outcome = play(inputs);
    expect(outcome.video).toHaveLength(inputs.length);
    expectEven(outcome, 80, 0.2);
    expectNear(outcome, -1_000, 100);
  });

  it('that stand still later are spread as well', () => {
    const stamp: Stamp = (index, _, ms) => Math.round(Math.min(index, 80) * ms);
    const inputs = bursts({ intervalMs: 1000 / 15, size: 8, stamp });
    const { runs, video, normaliser } = play(inputs);
    expect(runs).toHaveLength(1);
    expect(video).toHaveLength(inputs.length);
    expect(normaliser.facts.stampFault).toBe('frozen');
    // Until it is certain that they do, 0.8 s, there may be hitches.
    for (const step of steps(video.slice(96 + 8))) expect(Math.abs(step - 67)).toBeLessThan(8);
  });

  it('are spread where the camera has buffered some seconds before', () => {
    const live = bursts({ intervalMs: 1000 / 15, size: 1, stamp: frozen });
    const inputs = live.map(({ frame, at }) => ({ frame, at: Math.max(at, 6_000) - 6_000 }));
    const outcome = play(inputs);
    expect(outcome.video).toHaveLength(inputs.length);
    expectEven(outcome, 1000 / 15, 0.01);
    expectNear(outcome, -10, 10);
  });

  it.each([
    ['5 ms', 5],
    ['a round trip', 50],
  ])('are one burst though the network cuts the first into pieces: %s', (_, pauseMs) => {
    const whole = bursts({ intervalMs: 1000 / 15, size: 8, stamp: frozen });
    const inputs = whole.map(({ frame, at }, index) => {
      return { frame, at: index < 8 && index >= 5 ? at + pauseMs : at };
    });
    const outcome = play(inputs);
    expect(outcome.video).toHaveLength(inputs.length);
    expectEven(outcome, 1000 / 15, 0.12);
  });

  it('do not wait where frames come one by one', () => {
    const inputs = bursts({ intervalMs: 40, size: 1, stamp: frozen });
    const first = play(inputs.slice(0, 3));
    expect(first.video).toHaveLength(3);
    expectEven(play(inputs), 40, 0.01);
  });

  it('that are good at last go on at the arrival', () => {
    // The clock starts late, as that of a camera which has just booted.
    const stamp: Stamp = (index, _, ms) => Math.round(Math.max(0, index - 10) * ms);
    const inputs = bursts({ intervalMs: 40, size: 1, stamp });
    const outcome = play(inputs);
    expect(outcome.normaliser.facts.stampFault).toBeUndefined();
    expectEven(outcome, 40, 0.01);
    expectNear(outcome, -10, 10);
  });

  it('are all shown where the camera declares B-frames', () => {
    const track: VideoTrack = {
      ...mpeg4Track,
      ...{ codec: 'h264', width: 0, height: 0, parameterSets: [spsOf({ reorderDepth: 2 }), pps] },
    };
    const inputs = bursts({ intervalMs: 40, size: 8, stamp: frozen }).map(
      ({ frame, at }, index) => {
        const isKeyframe = index % 50 === 0;
        return { frame: { ...frame, isKeyframe, data: [isKeyframe ? idrSlice : slice] }, at };
      },
    );
    const outcome = play(inputs, tracksOf(track));
    expect(outcome.video).toHaveLength(inputs.length);
    expectEven(outcome, 40, 0.02);
    const decoded = outcome.video.map(({ dtsMs }) => dtsMs);
    for (const [index, ms] of decoded.entries()) expect(Math.abs(ms - 40 * index)).toBeLessThan(3);
  });
});

describe('B-frames in bursts', () => {
  it('with good stamps keep their order and their times', () => {
    const order = [0, 4, 2, 1, 3];
    const place = (index: number): number =>
      index === 0 ? 0 : 4 * Math.floor((index - 1) / 4) + (order[1 + ((index - 1) % 4)] ?? 0);
    const inputs = bursts({ intervalMs: 40, size: 8, stamp: (index) => place(index) * 40 }).map(
      ({ frame, at }, index) => ({ frame: { ...frame, isKeyframe: index % 24 === 0 }, at }),
    );
    const normaliser = newNormaliser();
    play(inputs, tracksOf(mpeg4Track), normaliser);
    const { video, runs } = play(inputs, tracksOf(mpeg4Track), normaliser);
    expect(runs).toHaveLength(1);
    const offset = video[0]?.ptsMs ?? NaN;
    expect(video.map(({ ptsMs }) => Math.round(ptsMs - offset))).toEqual(
      inputs.map(({ frame }) => frame.stamp),
    );
  });
});

describe('frames without stamps in bursts', () => {
  it.each(rhythms.map(([size, ms]) => [size, Math.round(ms), ms] as const))(
    'are spread though none come at the very same time: %i, %i ms each',
    (size, _, ms) => {
      const inputs = bursts({ intervalMs: ms, size, stamp: () => undefined });
      const { runs, video } = play(inputs);
      expect(runs).toHaveLength(1);
      expect(video).toHaveLength(inputs.length);
      for (const step of steps(video.slice(3 * size + 16)))
        expect(Math.abs(step / ms - 1)).toBeLessThan(0.25);
    },
  );
});

describe('audio beside frames in bursts', () => {
  const size = 8;
  const intervalMs = 1000 / 15;
  /** Blocks of 40 ms that come with the burst that follows their end. */
  const blocks = (stamp: (index: number) => number): Input[] =>
    Array.from({ length: 500 }, (_, index) => {
      const burst = Math.ceil(((index + 1) * 40 + intervalMs) / (size * intervalMs));
      return { frame: audioBlock(stamp(index)), at: (burst * size - 1) * intervalMs + 1 };
    });

  it.each([
    ['that stand still', frozen, (): number => 0],
    ['that move once a burst', oncePer(size), (): number => 0],
    ['that only audio has', frozen, (index: number): number => index * 40],
    [
      'of which those of audio stand still',
      (index) => Math.round(index * intervalMs),
      (): number => 0,
    ],
  ])('is in step from the first on, with stamps %s', (_, stamp, audioStamp) => {
    const inputs = inOrder(bursts({ intervalMs, size, stamp }), blocks(audioStamp));
    const { runs, video, audio } = play(inputs, tracksOf(jpegTrack, pcmTrack));
    expect(runs).toHaveLength(1);
    // Where stamps have misled, the second burst shows it.
    expect(steps(audio).filter((ms) => Math.abs(ms - 40) > 0.01).length).toBeLessThanOrEqual(1);
    // Frame n was taken n * 67 ms after the first, and block n began when n * 40 ms had passed.
    const [frameMs, blockMs] = [video.at(-1)?.ptsMs ?? NaN, audio.at(-1)?.ptsMs ?? NaN];
    const takenMs = (video.length - 1) * intervalMs;
    const recordedMs = (blocks(frozen as () => number).length - 1) * 40;
    expect(Math.abs(blockMs - recordedMs - (frameMs - takenMs))).toBeLessThan(70);
  });

  it.each([
    [0, 0],
    [150, 0],
    [250, 0],
    [900, 0],
    [0, 1_000],
    [250, 1_000],
  ])('that comes %i ms late, with the stamp %i on every block, is in step', (lateMs, stamp) => {
    const late = Array.from({ length: 750 }, (__, index) => {
      return { frame: audioBlock(stamp), at: lateMs + (index + 1) * 40 };
    });
    const frames = bursts({ intervalMs: 40, size: 1, stamp: (index) => index * 40, seconds: 30 });
    const { runs, audio } = play(inOrder(frames, late), tracksOf(jpegTrack, pcmTrack));
    expect(runs.filter((run) => run.audio !== undefined)).toHaveLength(1);
    // From the second block on, or from where a block would not be before one that was given out.
    for (const { wallErrorMs } of audio.slice(1))
      expect(Math.abs(wallErrorMs + 40)).toBeLessThan(30);
    expect(audio.length).toBeGreaterThan(600);
  });
});
