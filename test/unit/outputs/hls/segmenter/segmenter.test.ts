import { describe, expect, it } from 'vitest';
import {
  audioFrame,
  evenFrames,
  frame,
  runWithAudio,
  silentRun,
  startMs,
  textsIn,
  timeMsOf,
} from '../window-rig.ts';
import { SegmenterRig, seamsOf, spanOf, withAudio, type ReadPart } from './segmenter-rig.ts';

const pattern = { seconds: 3, frameMs: 40, gopMs: 1000 };

/** How far the audio of a part ends behind its video, in milliseconds; negative where it lags. */
function leadOf({ video, audio }: ReadPart): number {
  const [shown, heard] = [spanOf(video), spanOf(audio)];
  return (heard?.end ?? 0) / 48 - (shown?.end ?? 0) / 90;
}

function textsOf({ part }: ReadPart): string[] {
  return textsIn(part.bytes);
}

describe('audio that lags', () => {
  it('never holds video back: parts come with the same frames as without audio', () => {
    const silent = new SegmenterRig();
    silent.begin(silentRun());
    const lagging = new SegmenterRig();
    lagging.begin(runWithAudio());
    let frameCount = 0;
    for (const each of withAudio(pattern, { lagMs: 450 })) {
      lagging.push(each);
      if (each.kind === 'video') {
        silent.push(each);
        frameCount += 1;
      }
      expect(lagging.parts.length).toBe(silent.parts.length);
    }
    expect(frameCount).toBe(75);
    const withoutAudio = lagging.parts.map((part) => {
      return textsOf(part).filter((text) => text.startsWith('frame'));
    });
    expect(withoutAudio).toEqual(silent.parts.map(textsOf));
  });

  it('is all there in later parts, at its own times', () => {
    const rig = new SegmenterRig();
    rig.begin(runWithAudio());
    rig.push(...withAudio(pattern, { lagMs: 330 }));
    const streamed = rig.streamed;
    const audio = streamed.flatMap(textsOf).filter((text) => !text.startsWith('frame'));
    expect(audio.length).toBeGreaterThan(110);
    expect(audio).toEqual(audio.map((_, index) => `audio ${index * 1024}`));
    for (const part of streamed.slice(6)) {
      // As much as it lags, one of its frames, and the frame that a part ends with.
      expect(leadOf(part)).toBeGreaterThan(-330 - 1024 / 48 - 40);
      expect(leadOf(part)).toBeLessThanOrEqual(-330);
    }
    // The preroll shifts both tracks by a second.
    const samples = streamed.flatMap((part) => part.audio);
    expect(samples[0]?.decodeTime).toBe(48_000);
    expect(seamsOf(samples).every((ticks) => ticks === 0)).toBe(true);
  });

  it('is silent where it stays away, two parts behind the video', () => {
    const rig = new SegmenterRig();
    rig.begin(runWithAudio());
    const frames = withAudio(pattern);
    rig.push(...frames.filter((each) => each.kind === 'video' || each.pts < 48_000));
    const ends = rig.streamed
      .map(leadOf)
      .filter((_, at) => (rig.streamed[at]?.audio.length ?? 0) > 0);
    expect(ends.length).toBeGreaterThan(8);
    for (const lead of ends) expect(lead).toBeGreaterThan(-400 - 1024 / 48);
    const texts = rig.streamed.flatMap(textsOf);
    expect(texts).toContain('silence');
    expect(texts.lastIndexOf('audio 47104')).toBeLessThan(texts.indexOf('silence'));
  });
});

describe('a hole of 3 s within a run', () => {
  it.each([
    ['silent', silentRun(), false],
    ['while audio comes', runWithAudio(), true],
  ])('is a discontinuity in which no time passes: %s', (_name, run, hasAudio) => {
    const rig = new SegmenterRig();
    rig.begin(run);
    const frames = hasAudio
      ? withAudio({ ...pattern, seconds: 8 })
      : evenFrames({ ...pattern, seconds: 8 });
    const isInHole = (timeMs: number): boolean => timeMs > 1_300 && timeMs < 4_300;
    rig.push(...frames.filter((each) => each.kind === 'audio' || !isInHole(timeMsOf(each))));
    rig.end();
    const { parts } = rig;
    const behind = parts.filter(({ isBehindDiscontinuity }) => isBehindDiscontinuity);
    expect(behind).toHaveLength(1);
    const [next] = behind;
    // The next keyframe begins it, under its own date.
    expect(next && textsOf(next)[0]).toBe('frame 5000');
    expect(next?.opens?.programDateTimeMs).toBe(startMs + 5_000);
    const video = parts.flatMap((part) => part.video);
    expect(Math.max(...seamsOf(video).map(Math.abs))).toBeLessThanOrEqual(
      // Audio lasts up to one of its frames longer.
      hasAudio ? (1024 / 48) * 90 : 1,
    );
    for (const { part, video: samples } of rig.streamed) {
      const span = spanOf(samples);
      const lastsSeconds = ((span?.end ?? 0) - (span?.begin ?? 0)) / 90_000;
      expect(part.durationSeconds).toBeLessThanOrEqual(0.2);
      expect(Math.abs(lastsSeconds - part.durationSeconds)).toBeLessThan(0.041);
    }
    // Audio of the hole, and of what was left out behind it, belongs to nothing.
    const heard = parts.flatMap((part) => part.audio);
    if (hasAudio) expect(Math.min(...seamsOf(heard))).toBeGreaterThanOrEqual(-1);
  });

  it('makes no later part longer', () => {
    const rig = new SegmenterRig();
    rig.begin(silentRun());
    const frames = evenFrames({ ...pattern, seconds: 12 });
    rig.push(...frames.filter((each) => timeMsOf(each) < 1_300 || timeMsOf(each) > 4_300));
    expect(rig.segmenter.needsNewLife).toBe(false);
    const complete = rig.streamed.slice(-20);
    expect(complete.map(({ part }) => part.durationSeconds)).toEqual(complete.map(() => 0.2));
    expect(rig.segmenter.observedGopMs).toBe(1000);
  });
});

it('short holes that add up are a discontinuity, behind which media is as long as declared', () => {
  const rig = new SegmenterRig();
  rig.begin(silentRun());
  const before = evenFrames({ ...pattern, seconds: 0.8 });
  const behind = evenFrames({ ...pattern, seconds: 2.2 }).map((each) => {
    return { ...each, pts: each.pts + 2_700 * 90, dts: each.dts + 2_700 * 90 };
  });
  rig.push(...before, frame(1_700, false), ...behind);
  rig.end();
  const at = rig.parts.findIndex(({ isBehindDiscontinuity }) => isBehindDiscontinuity);
  expect(rig.parts[at]?.opens?.programDateTimeMs).toBe(startMs + 2_700);
  for (const { part, video } of rig.parts.slice(at)) {
    const span = spanOf(video);
    const lastsMs = ((span?.end ?? 0) - (span?.begin ?? 0)) / 90;
    expect(lastsMs).toBeCloseTo(part.durationSeconds * 1_000);
  }
});

describe('runs that follow each other', () => {
  it('go on in media time, each in step, whatever their own times are', () => {
    const rig = new SegmenterRig();
    for (const [index, fromMs] of [0, 748_000, 12, 3_600_000].entries()) {
      rig.begin({ ...runWithAudio(), originMs: startMs + index * 10_000 - fromMs });
      const frames = withAudio({ ...pattern, seconds: 1.52 });
      rig.push(
        ...frames.map((each) => {
          const shift = fromMs * (each.kind === 'video' ? 90 : 48);
          return { ...each, pts: each.pts + shift, dts: each.dts + shift };
        }),
      );
    }
    rig.end();
    const behind = rig.parts.filter(({ isBehindDiscontinuity }) => isBehindDiscontinuity);
    expect(behind).toHaveLength(3);
    expect(behind.map(({ opens }) => opens?.programDateTimeMs)).toEqual(
      [1, 2, 3].map((index) => startMs + index * 10_000),
    );
    const video = rig.parts.flatMap((part) => part.video);
    // A run begins where all before it has ended, which may be the audio's last frame.
    for (const ticks of seamsOf(video)) {
      expect(ticks).toBeGreaterThanOrEqual(-1);
      expect(ticks).toBeLessThanOrEqual((1024 / 48) * 90);
    }
    const audio = rig.parts.flatMap((part) => part.audio);
    for (const ticks of seamsOf(audio)) {
      expect(ticks).toBeGreaterThanOrEqual(-1);
      expect(ticks).toBeLessThanOrEqual(1024);
    }
    for (const { video: shown, audio: heard } of behind) {
      const step = (heard[0]?.decodeTime ?? 0) / 48 - (shown[0]?.decodeTime ?? 0) / 90;
      expect(Math.abs(step)).toBeLessThan(1024 / 48);
    }
  });

  it('each have an init segment, and begin with a keyframe', () => {
    const rig = new SegmenterRig();
    const inits = new Set<unknown>();
    for (let index = 0; index < 3; index += 1) {
      rig.begin(silentRun());
      rig.push(frame(0), frame(40), ...evenFrames(pattern).map((each) => each));
      rig.end();
    }
    for (const { opens, part } of rig.parts) {
      if (opens === undefined) continue;
      inits.add(opens.init);
      expect(part.isIndependent).toBe(true);
    }
    expect(inits.size).toBe(3);
  });

  it('yield nothing where no MP4 can be made of them', () => {
    const rig = new SegmenterRig();
    const { video } = silentRun();
    rig.begin({ ...silentRun(), video: { ...video, codec: 'mjpeg', parameterSets: [] } });
    rig.push(audioFrame(0), ...evenFrames(pattern));
    rig.end();
    expect(rig.parts).toEqual([]);
  });
});
