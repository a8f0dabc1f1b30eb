import { describe, expect, it } from 'vitest';
import {
  audioFrame,
  evenFrames,
  frame,
  runWithAudio,
  runWithoutSilence,
  silentRun,
} from '../window-rig.ts';
import { prerollSeams, SegmenterRig, seamsOf, spanOf, withAudio } from './segmenter-rig.ts';

const pattern = { seconds: 1, frameMs: 40, gopMs: 1000 };
const partTicks = 18_000;

describe('the preroll', () => {
  it('is five parts of the first keyframe, each as long as a part, and one tick over what follows', () => {
    const rig = new SegmenterRig();
    rig.begin(silentRun());
    rig.push(...evenFrames(pattern));
    expect(rig.preroll).toHaveLength(5);
    const [first] = rig.streamed;
    for (const { part, video } of rig.preroll) {
      expect(part).toMatchObject({ durationSeconds: 0.2, frameCount: 1, isIndependent: true });
      expect(video.map(({ duration, isSync }) => [duration, isSync])).toEqual([
        [partTicks + 1, true],
      ]);
      expect(video[0]?.bytes).toEqual(first?.video[0]?.bytes);
    }
    const samples = rig.parts.flatMap(({ video }) => video);
    expect(seamsOf(samples)).toEqual(prerollSeams(rig.parts, 'video'));
    // Nothing before it took media time: it has that of the stream, which is shifted behind it.
    expect(samples[0]?.decodeTime).toBe(0);
    expect(first?.video[0]?.decodeTime).toBe(5 * partTicks);
  });

  it('has the dates that lead to the first keyframe', () => {
    const rig = new SegmenterRig();
    rig.begin(silentRun());
    rig.push(...evenFrames(pattern));
    const dates = rig.parts.flatMap(({ opens }) => (opens ? [opens.programDateTimeMs] : []));
    expect(dates).toEqual([silentRun().originMs - 1000, silentRun().originMs]);
    expect(rig.parts.map(({ opens }) => opens?.isPreroll)).toEqual([
      ...[true, undefined, undefined, undefined, undefined],
      ...[false, undefined, undefined, undefined, undefined],
    ]);
  });

  it.each([
    ['at the keyframe', 0],
    ['a little behind it', 500],
    ['three frames behind it', 3_072],
  ])('is silent in step with audio that begins %s', (_name, fromTicks) => {
    const rig = new SegmenterRig();
    rig.begin(runWithAudio());
    rig.push(...withAudio(pattern, { fromTicks }));
    const audio = rig.parts.flatMap((part) => part.audio);
    // Holes are shorter than a tick of 90 kHz; nothing overlaps.
    expect(Math.max(...seamsOf(audio).map(Math.abs))).toBeLessThanOrEqual(1);
    const span = spanOf(audio);
    expect((span?.begin ?? 0) / 48_000).toBeLessThan(1024 / 48_000);
    for (const part of rig.preroll) {
      const [video, sound] = [spanOf(part.video), spanOf(part.audio)];
      // What begins within a part is in it.
      const offset = (sound?.begin ?? 0) / 48_000 - (video?.begin ?? 0) / 90_000;
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset).toBeLessThan(1024 / 48_000);
    }
  });

  it('is silent where audio has not come yet', () => {
    const rig = new SegmenterRig();
    rig.begin(runWithAudio());
    rig.push(...withAudio(pattern, { lagMs: 400 }));
    const audio = rig.parts.flatMap((part) => part.audio);
    expect(rig.preroll.every((part) => part.audio.length > 8)).toBe(true);
    expect(seamsOf(audio)).toEqual(prerollSeams(rig.parts, 'audio'));
  });

  it('shows its frame when the first keyframe of B-frames is shown', () => {
    const rig = new SegmenterRig();
    rig.begin(silentRun());
    rig.push(...evenFrames(pattern).map((each) => ({ ...each, pts: each.pts + 7_200 })));
    const offsets = rig.parts.flatMap(({ video }) => video.map((each) => each.compositionOffset));
    expect(new Set(offsets)).toEqual(new Set([7_200]));
  });

  it('is as many parts as TARGETDURATION has room for, one at least', () => {
    const rig = new SegmenterRig();
    rig.begin(silentRun());
    rig.push(...evenFrames({ seconds: 4, frameMs: 1000, gopMs: 1000 }));
    expect(rig.preroll.map(({ part }) => part.durationSeconds)).toEqual([1, 1]);
    const slow = new SegmenterRig();
    slow.begin(silentRun());
    slow.push(...[0, 4600, 9200].map((timeMs) => frame(timeMs, true)));
    expect(slow.preroll.map(({ part }) => part.durationSeconds)).toEqual([4.6]);
  });

  it('stands before an empty playlist alone, and before an emptied one again', () => {
    const rig = new SegmenterRig();
    rig.begin(silentRun());
    rig.push(...evenFrames(pattern));
    rig.begin(silentRun());
    rig.push(...evenFrames(pattern));
    expect(rig.preroll).toHaveLength(5);
    rig.end();
    rig.segmenter.restart();
    rig.begin(silentRun());
    rig.push(...evenFrames(pattern));
    expect(rig.preroll).toHaveLength(10);
    const samples = rig.parts.flatMap(({ video }) => video);
    expect(seamsOf(samples)).toEqual(prerollSeams(rig.parts, 'video'));
  });

  it('is none where silence cannot be made: the first part is a segment instead', () => {
    const rig = new SegmenterRig();
    rig.begin(runWithoutSilence());
    rig.push(audioFrame(0), ...evenFrames(pattern));
    expect(rig.preroll).toEqual([]);
    expect(rig.parts.map(({ opens }) => opens !== undefined)).toEqual([
      ...[true, true, false, false, false],
    ]);
  });

  it.each([
    ['silent', silentRun(), evenFrames(pattern)],
    ['with audio', runWithAudio(), withAudio(pattern, { lagMs: 100 })],
  ])('waits for no second frame where their distance is known: %s', (_name, run, frames) => {
    const rig = new SegmenterRig();
    rig.begin(run, 40);
    const [first, ...others] = frames;
    if (first !== undefined) rig.push(first);
    expect(rig.preroll).toHaveLength(5);
    expect(rig.streamed).toEqual([]);
    rig.push(...others);
    expect(rig.preroll).toHaveLength(5);
    for (const kind of ['video', 'audio'] as const) {
      const samples = rig.parts.flatMap((part) => part[kind]);
      expect(seamsOf(samples)).toEqual(samples.length > 0 ? prerollSeams(rig.parts, kind) : []);
    }
  });
});
