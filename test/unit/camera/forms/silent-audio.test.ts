import { describe, expect, it } from 'vitest';
import { SilentAudio } from '../../../../src/camera/forms/silent-audio.ts';
import { aacTrack, silentAacFrame } from '../../../../src/media/aac/aac-track.ts';
import type { Frame } from '../../../../src/media/frame.ts';
import { jpegAt } from '../../media/frames.ts';

const frameMs = 1024 / 48;

function silenceFor(timesMs: readonly number[], channelCount: 1 | 2 = 1): Frame[][] {
  const silence = new SilentAudio(aacTrack({ sampleRate: 48_000, channelCount }));
  return timesMs.map((timeMs) => [...silence.until(jpegAt(timeMs))]);
}

describe('silence beside video', () => {
  it('begins with the first frame of video, whenever that is', () => {
    const [first] = silenceFor([7_200_000]);
    expect(first?.map(({ pts }) => pts / 48)).toEqual([7_200_000]);
  });

  it('goes on without a gap, and reaches each frame of video', () => {
    const times = Array.from({ length: 200 }, (_, index) => index * 66.7);
    const frames = silenceFor(times);
    const pts = frames.flat().map((frame) => frame.pts);
    expect(pts).toEqual(pts.map((_, index) => index * 1024));
    for (const [index, timeMs] of times.entries()) {
      const end = (frames.slice(0, index + 1).flat().length * 1024) / 48;
      expect(end).toBeGreaterThan(timeMs);
      expect(end).toBeLessThan(timeMs + 2 * frameMs);
    }
  });

  it('catches up with a pause of video, a few seconds at once', () => {
    const frames = silenceFor([0, 20_000, 20_040, 20_080, 20_120]);
    expect(frames[1]).toHaveLength(256);
    expect(frames.flat()).toHaveLength(Math.floor(20_120 / frameMs) + 1);
  });

  it.each([1, 2] as const)('has %i channels', (channelCount) => {
    const [first] = silenceFor([0], channelCount);
    expect(first).toMatchObject([{ kind: 'audio', duration: 1024, isKeyframe: true }]);
    expect(first?.[0]?.data).toEqual([silentAacFrame(channelCount)]);
  });
});
