import { describe, expect, it } from 'vitest';
import { VideoClock } from '../../../../src/outputs/hls/segmenter/video-clock.ts';
import {
  audioBlock,
  inOrder,
  jpegTrack,
  mpeg4Track,
  pcmTrack,
  play,
  Session,
  startMs,
  steady,
  steps,
  tracksOf,
  videoFrame,
  type Input,
  type Outcome,
} from './support.ts';

/** Rows of a stamp and the arrival, in milliseconds. */
function table(rows: readonly (readonly [stamp: number, at: number])[]): Input[] {
  return rows.map(([stamp, at]) => ({ frame: videoFrame(stamp), at }));
}

/** `count` frames of `intervalMs` that come within `spreadMs`, and 10 s of live ones behind them. */
function backlog(count: number, intervalMs: number, spreadMs: number): Input[] {
  return Array.from({ length: count + 10_000 / intervalMs }, (_, index) => {
    const behind = index - count + 1;
    const at = behind < 0 ? (index * spreadMs) / count : spreadMs + behind * intervalMs;
    return { frame: videoFrame(Math.round(index * intervalMs)), at };
  });
}

/** What a playlist says of the frame rate, each time it can say anything. */
function frameRates({ video }: Outcome): Set<number> {
  const clock = new VideoClock(90_000, undefined);
  const rates = new Set<number>();
  for (const { frame } of video) {
    clock.reach(frame);
    clock.add(frame);
    if (clock.steadyFrameRate !== undefined) rates.add(clock.steadyFrameRate);
  }
  return rates;
}

describe('what a camera has buffered when a session begins', () => {
  it.each([
    ['nothing', 1, 40, 0],
    ['a pair', 2, 40, 0],
    ['0.4 s at once', 10, 40, 0],
    ['2 s at once', 50, 40, 0],
    ['2 s in 100 ms', 50, 40, 100],
    ['18 s of 10 fps at once', 180, 100, 0],
    ['4 s of 20 fps in 400 ms', 80, 50, 400],
    ['4 s of 1 fps at once', 4, 1_000, 0],
    ['0.4 s of 125 fps at once', 50, 8, 0],
    ['0.4 s of 250 fps in 100 ms', 100, 4, 100],
  ])('keeps its distances and its dates: %s', (_, count, intervalMs, spreadMs) => {
    const outcome = play(backlog(count, intervalMs, spreadMs));
    expect(outcome.runs).toHaveLength(1);
    for (const step of steps(outcome.video)) expect(step).toBeCloseTo(intervalMs, 6);
    expect([...frameRates(outcome)]).toEqual([1_000 / intervalMs]);
    expect(outcome.normaliser.facts.frameIntervalMs).toBeCloseTo(intervalMs, 6);
    for (const { wallErrorMs } of outcome.video) expect(Math.abs(wallErrorMs)).toBeLessThan(5);
    const dueMs = startMs + spreadMs - (count - 1) * intervalMs;
    expect(Math.abs((outcome.video[0]?.frame.arrivedAtMs ?? 0) - dueMs)).toBeLessThan(10);
  });

  it('tells how far apart keyframes are', () => {
    const inputs = backlog(75, 40, 0).map(({ frame, at }, index) => {
      return { frame: { ...frame, isKeyframe: index % 25 === 0 }, at };
    });
    expect(play(inputs).normaliser.facts.longestKeyframeMs).toBeCloseTo(1_000);
  });

  it.each([
    [
      'behind it',
      [
        [0, 0],
        [40, 1],
        [80, 2],
        [120, 40],
        [160, 80],
        [200, 81],
        [240, 82],
      ],
      [0, 0, 0, 0, 5, 1, 1],
    ],
    [
      'where there is none',
      [
        [0, 0],
        [40, 38],
        [80, 79],
        [120, 121],
      ],
      [0, 0, 3, 1],
    ],
  ] as const)('ends with the first frames that are live, %s', (_, rows, expected) => {
    const session = new Session();
    const counts = table(rows).map(({ frame, at }) => session.push(frame, at).length);
    // With the first frame comes its run.
    expect(counts).toEqual(expected.map((count) => (count > 1 ? count + 1 : count)));
  });

  it.each([
    [100, 1],
    [120, 1],
    [120, 50],
    [144, 1],
    [144, 300],
    [200, 50],
    [240, 1],
    [240, 100],
    [500, 500],
    [60, 20],
  ])('ends within 60 ms at %i frames a second, behind %i frames at once', (rate, count) => {
    const session = new Session();
    const firstOut = backlog(count, 1_000 / rate, 0).find(({ frame, at }, index) => {
      const jitterMs = at === 0 ? 0 : (index * 7) % 3;
      return session.push(frame, at + jitterMs).length > 0;
    });
    expect(firstOut?.at).toBeGreaterThan(15);
    expect(firstOut?.at).toBeLessThan(60);
  });

  it('may come with hiccups', () => {
    // Some flights of TCP, a round trip apart.
    const inputs = Array.from({ length: 250 }, (_, index) => {
      const hiccups = Math.min(5, Math.floor(index / 10)) * 60;
      return { frame: videoFrame(index * 40), at: hiccups + Math.max(0, index - 60) * 40 };
    });
    for (const step of steps(play(inputs).video)) expect(step).toBeCloseTo(40, 6);
  });

  it('may be read late by a process that was busy', () => {
    const session = new Session();
    session.push(videoFrame(0), 0);
    // The timer comes first.
    session.tick(300);
    for (let index = 1; index < 50; index += 1) session.push(videoFrame(index * 40), 301);
    session.tick(session.dueAt ?? NaN);
    expect(steps(session.video)).toHaveLength(49);
    for (const step of steps(session.video)) expect(step).toBeCloseTo(40, 6);
  });

  it.each([
    [
      'stamps say twice the time',
      [
        [0, 0],
        [80, 40],
        [160, 80],
      ],
    ],
    [
      'stamps are whole seconds',
      [
        [0, 0],
        [0, 40],
        [0, 80],
      ],
    ],
    [
      'stamps go back far',
      [
        [100_000, 0],
        [0, 1],
        [40, 41],
      ],
    ],
    [
      'stamps leap',
      [
        [0, 0],
        [9_000_000, 1],
        [9_000_040, 41],
      ],
    ],
  ] as const)('is not meant where %s', (_, rows) => {
    const [first] = play(table(rows)).video;
    expect(first?.frame.arrivedAtMs).toBe(startMs);
  });

  it('that comes for ever waits a second', () => {
    const session = new Session();
    let at = 0;
    for (let count = 0; at <= 1_200; count += 1, at += 10) {
      if (session.push(videoFrame(count * 40), at).length > 0) break;
    }
    expect(at).toBe(1_000);
  });

  it('may be out of order', () => {
    // I0 P4 B2 b1 b3 P8 B6 b5 b7 at once, and the rest live.
    const group = [4, 2, 1, 3];
    const inputs = Array.from({ length: 101 }, (_, index) => {
      const place = index === 0 ? 0 : index - 1 - ((index - 1) % 4) + (group[(index - 1) % 4] ?? 0);
      return { frame: videoFrame(place * 40, index === 0), at: Math.max(0, index - 8) * 40 };
    });
    const { runs, video } = play(inputs, tracksOf(mpeg4Track));
    expect(runs).toHaveLength(1);
    expect(video.map(({ dtsMs }) => dtsMs)).toEqual(
      video.map(({ dtsMs }) => dtsMs).sort((one, other) => one - other),
    );
    for (const { wallErrorMs } of video) expect(Math.abs(wallErrorMs)).toBeLessThanOrEqual(240);
  });

  it('keeps audio beside its video', () => {
    const both = tracksOf(jpegTrack, pcmTrack);
    const inputs = Array.from({ length: 200 }, (_, index): Input[] => {
      const at = Math.max(0, (index - 50) * 40);
      return [
        { frame: videoFrame(index * 40), at },
        { frame: audioBlock((index - 1) * 40), at },
      ];
    }).flat();
    const outcome = play(inputs, both);
    expect(outcome.runs.map(({ audio }) => audio)).toEqual([pcmTrack]);
    expect(new Set(steps(outcome.audio).map(Math.round))).toEqual(new Set([40]));
    expect(outcome.audio[0]?.ptsMs).toBeCloseTo(0);
    for (const { wallErrorMs } of outcome.audio) expect(Math.abs(wallErrorMs)).toBeLessThan(50);
  });

  it.each([
    ['behind', 0.4, 20],
    ['behind', 2, 20],
    ['behind', 4, 20],
    ['before', 4, -1],
  ])(
    'may be of the video alone: live audio that begins %s %d s of it is in the run',
    (_, s, first) => {
      const session = new Session(tracksOf(jpegTrack, pcmTrack));
      const live = inOrder(
        steady(250, 40).map(({ frame, at }) => ({
          frame: { ...frame, stamp: at + s * 1_000 },
          at,
        })),
        Array.from({ length: 250 }, (_block, index) => {
          const at = first + index * 40;
          return { frame: audioBlock(at + s * 1_000), at };
        }),
      );
      const [before, behind] = [live.filter(({ at }) => at < 0), live.filter(({ at }) => at >= 0)];
      const buffered = steady(s * 25, 40).map(({ frame }) => ({ frame, at: 0 }));
      for (const { frame, at } of [...before, ...buffered, ...behind]) {
        if ((session.dueAt ?? Infinity) < at) session.tick(at);
        session.push(frame, at);
      }
      expect(session.runs.map(({ audio }) => audio)).toEqual([pcmTrack]);
      expect(session.audio[0]?.ptsMs).toBeCloseTo(s * 1_000, -2);
      expect(session.video).toHaveLength(250 + s * 25);
    },
  );

  it('says that a keyframe is waited for, from the first frame on', () => {
    const session = new Session();
    session.push(videoFrame(0, false), 0);
    expect(session.normaliser.facts.isWaitingForKeyframe).toBe(true);
    session.push(videoFrame(40), 40);
    expect(session.normaliser.facts.isWaitingForKeyframe).toBe(false);
  });
});
