import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../../src/media/frame.ts';
import { makeFootage } from '../ffmpeg-fragments.ts';
import { evenFrames, frame, silentRun, sized, WindowRig } from '../window-rig.ts';

interface Said {
  readonly peak: number;
  readonly average: number;
  readonly frameRate: number | undefined;
}

function said(rig: WindowRig): Said {
  const text = rig.window.multivariantPlaylist().body.toString();
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  const frameRate = number(/FRAME-RATE=([\d.]+)/);
  return {
    peak: number(/:BANDWIDTH=(\d+)/),
    average: number(/AVERAGE-BANDWIDTH=(\d+)/),
    frameRate: Number.isNaN(frameRate) ? undefined : frameRate,
  };
}

/** What is said at the first moment at which anything is, and what turns out to be true. */
function firstAndLast(rig: WindowRig, footage: Parameters<WindowRig['play']>[0]): [Said, Said] {
  let first: Said | undefined;
  rig.play(footage, () => {
    if (!rig.window.isEmpty) first ??= said(rig);
  });
  if (first === undefined) throw new Error('nothing was said');
  return [first, said(rig)];
}

function expectClose(first: Said, last: Said): void {
  for (const figure of ['peak', 'average'] as const) {
    expect(first[figure] / last[figure]).toBeGreaterThan(0.8);
    expect(first[figure] / last[figure]).toBeLessThan(1.2);
  }
}

/** Keyframes of 26 kB and frames of 1 kB between them, or a multiple of both. */
function weighed(frames: readonly Frame[], factor = 1): Frame[] {
  return frames.map((each) => sized(each, factor * (each.isKeyframe ? 26_000 : 1_000)));
}

/** Frames that come after these times, in milliseconds. */
function framesAfter(intervalsMs: readonly number[]): Frame[] {
  let timeMs = 0;
  return intervalsMs.map((intervalMs, index) => {
    const made = frame(timeMs, index % 15 === 0);
    timeMs += intervalMs;
    return made;
  });
}

describe('the bandwidth that is said with the first part', () => {
  it.each([1000, 2000])('does not count the keyframe for a part alone (GOP %d ms)', (gopMs) => {
    const frames = weighed(evenFrames({ seconds: 8.2, frameMs: 40, gopMs }));
    expectClose(...firstAndLast(new WindowRig(), { run: silentRun(), frames }));
  });

  it('goes by the GOP where it is known', () => {
    const frames = weighed(evenFrames({ seconds: 17, frameMs: 40, gopMs: 4000 }));
    const rig = new WindowRig({ knownGopMs: 4000 });
    expectClose(...firstAndLast(rig, { run: silentRun(), frames }));
  });

  it('has the peak of the segment with the keyframe where segments are shorter than a GOP that nobody knows', () => {
    const frames = weighed(evenFrames({ seconds: 6, frameMs: 40, gopMs: 10_000 }));
    const [first, last] = firstAndLast(new WindowRig(), { run: silentRun(), frames });
    // 2 s of media with the keyframe in them: 26 kB and 49 frames of 1 kB.
    const peak = (8 * (26_000 + 49 * 1000)) / 2;
    for (const { peak: saidPeak } of [first, last]) {
      expect(saidPeak / peak).toBeGreaterThan(0.8);
      expect(saidPeak / peak).toBeLessThan(1.25);
    }
    expect(last.average).toBeLessThan(0.9 * last.peak);
  });

  it('is right for pictures that are all keyframes', () => {
    const frames = weighed(evenFrames({ seconds: 5, frameMs: 40, gopMs: 40 }));
    expectClose(...firstAndLast(new WindowRig(), { run: silentRun(), frames }));
  });

  it.each([false, true])('is right for what ffmpeg made (sound: %s)', async (hasAudio) => {
    const encoder = ['-b:v', '300k', '-maxrate', '300k', '-bufsize', '100k'];
    const footage = await makeFootage({
      ...{ frameRate: 15, gopSeconds: 1, seconds: 8, hasAudio, size: '320x240', encoder },
    });
    expectClose(...firstAndLast(new WindowRig(), footage));
  });

  it('is what was measured before a pause, unless the stream has become another one', () => {
    const rig = new WindowRig();
    const frames = weighed(evenFrames({ seconds: 6, frameMs: 40, gopMs: 1000 }));
    const [, measured] = firstAndLast(rig, { run: silentRun(), frames });
    rig.window.end();
    rig.window.clear();
    const [again] = firstAndLast(rig, { run: silentRun(), frames });
    expect(again).toEqual(measured);
    rig.window.end();
    rig.window.clear();
    const larger = { run: silentRun(), frames: weighed(frames, 4) };
    expectClose(...firstAndLast(rig, larger));
  });
});

describe('the frame rate', () => {
  it.each([
    ['rounded to milliseconds', [67, 66, 67, 67, 66, 67, 67], 15],
    ['even', [67, 67, 67, 67, 67, 67, 67], 14.925],
    ['with a frame lost', [100, 100, 200, 100, 100, 100, 100], undefined],
    ['shaken', [58, 77, 69, 58, 80, 62, 66], undefined],
  ])('is said early only where it can be told: %s', (_name, intervalsMs, frameRate) => {
    const rig = new WindowRig();
    rig.play({ run: silentRun(), frames: framesAfter(intervalsMs) });
    expect(said(rig).frameRate).toBe(frameRate);
  });

  it('is not said early where frames are spread over an interval that is only an estimate', () => {
    const rig = new WindowRig();
    rig.foreseen = { isPaceEstimated: true };
    const all = new Set<number | undefined>();
    const frames = evenFrames({ seconds: 6, frameMs: 80, gopMs: 1000 });
    const say = (): void => {
      if (!rig.window.isEmpty) all.add(said(rig).frameRate);
    };
    rig.play({ run: silentRun(), frames }, say);
    expect([...all]).toEqual([undefined, 12.5]);
    // After a pause it is known.
    rig.window.end();
    rig.window.clear();
    all.clear();
    rig.play({ run: silentRun(), frames }, say);
    expect([...all]).toEqual([12.5]);
  });

  it('is the mean once there is enough of irregular frames', () => {
    const shaken = Array.from(
      { length: 90 },
      (_, index) => [58, 77, 69, 58, 80, 58][index % 6] ?? 0,
    );
    const rig = new WindowRig();
    const footage = { run: silentRun(), frames: framesAfter(shaken) };
    const all = new Set<number | undefined>();
    rig.play(footage, () => {
      if (!rig.window.isEmpty) all.add(said(rig).frameRate);
    });
    const [first, ...others] = all;
    expect(first).toBeUndefined();
    expect(others.length).toBeGreaterThan(0);
    for (const rate of others) expect(Math.abs((rate ?? 0) - 15)).toBeLessThan(0.5);
  });

  it('is not said of slow pictures before some have come', () => {
    const rig = new WindowRig();
    const slow = Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? 416 : 417));
    const all = new Set<number | undefined>();
    rig.play({ run: silentRun(), frames: framesAfter(slow) }, () => {
      if (!rig.window.isEmpty) all.add(said(rig).frameRate);
    });
    const [first, ...others] = all;
    expect(first).toBeUndefined();
    expect(others.length).toBeGreaterThan(0);
    for (const rate of others) expect(Math.abs((rate ?? 0) - 2.4)).toBeLessThan(0.02);
  });
});

describe('a camera whose frames were seen before its first keyframe', () => {
  const expected = { frameMs: 40.1, otherFrameBytes: 1_000 };

  it.each([1000, 2000])('is listed with the keyframe, and rightly (GOP %d ms)', (gopMs) => {
    const rig = new WindowRig();
    rig.foreseen = { expected };
    rig.begin();
    const [keyframe, ...others] = weighed(evenFrames({ seconds: 8.2, frameMs: 40, gopMs }));
    if (keyframe !== undefined) rig.window.append(keyframe);
    expect(rig.window.isEmpty).toBe(false);
    const first = said(rig);
    for (const each of others) rig.window.append(each);
    expectClose(first, said(rig));
    expect(first.frameRate).toBe(25);
  });

  it('has its frame rate at every moment', () => {
    const rig = new WindowRig();
    rig.foreseen = { expected };
    const rates = new Set<number | undefined>();
    rig.play(
      { run: silentRun(), frames: evenFrames({ seconds: 4, frameMs: 40, gopMs: 1000 }) },
      () => rates.add(said(rig).frameRate),
    );
    expect([...rates]).toEqual([25]);
  });
});
