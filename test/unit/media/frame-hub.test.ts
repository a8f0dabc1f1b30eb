import { describe, expect, it } from 'vitest';
import { FrameHub } from '../../../src/media/frame-hub.ts';
import type { FrameSink } from '../../../src/media/frame.ts';
import { alawAt, alawTrack, frameAt, h264Track, jpegAt, Recorder, runOf } from './frames.ts';

const megabyte = 1024 * 1024;
const bytes = (count = 1): Buffer[] => [Buffer.alloc(count)];
const keyframe = (timeMs: number, byteCount?: number) => frameAt(timeMs, true, bytes(byteCount));
const delta = (timeMs: number, byteCount?: number) => frameAt(timeMs, false, bytes(byteCount));

function sink(calls: Partial<FrameSink>): FrameSink {
  const nothing = (): void => undefined;
  return { runBegan: nothing, frame: nothing, runEnded: nothing, ...calls };
}

describe('a hub', () => {
  it('tells of run, frames and end in this order, and ends a run before the next', () => {
    const hub = new FrameHub();
    const { events, runs } = new Recorder(hub);
    const run = runOf(h264Track, alawTrack);
    hub.begin(run);
    hub.push(keyframe(0));
    hub.push(alawAt(20));
    hub.push(delta(40));
    hub.begin(runOf(h264Track));
    hub.push(keyframe(0));
    hub.end();
    hub.end();
    expect(events).toEqual(['run', 'V0', 'a20', 'v40', 'end', 'run', 'V0', 'end']);
    expect(runs[0]).toBe(run);
    expect(hub.run).toBeUndefined();
  });

  it('leaves out frames without a run', () => {
    const hub = new FrameHub();
    const { events } = new Recorder(hub);
    hub.push(keyframe(0));
    hub.begin(runOf(h264Track));
    expect(events).toEqual(['run']);
    expect(hub.gop).toEqual([]);
  });

  it('hands out the very frames, not copies', () => {
    const hub = new FrameHub();
    const { frames } = new Recorder(hub);
    hub.begin(runOf(h264Track));
    const frame = keyframe(0);
    hub.push(frame);
    expect(frames[0]).toBe(frame);
    expect(new Recorder(hub).frames[0]).toBe(frame);
  });
});

describe('anyone who comes later', () => {
  it('gets the run and all since its newest keyframe, audio too, and then what comes', () => {
    const hub = new FrameHub();
    hub.begin(runOf(h264Track, alawTrack));
    for (const frame of [keyframe(0), delta(40), alawAt(40), keyframe(80), alawAt(80)]) {
      hub.push(frame);
    }
    const late = new Recorder(hub);
    hub.push(delta(120));
    expect(late.events).toEqual(['run', 'V80', 'a80', 'v120']);
  });

  it('gets with intra refresh all since the recovery point whose picture is whole by now', () => {
    const hub = new FrameHub();
    hub.begin(runOf({ ...h264Track, hasIntraRefresh: true }, alawTrack));
    const first = [keyframe(0), delta(40), alawAt(40), { ...delta(80), wholeAfter: 2 }];
    for (const frame of first) hub.push(frame);
    expect(new Recorder(hub).events).toEqual(['run', 'V0', 'v40', 'a40', 'v80']);
    for (const frame of [keyframe(120), alawAt(120), delta(160)]) hub.push(frame);
    expect(new Recorder(hub).events.slice(0, 2)).toEqual(['run', 'V0']);
    hub.push({ ...delta(200), wholeAfter: 2 });
    expect(new Recorder(hub).events).toEqual(['run', 'V120', 'a120', 'v160', 'v200']);
    hub.push({ ...keyframe(240), wholeAfter: 0 });
    expect(new Recorder(hub).events).toEqual(['run', 'V240']);
  });

  it('gets nothing before the first keyframe, and nothing between two runs', () => {
    const hub = new FrameHub();
    hub.begin(runOf(h264Track, alawTrack));
    hub.push(alawAt(0));
    hub.push(delta(0));
    expect(new Recorder(hub).events).toEqual(['run']);
    hub.push(keyframe(40));
    hub.end();
    expect(new Recorder(hub).events).toEqual([]);
    hub.begin(runOf(h264Track));
    expect(new Recorder(hub).events).toEqual(['run']);
  });

  it('gets each frame once, also when it comes while a frame is handed out', () => {
    const hub = new FrameHub();
    let late: Recorder | undefined;
    hub.subscribe(sink({ frame: () => (late ??= new Recorder(hub)) }));
    hub.begin(runOf(h264Track));
    hub.push(keyframe(0));
    hub.push(delta(40));
    expect(late?.events).toEqual(['run', 'V0', 'v40']);
  });

  it('gets each run once, also when it comes while a run begins', () => {
    const hub = new FrameHub();
    let late: Recorder | undefined;
    hub.subscribe(sink({ runBegan: () => (late ??= new Recorder(hub)) }));
    hub.begin(runOf(h264Track));
    hub.push(keyframe(0));
    expect(late?.events).toEqual(['run', 'V0']);
  });
});

describe('anyone who leaves', () => {
  it('hears nothing more, not even of the frame that is being handed out', () => {
    const hub = new FrameHub();
    const leaving: Recorder[] = [];
    hub.subscribe(sink({ frame: () => leaving[0]?.unsubscribe() }));
    leaving.push(new Recorder(hub));
    const staying = new Recorder(hub);
    hub.begin(runOf(h264Track));
    hub.push(keyframe(0));
    hub.push(delta(40));
    hub.end();
    expect(leaving[0]?.events).toEqual(['run']);
    expect(staying.events).toEqual(['run', 'V0', 'v40', 'end']);
  });
});

describe('what is kept', () => {
  it('has 16 MiB at most; a larger GOP is not, and the next one is again', () => {
    const hub = new FrameHub();
    hub.begin(runOf(h264Track));
    hub.push(keyframe(0, megabyte));
    for (let count = 1; count < 16; count += 1) hub.push(delta(count, megabyte));
    expect(hub.gop).toHaveLength(16);
    hub.push(delta(16));
    expect(hub.gop).toEqual([]);
    hub.push(delta(17));
    expect(new Recorder(hub).events).toEqual(['run']);
    hub.push(keyframe(18));
    expect(new Recorder(hub).events).toEqual(['run', 'V18']);
  });

  it('has 5,000 frames at most', () => {
    const hub = new FrameHub();
    hub.begin(runOf(h264Track));
    hub.push(keyframe(0));
    for (let count = 1; count < 5_000; count += 1) hub.push(delta(count));
    expect(hub.gop).toHaveLength(5_000);
    hub.push(delta(5_000));
    expect(hub.gop).toHaveLength(0);
  });

  it('is the newest frame of JPEG', () => {
    const hub = new FrameHub();
    hub.begin(runOf(h264Track));
    for (const timeMs of [0, 40, 80]) hub.push(jpegAt(timeMs));
    expect(new Recorder(hub).events).toEqual(['run', 'V80']);
  });
});
