import { describe, expect, it } from 'vitest';
import {
  judgeSilence,
  Wakefulness,
  type WatchedAges,
} from '../../../../src/camera/supervisor/watchdog.ts';

const healthy: WatchedAges = {
  openedAtMs: 0,
  awakeSinceMs: Number.NEGATIVE_INFINITY,
  lastByteAtMs: 100_000,
  lastFrameAtMs: 100_000,
  paceMs: 66,
  longestKeyframeMs: 0,
};

const judge = (ages: Partial<WatchedAges>, nowMs = 100_010): string => {
  const verdict = judgeSilence({ ...healthy, ...ages }, 8_000, nowMs);
  return verdict.type === 'failed' ? verdict.failure.message : verdict.type;
};

describe('watchdog', () => {
  it('is content with a healthy stream', () => expect(judge({})).toBe('fine'));

  it('calls a short silence quiet and a long one a stall', () => {
    expect(judge({}, 102_600)).toBe('quiet');
    expect(judge({}, 108_000)).toBe('no data for 8 s');
  });

  it('counts no silence from before this process woke', () => {
    const awakeSinceMs = 200_000;
    expect(judge({ awakeSinceMs }, 200_000)).toBe('fine');
    expect(judge({ awakeSinceMs }, 202_600)).toBe('quiet');
    expect(judge({ awakeSinceMs }, 208_000)).toBe('no data for 8 s');
    expect(judge({ awakeSinceMs, lastByteAtMs: 207_900 }, 208_000)).toContain('but no frame');
  });

  it('sees that only audio comes', () => {
    expect(judge({ lastFrameAtMs: 92_000 })).toBe('data but no frame for 8 s');
  });

  it('measures a slow camera by its own pace, three intervals long', () => {
    expect(judge({ lastFrameAtMs: 95_000, paceMs: 4_000 })).toBe('fine');
    const slow = { lastByteAtMs: 90_000, lastFrameAtMs: 90_000, paceMs: 10_000 };
    expect(judge(slow, 119_000)).toBe('fine');
    expect(judge(slow, 120_000)).toBe('no data for 30 s');
  });

  it('waits for the second frame for as long as slow cameras take', () => {
    const first = { lastByteAtMs: 90_000, lastFrameAtMs: 90_000, paceMs: undefined };
    expect(judge(first, 101_900)).toBe('fine');
    expect(judge(first, 102_000)).toBe('no data for 12 s');
  });

  it('waits for the first frame for as long as keyframes take, while audio comes', () => {
    const first = { openedAtMs: 65_010, lastFrameAtMs: undefined };
    expect(judge(first, 100_000)).toBe('quiet');
    expect(judge(first, 100_010)).toBe('data but no frame for 35 s');
    expect(judge({ ...first, lastByteAtMs: 70_000 }, 78_000)).toBe('no data for 8 s');
  });

  it('waits for the first data as long as keyframes are known to take', () => {
    const silent = { openedAtMs: 70_000, lastByteAtMs: 70_000, lastFrameAtMs: undefined };
    expect(judge({ ...silent, longestKeyframeMs: 10_000 }, 82_400)).toBe('quiet');
    expect(judge({ ...silent, longestKeyframeMs: 10_000 }, 82_500)).toBe('no data for 13 s');
    const live = { lastByteAtMs: 70_000, lastFrameAtMs: 70_000, longestKeyframeMs: 10_000 };
    expect(judge(live, 78_000)).toBe('no data for 8 s');
  });
});

describe('wakefulness', () => {
  it('is told by looks that come much too late, whatever else is looked at between', () => {
    const awake = new Wakefulness(1_000);
    expect([1_500, 1_510, 2_900, 3_000].filter((atMs) => awake.look(atMs))).toEqual([]);
    expect(awake.sinceMs).toBe(Number.NEGATIVE_INFINITY);
    expect([13_000, 13_001, 13_500].filter((atMs) => awake.look(atMs))).toEqual([13_000]);
    expect(awake.sinceMs).toBe(13_000);
  });
});
