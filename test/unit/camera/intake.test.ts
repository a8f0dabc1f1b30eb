import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Intake } from '../../../src/camera/intake.ts';
import { MediaFormatError } from '../../../src/lib/errors.ts';
import { matroskaHead } from '../../../src/media/matroska/matroska-writer.ts';
import type { SourceEvent } from '../../../src/sources/source.ts';
import { blockLoop } from '../block-loop.ts';
import { alawTrack, h264Track, jpegTrack, mpeg4Track, Recorder } from '../media/frames.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { tracksEvent, videoEvent } from './fake-source.ts';
import { idrSlice, pps, slice, spsOf } from './timing/sps.ts';
import { videoFrame } from './timing/support.ts';

/** What one session after the other sends, on the machine's clock, which a test may fake. */
class Rig {
  readonly clock = new SteppedClock();
  readonly keyframes: string[] = [];
  readonly failures: unknown[] = [];
  readonly intake: Intake;
  readonly recorder: Recorder;

  constructor() {
    this.intake = new Intake({
      clock: this.clock,
      onKeyframe: () => this.keyframes.push(this.recorder.events.at(-1) ?? ''),
      onFailure: (error) => this.failures.push(error),
    });
    this.recorder = new Recorder(this.intake.hub);
    this.intake.begin(this.clock.monotonicMs());
  }

  take(...events: readonly SourceEvent[]): void {
    this.intake.take({ byteCount: 1_000, events }, this.clock.monotonicMs());
  }
}

const jpeg = tracksEvent(jpegTrack);
const audioBlock: SourceEvent = {
  type: 'frame',
  frame: { kind: 'audio', stamp: 0, duration: 320, isKeyframe: true, data: [Buffer.alloc(320)] },
};

/** The first frame of a session waits so long for a backlog. */
const backlogPatienceMs = 80;

afterEach(() => void vi.useRealTimers());

describe('what a session sends', () => {
  it('goes out as a run of frames with times, and is measured', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    const { intake, recorder, keyframes } = rig;
    rig.take(jpeg, videoEvent(1_000_000, true));
    vi.advanceTimersByTime(backlogPatienceMs);
    rig.take({ type: 'corrupt', what: 'a test' }, videoEvent(1_000_080, true));
    expect(recorder.events).toEqual(['run', 'V0', 'V80']);
    expect(recorder.runs).toMatchObject([{ video: jpegTrack, audio: undefined }]);
    expect(Math.abs((recorder.runs[0]?.originMs ?? 0) + 80 - rig.clock.wallMs())).toBeLessThan(2);
    expect(intake.meter).toMatchObject({ bytesTotal: 2_000, framesTotal: 2, corruptTotal: 1 });
    // Whoever is told of a keyframe finds it handed out.
    expect(keyframes).toEqual(['V0', 'V80']);
  });

  it.each([
    ['after their wait', () => void vi.advanceTimersByTime(backlogPatienceMs)],
    ['at the end of the session', ({ intake }: Rig) => intake.end()],
  ])('that waited and cannot be used by who hears it is told: %s', (_, release) => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.intake.hub.subscribe({
      runBegan: ({ video }) => void matroskaHead({ video }),
      frame: () => undefined,
      runEnded: () => undefined,
    });
    const cutShort = [Buffer.from([0x67]), Buffer.from([0x68])];
    rig.take(tracksEvent({ ...h264Track, parameterSets: cutShort }), videoEvent(0, true));
    release(rig);
    expect(rig.failures).toEqual([expect.any(MediaFormatError)]);
  });

  it('ends with it, and nothing of it enters the next', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(jpeg, videoEvent(0, true));
    expect(rig.intake.tracks).toBeDefined();
    rig.intake.end();
    expect(rig.intake.tracks).toBeUndefined();
    vi.advanceTimersByTime(5_000);
    rig.intake.begin(rig.clock.monotonicMs());
    expect(rig.intake.hub.run).toBeUndefined();
    expect(rig.intake.meter.lastFrameAtMs).toBeUndefined();
    rig.take(jpeg, videoEvent(0, true));
    vi.advanceTimersByTime(backlogPatienceMs);
    expect(rig.recorder.events).toEqual(['run', 'V0', 'end', 'run', 'V0']);
  });

  it('has a newest keyframe that outlives it, and numbers that never come again', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    const mpeg4 = tracksEvent(mpeg4Track);
    rig.take(mpeg4, videoEvent(0, false));
    expect(rig.intake.newestKeyframe).toBeUndefined();
    vi.advanceTimersByTime(40);
    rig.take(videoEvent(40, true));
    vi.advanceTimersByTime(40);
    rig.take(videoEvent(80, false));
    const newest = rig.intake.newestKeyframe;
    expect(newest).toMatchObject({ number: 1, track: mpeg4Track, frame: { isKeyframe: true } });
    rig.intake.end();
    expect(rig.intake.newestKeyframe).toBe(newest);
    rig.intake.begin(rig.clock.monotonicMs());
    expect(rig.intake.newestKeyframe).toBe(newest);
    rig.take(mpeg4, videoEvent(0, true));
    vi.advanceTimersByTime(backlogPatienceMs);
    expect(rig.intake.newestKeyframe).toMatchObject({ number: 2 });
  });

  it('has with intra refresh the newest whole picture, and the reference frames that lead to it', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(tracksEvent({ ...h264Track, parameterSets: [spsOf(), pps] }));
    const bFrame = Buffer.from([0x01, 0x9e, 0x02]);
    const send = (timeMs: number, data: Buffer, recoveryFrames?: number): void => {
      const frame = {
        ...videoFrame(timeMs, recoveryFrames !== undefined, [data]),
        recoveryFrames: recoveryFrames ?? 0,
      };
      rig.take({ type: 'frame', frame });
      vi.advanceTimersByTime(40);
    };
    send(0, slice, 2);
    send(40, slice);
    send(80, bFrame);
    expect(rig.intake.newestKeyframe).toBeUndefined();
    send(120, slice);
    expect(rig.recorder.runs).toMatchObject([{ video: { hasIntraRefresh: true } }]);
    const [point, second, , whole] = rig.recorder.video;
    expect(rig.intake.newestKeyframe).toMatchObject({ number: 1, frame: { wholeAfter: 3 } });
    expect(rig.intake.newestKeyframe?.frame).toBe(whole);
    expect(rig.intake.newestKeyframe?.lead).toEqual([point, second]);
    send(160, idrSlice, 0);
    expect(rig.intake.newestKeyframe).toMatchObject({ number: 2, lead: [] });
  });

  it('has the size and the parameter sets of the bitstream', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    const sps = spsOf({ columns: 40 });
    rig.take(tracksEvent({ ...h264Track, width: 641, height: 386, parameterSets: [sps, pps] }));
    const event = videoEvent(0, true, idrSlice);
    rig.take(event);
    vi.advanceTimersByTime(backlogPatienceMs);
    expect(rig.recorder.runs).toMatchObject([{ video: { width: 640, height: 160 } }]);
    expect(rig.intake.newestKeyframe?.track.parameterSets).toEqual([sps, pps]);
    rig.take(videoEvent(40, false, slice));
    expect(rig.recorder.video).toHaveLength(2);
  });
});

describe('the first frame of a session', () => {
  it('waits for no backlog longer than 80 ms', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(jpeg, videoEvent(0, true));
    vi.advanceTimersByTime(79);
    expect(rig.recorder.events).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rig.recorder.events).toEqual(['run', 'V0']);
    rig.intake.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is given out before its session ends, however soon', () => {
    const rig = new Rig();
    rig.take(jpeg, videoEvent(0, true));
    rig.intake.end();
    expect(rig.recorder.events).toEqual(['run', 'V0', 'end']);
  });
});

describe('a burst with a single stamp, as the first of a session', () => {
  const burst = Array.from({ length: 8 }, () => videoEvent(0, true));

  it('is given out as soon as a second one is over', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(jpeg, ...burst);
    vi.advanceTimersByTime(533);
    expect(rig.recorder.events).toEqual([]);
    rig.take(...burst);
    vi.advanceTimersByTime(backlogPatienceMs);
    expect(rig.recorder.video).toHaveLength(16);
    rig.intake.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits no longer than 2 s for a second one', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(jpeg, ...burst);
    vi.advanceTimersByTime(2_000);
    expect(rig.recorder.video).toHaveLength(8);
    rig.intake.end();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('audio that is declared', () => {
  const tracks = tracksEvent(mpeg4Track, alawTrack);

  it('is waited for, and begins with the run', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(tracks, videoEvent(0, true));
    expect(rig.recorder.events).toEqual([]);
    vi.advanceTimersByTime(200);
    rig.take(audioBlock);
    expect(rig.recorder.runs).toMatchObject([{ audio: alawTrack }]);
    expect(rig.recorder.events.slice(0, 2)).toEqual(['run', 'V0']);
  });

  it('is not waited for longer than a third of a second, also where nothing else comes', () => {
    vi.useFakeTimers();
    const rig = new Rig();
    rig.take(tracks, videoEvent(0, true));
    vi.advanceTimersByTime(299);
    expect(rig.recorder.events).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(rig.recorder.events).toEqual(['run', 'V0']);
    expect(rig.recorder.runs).toMatchObject([{ audio: undefined }]);
    rig.intake.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not given up because this process slept', async () => {
    const rig = new Rig();
    rig.take(tracks, videoEvent(0, true));
    blockLoop(1_500);
    await wait(1);
    rig.take(videoEvent(40, false));
    rig.take(audioBlock);
    expect(rig.recorder.runs).toMatchObject([{ audio: alawTrack }]);
    rig.intake.end();
  });
});
