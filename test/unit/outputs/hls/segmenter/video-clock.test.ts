import { describe, expect, it } from 'vitest';
import { VideoClock } from '../../../../../src/outputs/hls/segmenter/video-clock.ts';
import { frame } from '../window-rig.ts';

/** A clock that has seen frames at these times in milliseconds; every `gop`-th is a keyframe. */
function clockAfter(timesMs: readonly number[], { gop = 25, knownMs = 0 } = {}): VideoClock {
  const clock = new VideoClock(90_000, knownMs === 0 ? undefined : knownMs * 90);
  for (const [index, timeMs] of timesMs.entries()) {
    const each = frame(timeMs, index % gop === 0);
    clock.reach(each);
    clock.add(each);
  }
  return clock;
}

function every(ms: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => index * ms);
}

describe('the end of the media', () => {
  it('is expected by the frames so far, and told by the next one', () => {
    expect(clockAfter([0]).endTicks).toBe(40 * 90);
    expect(clockAfter([0], { knownMs: 100 }).endTicks).toBe(100 * 90);
    const clock = clockAfter(every(50, 4));
    expect(clock.endTicks).toBe(200 * 90);
    clock.reach(frame(230));
    expect(clock.endTicks).toBe(230 * 90);
  });
});

describe('a break', () => {
  it.each([
    ['the next frame', every(40, 10), 400, false],
    ['a hole that is bridged', every(40, 10), 1_390, false],
    ['a hole of more than a second', every(40, 10), 1_410, true],
    ['a time that stands still', every(40, 10), 360, true],
    ['a time that goes back', every(40, 10), 100, true],
    ['the second frame of a slow camera', [0], 5_000, false],
    ['a hole before the second frame', [0], 5_050, true],
    ['two missing frames of a slow camera', every(1_000, 10), 12_400, false],
    ['three missing frames of a slow camera', every(1_000, 10), 13_600, true],
  ])('%s', (_name, before, timeMs, isBreak) => {
    expect(clockAfter(before).isBreak(frame(timeMs))).toBe(isBreak);
  });

  it('is none before anything has come, and after a new start', () => {
    expect(clockAfter([]).isBreak(frame(0))).toBe(false);
    const clock = clockAfter(every(40, 10));
    clock.restart();
    expect(clock.isBreak(frame(0))).toBe(false);
    // The interval is still known.
    clock.add(frame(0, true));
    expect(clock.endTicks).toBe(40 * 90);
  });
});

describe('what is learned', () => {
  it('is the distance of keyframes, the running GOP included', () => {
    expect(clockAfter([]).longestGopMs).toBeUndefined();
    expect(clockAfter(every(40, 10)).longestGopMs).toBe(400);
    const clock = clockAfter(every(40, 60));
    expect(clock.longestGopMs).toBe(1000);
    expect(clock.latestGopTicks).toBe(90_000);
  });

  it('is the frame rate, where frames come steadily', () => {
    expect(clockAfter([0, 66, 133, 200, 266]).steadyFrameRate).toBe(15);
    expect(clockAfter([0, 60, 133, 180, 266]).steadyFrameRate).toBeUndefined();
    expect(clockAfter([0, 66]).steadyFrameRate).toBeUndefined();
    expect(clockAfter([0, 100, 200, 900]).medianFrameRate).toBe(10);
    expect(clockAfter([0]).medianFrameRate).toBeUndefined();
  });

  it('follows a frame rate that changes within a second or so', () => {
    const clock = clockAfter([...every(40, 50), ...every(100, 20).map((ms) => 2_060 + ms)]);
    expect(clock.frameTicks / 90).toBeGreaterThan(90);
    expect(clock.isSettled).toBe(true);
    expect(clockAfter(every(40, 5)).isSettled).toBe(false);
  });
});
