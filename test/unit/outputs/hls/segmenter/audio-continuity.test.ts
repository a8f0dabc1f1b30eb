import { describe, expect, it } from 'vitest';
import { aacTrack } from '../../../../../src/media/aac/aac-track.ts';
import type { Frame } from '../../../../../src/media/frame.ts';
import { AudioContinuity } from '../../../../../src/outputs/hls/segmenter/audio-continuity.ts';
import { audio, audioFrame, runWithoutSilence } from '../window-rig.ts';

const second = 90_000;

/** Audio at 48 kHz behind a keyframe at 1 s. */
function begun(): AudioContinuity {
  const continuity = new AudioContinuity(audio);
  continuity.begin(second);
  return continuity;
}

/** Times, with the silent frames marked. */
function told(frames: readonly Frame[]): string[] {
  return frames.map(({ pts, data }) => {
    return `${String(data[0]).startsWith('audio') ? 'audio' : 'silence'} ${pts}`;
  });
}

function audioAt(...times: number[]): Frame[] {
  return times.map((pts) => audioFrame(pts));
}

function takeAll(continuity: AudioContinuity, frames: readonly Frame[]): string[] {
  return told(frames.flatMap((frame) => continuity.take(frame)));
}

describe('the audio of a run', () => {
  it('is nothing before its first keyframe, and nothing from before that afterwards', () => {
    expect(new AudioContinuity(audio).take(audioFrame(48_000))).toEqual([]);
    expect(takeAll(begun(), audioAt(45_952, 46_976, 48_000))).toEqual(['audio 48000']);
  });

  it('is passed on as it is while it goes on', () => {
    const continuity = begun();
    const frames = audioAt(48_000, 49_024, 50_048);
    expect(frames.flatMap((frame) => continuity.take(frame))).toEqual(frames);
    expect(continuity.endTicks).toBe(51_072);
  });

  it('goes on where it ended when it comes a little early, and in its own time when a little late', () => {
    expect(takeAll(begun(), audioAt(48_000, 48_500, 50_300))).toEqual([
      'audio 48000',
      'audio 49024',
      'audio 50300',
    ]);
  });

  it('has silence in a gap, and at its beginning', () => {
    expect(takeAll(begun(), audioAt(50_048, 53_120))).toEqual([
      ...['silence 48000', 'silence 49024', 'audio 50048'],
      ...['silence 51072', 'silence 52096', 'audio 53120'],
    ]);
  });

  it('is never out of step by more than 40 ms, also where frames are long', () => {
    const track = aacTrack({ sampleRate: 8_000, channelCount: 1 });
    for (let pts = 8_000; pts < 12_000; pts += 80) {
      const continuity = new AudioContinuity(track);
      continuity.begin(second);
      let end = 8_000;
      for (const frame of continuity.take(audioFrame(pts))) {
        expect(frame.pts).toBeGreaterThanOrEqual(end);
        // A hole is shorter than a frame.
        expect(frame.pts - end).toBeLessThan(1024);
        end = frame.pts + 1024;
      }
      expect(Math.abs(end - 1024 - pts)).toBeLessThanOrEqual(320);
    }
  });

  it('does not drown in silence, whatever its times say', () => {
    const frames = begun().take(audioFrame(48_000 * 3600));
    expect(frames).toHaveLength(301);
  });

  it('leaves out what comes later than silence took its place', () => {
    const continuity = begun();
    expect(takeAll(continuity, audioAt(48_000))).toEqual(['audio 48000']);
    // 0.2 s behind a part that ends at 1.3 s: silence up to 1.1 s.
    expect(told(continuity.keepUp(1.3 * second, 200))).toEqual([
      ...['silence 49024', 'silence 50048', 'silence 51072', 'silence 52096'],
    ]);
    expect(takeAll(continuity, audioAt(49_024, 52_096, 53_120))).toEqual(['audio 53120']);
  });

  it('is waited for by nobody and filled with nothing while it lags by no more than it may', () => {
    const continuity = begun();
    expect(continuity.keepUp(1.19 * second, 200)).toEqual([]);
    expect(takeAll(continuity, audioAt(48_000))).toEqual(['audio 48000']);
  });

  it('may lag as far as before where it came too late', () => {
    const continuity = begun();
    expect(continuity.keepUp(1.5 * second, 400)).not.toEqual([]);
    expect(takeAll(continuity, audioAt(48_000))).toEqual([]);
    const end = (continuity.endTicks ?? 0) / 48_000;
    expect(continuity.keepUp((end + 0.39) * second, 400)).toEqual([]);
    expect(continuity.keepUp((end + 0.43) * second, 400)).not.toEqual([]);
  });

  it('begins anew with each stretch', () => {
    const continuity = begun();
    takeAll(continuity, audioAt(48_000));
    continuity.begin(10 * second);
    expect(takeAll(continuity, audioAt(49_024, 480_000))).toEqual(['audio 480000']);
  });

  it('ends with the video of a stretch', () => {
    const early = begun();
    const late = audioAt(48_000, 49_024, 50_048, 51_072).flatMap((frame) => early.take(frame));
    expect(told(early.finish(late, second + 3_840))).toEqual(['audio 48000', 'audio 49024']);
    expect(early.endTicks).toBe(50_048);
    const lagging = begun();
    const few = lagging.take(audioFrame(48_000));
    expect(told(lagging.finish(few, second + 5_760))).toEqual([
      ...['audio 48000', 'silence 49024', 'silence 50048'],
    ]);
  });

  it('is passed on with its holes where no silence of it can be made', () => {
    const track = runWithoutSilence().audio ?? audio;
    const continuity = new AudioContinuity(track);
    expect(continuity.canBeSilent).toBe(false);
    continuity.begin(second);
    expect(takeAll(continuity, audioAt(48_000, 96_000, 50_048))).toEqual([
      ...['audio 48000', 'audio 96000'],
    ]);
    expect(continuity.keepUp(10 * second, 200)).toEqual([]);
  });
});

describe('silence before audio', () => {
  it('is in step with it, and begins once in each range', () => {
    const continuity = begun();
    const ranges = [0, 1, 2].map((at) => {
      const fromTicks = second - (3 - at) * 9_000;
      return { fromTicks, untilTicks: fromTicks + 9_000 };
    });
    const frames = ranges.flatMap((range) => continuity.silenceBefore(48_100, range));
    const times = frames.map(({ pts }) => pts);
    expect(times).toEqual(times.map((_, index) => 48_100 - 1024 * (times.length - index)));
    expect((times[0] ?? 0) - (48_000 - 3 * 4_800)).toBeLessThan(1024);
    expect(continuity.endTicks).toBe(48_000);
  });
});
