import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../../src/media/frame.ts';
import { audioFrame, evenFrames, frame, pps, runWithAudio, silentRun, sps } from '../window-rig.ts';
import { prerollSeams, SegmenterRig, seamsOf, spanOf, withAudio } from './segmenter-rig.ts';

/** NAL units behind lengths of 4 bytes. */
function unitsIn(sample: Buffer): string[] {
  const units: string[] = [];
  for (let at = 0; at < sample.length; at += 4 + sample.readUInt32BE(at)) {
    units.push(sample.toString('hex', at + 4, at + 4 + sample.readUInt32BE(at)));
  }
  return units;
}

function played(frames: readonly Frame[], run = silentRun()): SegmenterRig {
  const rig = new SegmenterRig();
  rig.begin(run);
  rig.push(...frames);
  rig.end();
  return rig;
}

describe('the samples of a part', () => {
  it('last until the next one, in the next part too', () => {
    const times = [0, 40, 85, 120, 161, 200, 244, 280, 319, 360, 400, 444, 480, 520];
    const { streamed } = played(times.map((timeMs, index) => frame(timeMs, index === 0)));
    const samples = streamed.flatMap(({ video }) => video);
    const [first] = samples;
    const timesOf = samples.map(({ decodeTime }) => (decodeTime - (first?.decodeTime ?? 0)) / 90);
    expect(timesOf).toEqual(times);
    // Where a part is complete before its last frame's successor is known, that is expected.
    const seams = seamsOf(samples).map((ticks) => Math.abs(ticks / 90));
    expect(Math.max(...seams)).toBeLessThan(10);
    for (const { video } of streamed)
      expect(seamsOf(video).every((ticks) => ticks === 0)).toBe(true);
  });

  it('hold a frame over a short hole, also at the end of a part', () => {
    // 240 ms and 280 ms are the second part, which waits for its third frame.
    for (const lastMs of [160, 240, 280, 320]) {
      const frames = evenFrames({ seconds: 2, frameMs: 40, gopMs: 1000 });
      const before = frames.filter(({ dts }) => dts <= lastMs * 90);
      const after = frames.filter(({ dts }) => dts >= 1000 * 90);
      const { streamed } = played([...before, ...after]);
      expect(streamed.some(({ isBehindDiscontinuity }) => isBehindDiscontinuity)).toBe(false);
      const longest = Math.max(
        ...streamed.flatMap(({ video }) => video.map((each) => each.duration)),
      );
      // A part that was complete is not waited with: the frame behind the hole lasts for the hole as well.
      const isComplete = lastMs === 160;
      expect(longest / 90).toBeCloseTo(isComplete ? 1040 - 200 : 1000 - lastMs);
      const seams = seamsOf(streamed.flatMap(({ video }) => video));
      expect(seams.every((ticks) => ticks === 0)).toBe(true);
    }
  });

  it('never contain a long hole', () => {
    const frames = evenFrames({ seconds: 6, frameMs: 40, gopMs: 1000 });
    for (let lastMs = 1_000; lastMs < 1_300; lastMs += 40) {
      const { parts } = played(frames.filter(({ dts }) => dts <= lastMs * 90 || dts >= 4_000 * 90));
      const durations = parts.flatMap(({ part, video }) => {
        return part.isPreroll ? [] : video.map(({ duration }) => duration);
      });
      expect(Math.max(...durations)).toBe(40 * 90);
      expect(parts.filter(({ isBehindDiscontinuity }) => isBehindDiscontinuity)).toHaveLength(1);
    }
  });

  it('have composition offsets where frames are shown in another order', () => {
    // I P B B as they are decoded.
    const order = [0, 120, 40, 80];
    const frames = Array.from({ length: 16 }, (_, index) => {
      const shownMs = 80 + Math.floor(index / 4) * 160 + (order[index % 4] ?? 0);
      return { ...frame(index * 40, index === 0), pts: shownMs * 90 };
    });
    const { streamed } = played(frames);
    const samples = streamed.flatMap(({ video }) => video);
    expect(samples.map((each) => (each.decodeTime + each.compositionOffset) / 90 - 1000)).toEqual(
      frames.map(({ pts }) => pts / 90),
    );
  });

  it('have the parameter sets in band before each keyframe, once', () => {
    const frames = evenFrames({ seconds: 2, frameMs: 40, gopMs: 400 });
    const own = frames.map((each) => {
      return each.isKeyframe ? { ...each, data: [sps, pps, ...each.data] } : each;
    });
    const sets = [sps, pps].map((set) => set.toString('hex'));
    for (const given of [frames, own]) {
      const samples = played(given).parts.flatMap(({ video }) => video);
      expect(samples.length).toBeGreaterThan(50);
      for (const { isSync, bytes } of samples) {
        const units = unitsIn(bytes);
        expect(units.slice(0, -1)).toEqual(isSync ? sets : []);
        expect(units.at(-1)?.slice(0, 2)).toBe(isSync ? '65' : '41');
      }
    }
  });
});

describe('the audio of a part', () => {
  it('is what has come, each frame as long as until the next', () => {
    const pattern = { seconds: 2, frameMs: 40, gopMs: 1000 };
    const { parts, streamed } = played(withAudio(pattern, { lagMs: 100 }), runWithAudio());
    const audio = parts.flatMap((part) => part.audio);
    expect(seamsOf(audio)).toEqual(prerollSeams(parts, 'audio'));
    const [first, second] = streamed;
    expect((spanOf(first?.audio ?? [])?.end ?? 0) / 48_000).toBeLessThan(1.1);
    expect((spanOf(second?.audio ?? [])?.end ?? 0) / 48_000).toBeGreaterThan(1.2);
  });

  it('ends with the video where a run ends, and with silence where it lags', () => {
    for (const lagMs of [0, 300]) {
      const pattern = { seconds: 1.52, frameMs: 40, gopMs: 1000 };
      const { parts } = played(withAudio(pattern, { lagMs }), runWithAudio());
      const last = parts.at(-1);
      const [video, audio] = [spanOf(last?.video ?? []), spanOf(last?.audio ?? [])];
      const step = (audio?.end ?? 0) / 48_000 - (video?.end ?? 0) / 90_000;
      expect(Math.abs(step)).toBeLessThanOrEqual(512 / 48_000 + 1e-4);
    }
  });

  it('does not last longer than its video where that ends before it', () => {
    const frames = evenFrames({ seconds: 0.32, frameMs: 40, gopMs: 1000 });
    const later = Array.from({ length: 150 }, (_, index) => audioFrame(index * 1024));
    const { parts } = played([...frames, ...later], runWithAudio());
    const end = (spanOf(parts.at(-1)?.audio ?? [])?.end ?? 0) / 48_000;
    expect(end).toBeGreaterThan(1.3);
    expect(end).toBeLessThan(1.32 + 1024 / 48_000);
  });
});
