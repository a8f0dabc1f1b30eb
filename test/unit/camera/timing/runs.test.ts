import { describe, expect, it } from 'vitest';
import type { VideoTrack } from '../../../../src/media/frame.ts';
import { idrSlice, pps, slice, spsOf } from './sps.ts';
import {
  audioBlock,
  inOrder,
  jpegTrack,
  mpeg4Track,
  newNormaliser,
  pcmTrack,
  play,
  Session,
  startMs,
  steady,
  steadyAudio,
  tracksOf,
  videoFrame,
  wallOffsetMs,
  type Input,
} from './support.ts';

const h264Track: VideoTrack = { ...mpeg4Track, codec: 'h264', width: 0, height: 0 };
const small = spsOf({ profile: 66 });
const large = spsOf({ profile: 66, columns: 40 });

/** 25 frames a second, a keyframe each second. */
function h264(seconds: number, sets: (second: number) => Buffer[]): Input[] {
  return steady(seconds * 25, 40).map(({ frame, at }, index) => {
    const isKeyframe = index % 25 === 0;
    const data = isKeyframe ? [...sets(index / 25), idrSlice] : [slice];
    return { frame: videoFrame(frame.stamp, isKeyframe, data), at };
  });
}

/** In seconds since the start, when the first frame of each run came. */
function runStarts({ video }: ReturnType<typeof play>): number[] {
  const starts: number[] = [];
  for (const { run, frame } of video)
    starts[run] ??= Math.round((frame.arrivedAtMs - startMs) / 100) / 10;
  return starts;
}

describe('a run', () => {
  it('begins at the first keyframe with parameter sets and size', () => {
    const inputs = h264(5, (second) => (second < 2 ? [] : [small, pps])).slice(10);
    const outcome = play(inputs, tracksOf(h264Track));
    expect(runStarts(outcome)).toEqual([2]);
    expect(outcome.runs).toEqual([
      {
        video: { ...h264Track, width: 320, height: 160, parameterSets: [small, pps] },
        audio: undefined,
        originMs: startMs + 2_000 + wallOffsetMs,
      },
    ]);
    expect(outcome.video[0]?.frame).toEqual({
      kind: 'video',
      pts: 0,
      dts: 0,
      duration: 0,
      isKeyframe: true,
      arrivedAtMs: startMs + 2_000,
      data: [small, pps, idrSlice],
    });
  });

  it('tells that it waits for a keyframe', () => {
    const session = new Session(tracksOf(h264Track));
    const { normaliser } = session;
    expect(normaliser.facts.isWaitingForKeyframe).toBe(false);
    const push = ({ frame, at }: Input): number => session.push(frame, at).length;
    const inputs = h264(70, (second) => (second % 30 === 0 ? [small, pps] : [])).map(
      ({ frame, at }) => ({
        frame: { ...frame, isKeyframe: frame.isKeyframe && at % 30_000 === 0 },
        at,
      }),
    );
    expect(inputs.slice(25, 250).map(push)).toEqual(Array(225).fill(0));
    expect(normaliser.facts).toMatchObject({
      isWaitingForKeyframe: true,
      longestKeyframeMs: undefined,
    });
    for (const input of inputs.slice(250)) push(input);
    expect(normaliser.facts).toMatchObject({
      isWaitingForKeyframe: false,
      longestKeyframeMs: 30_000,
    });
  });

  it('uses the parameter sets of the container', () => {
    const track = { ...h264Track, parameterSets: [small, pps] };
    const { runs, video } = play(
      h264(3, () => []),
      tracksOf(track),
    );
    expect(runs).toHaveLength(1);
    expect(runs[0]?.video).toMatchObject({ width: 320, height: 160 });
    expect(video).toHaveLength(75);
  });

  it('ends where the parameter sets change, and the same ones again change nothing', () => {
    const outcome = play(
      h264(9, (second) => [second < 4 ? small : large, pps]),
      tracksOf(h264Track),
    );
    expect(runStarts(outcome)).toEqual([0, 4]);
    expect(outcome.runs.map(({ video }) => video.width)).toEqual([320, 640]);
    expect(outcome.video).toHaveLength(225);
  });

  it('ends where the size of JPEG changes', () => {
    const session = new Session();
    steady(20, 40).forEach(({ frame, at }, index) => {
      const size = index < 10 ? { width: 640, height: 480 } : { width: 320, height: 240 };
      session.setTracks(tracksOf({ ...jpegTrack, ...size }), at);
      session.push(frame, at);
    });
    expect(session.runs.map(({ video }) => video.width)).toEqual([640, 320]);
    expect(session.video.map(({ run }) => run)).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(10).fill(1),
    ]);
    expect(session.runs[1]?.originMs).toBeCloseTo(startMs + 400 + wallOffsetMs, 3);
  });

  it('ends where keyframes turn out to be recovery points, once for all sessions', () => {
    // An IDR picture at the beginning of each session, then a recovery point each second.
    const inputs = h264(5, () => [small, pps]).map(({ frame, at }) => {
      const recoveryFrames = frame.isKeyframe && at > 0 ? 10 : 0;
      return {
        frame: { ...frame, recoveryFrames, data: recoveryFrames ? [slice] : frame.data },
        at,
      };
    });
    const first = play(inputs, tracksOf(h264Track));
    expect(runStarts(first)).toEqual([0, 1]);
    const kinds = ({ runs }: typeof first): unknown[] =>
      runs.map(({ video }) => video.hasIntraRefresh ?? false);
    expect(kinds(first)).toEqual([false, true]);
    const marks = first.video.map(({ frame }) => frame.wholeAfter);
    expect(marks.flatMap((mark, index) => (mark === undefined ? [] : [[index, mark]]))).toEqual([
      ...[35, 60, 85, 110].map((index) => [index, 10]),
    ]);
    const second = play(inputs, tracksOf(h264Track), first.normaliser);
    expect(kinds(second)).toEqual([true]);
    expect(second.video[0]?.frame.wholeAfter).toBe(0);
    const third = play(
      h264(3, () => [small, pps]),
      tracksOf(h264Track),
      first.normaliser,
    );
    expect(kinds(third)).toEqual([true, false]);
    expect(runStarts(third)).toEqual([0, 1]);
  });

  it('ends behind a long hole, with the next keyframe', () => {
    const inputs = h264(20, () => [small, pps]).map(({ frame, at }) => {
      const behind = at > 5_300 ? 8_000 : 0;
      return { frame: { ...frame, stamp: (frame.stamp ?? 0) + behind }, at: at + behind };
    });
    const outcome = play(inputs, tracksOf(h264Track));
    expect(runStarts(outcome)).toEqual([0, 14]);
    expect(outcome.runs[1]?.originMs).toBeCloseTo(startMs + 14_000 + wallOffsetMs, 0);
    expect(outcome.normaliser.facts.longestKeyframeMs).toBe(1_000);
  });

  it('of a slow camera goes on', () => {
    for (const interval of [2_000, 5_000, 10_000]) {
      expect(play(steady(40, interval)).runs).toHaveLength(1);
    }
  });

  it('knows nothing of the session before', () => {
    const normaliser = newNormaliser();
    play(steady(200, 40), tracksOf(jpegTrack), normaliser);
    normaliser.end();
    expect(normaliser.push({ type: 'frame', frame: videoFrame(9_000) }, startMs + 60_000)).toEqual(
      [],
    );
    normaliser.begin();
    expect(normaliser.facts).toMatchObject({
      clockSkewSeconds: undefined,
      frameIntervalMs: undefined,
    });
    const session = new Session(tracksOf(jpegTrack), normaliser, 70_000);
    session.push(videoFrame(5), 70_000);
    expect(session.tick(70_080)).toMatchObject([
      { type: 'run', run: { originMs: startMs + 70_000 + wallOffsetMs } },
      { type: 'frame', frame: { pts: 0 } },
    ]);
  });

  it('begins anew when the wall clock of this machine is set', () => {
    let offsetMs = wallOffsetMs;
    const session = new Session(
      tracksOf(jpegTrack),
      newNormaliser(() => offsetMs),
    );
    for (const { frame, at } of steady(100, 40)) {
      if (at === 2_000) offsetMs += 3_600_000;
      session.push(frame, at);
    }
    const [first, second] = session.runs.map(({ originMs }) => originMs);
    expect(session.runs).toHaveLength(2);
    expect((second ?? 0) - (first ?? 0)).toBeCloseTo(3_602_000, 0);
  });
});

describe('audio of a run', () => {
  const video = steady(1_000, 40);
  const both = tracksOf(jpegTrack, pcmTrack);
  const audio = steadyAudio(1_000);

  it('is waited for, and then not in vain', () => {
    const outcome = play(inOrder(video, audio), both);
    expect(outcome.runs.map((run) => run.audio)).toEqual([pcmTrack]);
    expect(outcome.audio).toHaveLength(1_000);
    expect(outcome.video).toHaveLength(1_000);
  });

  it('that never comes delays the first frames by 300 ms, told by a timer, and in the next session by nothing', () => {
    const session = new Session(both);
    expect(session.push(videoFrame(0), 0)).toEqual([]);
    expect(session.tick(80)).toEqual([]);
    expect(session.push(videoFrame(100), 100)).toEqual([]);
    expect(session.dueAt).toBe(300);
    expect(session.tick(299)).toEqual([]);
    expect(session.tick(300)).toMatchObject([
      { type: 'run', run: { audio: undefined } },
      { type: 'frame', frame: { pts: 0 } },
      { type: 'frame', frame: { pts: 9_000 } },
    ]);
    expect(session.dueAt).toBeUndefined();
    const next = new Session(both, session.normaliser, 10_000);
    next.push(videoFrame(0), 10_000);
    expect(next.tick(10_080)).toHaveLength(2);
  });

  it('comes late: a new run when it has been steady', () => {
    const outcome = play(inOrder(video, audio.slice(250)), both);
    expect(outcome.runs.map((run) => run.audio)).toEqual([undefined, pcmTrack]);
    expect(runStarts(outcome)[1]).toBeCloseTo(15.1, 1);
    expect(outcome.audio.every(({ run }) => run === 1)).toBe(true);
  });

  it('goes for good: a new run without it; comes back: one with it', () => {
    const outcome = play(inOrder(video, audio.slice(0, 250), audio.slice(500)), both);
    expect(outcome.runs.map((run) => run.audio)).toEqual([pcmTrack, undefined, pcmTrack]);
    const [, second = 0, third = 0] = runStarts(outcome);
    expect(second).toBeGreaterThan(13);
    expect(second).toBeLessThan(13.3);
    expect(third).toBeGreaterThan(25);
    expect(third).toBeLessThan(25.3);
  });

  it('has a gap of a second: it goes on at its place', () => {
    const outcome = play(inOrder(video, audio.slice(0, 250), audio.slice(275)), both);
    expect(outcome.runs).toHaveLength(1);
    const stamps = [...Array(1_000).keys()].filter((index) => index < 250 || index >= 275);
    expect(outcome.audio.map(({ ptsMs }) => ptsMs)).toEqual(stamps.map((index) => index * 40));
  });

  it.each([
    ['all 0', (): number => 0],
    ['missing', (): undefined => undefined],
    ['of another clock', (index: number): number => 123_456_789 + index * 40],
  ])('with stamps %s: its samples count, from its arrival', (_, stamp) => {
    const blocks = audio.map(({ at }, index) => ({ frame: audioBlock(stamp(index)), at }));
    const outcome = play(inOrder(video, blocks), both);
    expect(outcome.runs).toHaveLength(1);
    for (const { wallErrorMs } of outcome.audio)
      expect(Math.abs(wallErrorMs + 40)).toBeLessThan(10);
  });

  it('that was lost without a word of stamps is missed by its arrival', () => {
    const blocks = inOrder(audio.slice(0, 250), audio.slice(275)).map(({ at }) => ({
      frame: audioBlock(undefined),
      at,
    }));
    const outcome = play(inOrder(video, blocks), both);
    expect(outcome.runs.length).toBeLessThanOrEqual(2);
    for (const { wallErrorMs } of outcome.audio.slice(-400))
      expect(Math.abs(wallErrorMs + 40)).toBeLessThan(40);
  });
});
