import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SlowVideo } from '../../../../src/camera/forms/slow-video.ts';
import { FrameHub } from '../../../../src/media/frame-hub.ts';
import { frameAt, jpegAt, jpegTrack, mpeg4Track, Recorder, runOf } from '../../media/frames.ts';

let hub: FrameHub;
let slow: SlowVideo;
let recorder: Recorder;
let paceMs: number | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  paceMs = undefined;
  hub = new FrameHub();
  const beganAtMs = performance.now();
  slow = new SlowVideo({
    native: hub,
    nowMs: () => performance.now() - beganAtMs,
    paceMs: () => paceMs,
  });
  recorder = new Recorder(slow.output);
  slow.start();
  hub.begin(runOf(jpegTrack));
});
afterEach(() => {
  slow.stop();
  vi.useRealTimers();
});

describe('a slow JPEG camera', () => {
  it('has its newest frame repeated twice a second, a little behind the present', () => {
    paceMs = 5_000;
    hub.push(jpegAt(0, Buffer.from('first')));
    vi.advanceTimersByTime(2_500);
    expect(recorder.timesMs).toEqual([0, 500, 1_000, 1_500, 2_000]);
    expect(recorder.frames.map(({ dts }) => dts)).toEqual(recorder.frames.map(({ pts }) => pts));
    vi.advanceTimersByTime(2_500);
    hub.push(jpegAt(5_000, Buffer.from('second')));
    vi.advanceTimersByTime(1_000);
    expect(recorder.timesMs.slice(-3)).toEqual([4_500, 5_000, 5_500]);
    expect(recorder.frames.slice(-3).map(({ data }) => data[0]?.toString())).toEqual([
      ...['first', 'second', 'second'],
    ]);
  });

  it('shows what comes behind a repeated frame with the next repetition, never back in time', () => {
    paceMs = 2_000;
    hub.push(jpegAt(0, Buffer.from('first')));
    vi.advanceTimersByTime(2_000);
    expect(recorder.timesMs.at(-1)).toBe(1_500);
    hub.push({ ...jpegAt(1_450, Buffer.from('late')), arrivedAtMs: 2_000 });
    expect(recorder.timesMs.at(-1)).toBe(1_500);
    vi.advanceTimersByTime(1_000);
    expect(recorder.timesMs.at(-1)).toBeGreaterThan(1_500);
    expect(recorder.frames.at(-1)?.data[0]?.toString()).toBe('late');
    const times = [...recorder.timesMs];
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('is given up after three of its intervals', () => {
    paceMs = 2_000;
    hub.push(jpegAt(0));
    vi.advanceTimersByTime(60_000);
    expect(recorder.timesMs.at(-1)).toBe(5_500);
  });

  it('before its second frame is as slow as 12 s', () => {
    hub.push(jpegAt(0));
    vi.advanceTimersByTime(60_000);
    expect(recorder.timesMs.at(-1)).toBe(11_500);
  });
});

describe('nothing is repeated', () => {
  it('of a camera that is fast by itself', () => {
    paceMs = 66;
    for (const timeMs of [0, 66, 132]) hub.push(jpegAt(timeMs));
    vi.advanceTimersByTime(10_000);
    expect(recorder.timesMs).toEqual([0, 66, 132]);
  });

  it('of frames that refer to each other, and none of them is left out', () => {
    paceMs = 2_000;
    hub.begin(runOf(mpeg4Track));
    // In the order of decoding: two are shown before the one that they refer to.
    for (const [timeMs, isKeyframe] of [
      [40, true],
      [160, false],
      [80, false],
      [120, false],
    ] as const) {
      hub.push(frameAt(timeMs, isKeyframe, []));
    }
    vi.advanceTimersByTime(3_000);
    expect(recorder.timesMs).toEqual([40, 160, 80, 120]);
  });

  it('after the end of a run, and of one before', () => {
    paceMs = 2_000;
    hub.push(jpegAt(10_000, Buffer.from('before')));
    hub.end();
    vi.advanceTimersByTime(3_000);
    expect(recorder.events).toEqual(['run', 'V10000', 'end']);
    hub.begin(runOf(jpegTrack));
    vi.advanceTimersByTime(1_000);
    expect(recorder.frames).toHaveLength(1);
    hub.push(jpegAt(0, Buffer.from('after')));
    expect(recorder.frames.at(-1)?.data[0]?.toString()).toBe('after');
  });

  it('for nobody', () => {
    slow.stop();
    hub.push(jpegAt(0));
    expect(vi.getTimerCount()).toBe(0);
    expect(recorder.events).toEqual(['run', 'end']);
  });
});
