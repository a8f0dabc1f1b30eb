import { describe, expect, it, vi } from 'vitest';
import { FrameHub } from '../../../src/media/frame-hub.ts';
import type { FfmpegBinary } from '../../../src/transcode/ffmpeg/binary.ts';
import { JpegDecoder } from '../../../src/transcode/jpeg-decoder.ts';
import { jpegAt, jpegTrack, Recorder, runOf } from '../media/frames.ts';
import { mpeg4Stream } from '../media/mpeg4-stream.ts';
import { fakeJpeg } from '../media/support.ts';
import {
  bundledFfmpeg,
  dying,
  echo,
  mute,
  shellProgram,
  TestTools,
  untilTestEnds,
} from './stand-in.ts';

const jpeg = fakeJpeg({ dataBytes: 300 });

class Rig {
  readonly hub = new FrameHub();
  readonly tools: TestTools;
  readonly decoder: JpegDecoder;
  readonly recorder: Recorder;

  constructor(binary: FfmpegBinary) {
    this.tools = new TestTools(binary);
    this.decoder = untilTestEnds(new JpegDecoder({ source: this.hub, tools: this.tools }));
    this.recorder = new Recorder(this.decoder.output);
    this.decoder.start();
  }

  push(timeMs: number): void {
    this.hub.push(jpegAt(timeMs, jpeg));
    this.tools.clock.pass(100);
  }

  shown(count: number): Promise<void> {
    return vi.waitFor(() => expect(this.recorder.video.length).toBeGreaterThanOrEqual(count));
  }
}

describe('video that is decoded to JPEG', () => {
  it('is a run of its own with the size of the frames, in the times of the camera', async () => {
    const rig = new Rig(shellProgram(echo));
    const run = runOf({ ...jpegTrack, width: 1, height: 1 });
    rig.hub.begin(run);
    rig.push(7_200_000);
    await rig.shown(1);
    rig.push(7_200_100);
    await rig.shown(2);
    expect(rig.recorder.events).toEqual(['run', 'V7200000', 'V7200100']);
    const { originMs } = run;
    expect(rig.recorder.runs).toMatchObject([
      { originMs, audio: undefined, video: { codec: 'mjpeg', width: 64, height: 48 } },
    ]);
    expect(rig.recorder.frames[0]?.data).toEqual([jpeg]);
    rig.hub.end();
    expect(rig.recorder.events.at(-1)).toBe('end');
    await vi.waitFor(() => expect(rig.tools.tally.children).toEqual([]));
  });

  it('has frames that are whole by themselves, whatever those of the camera are', async () => {
    const rig = new Rig(shellProgram(echo));
    rig.hub.begin(runOf({ ...jpegTrack, hasIntraRefresh: true }));
    const frame = { ...jpegAt(200, jpeg), duration: 3_600, arrivedAtMs: 5_000 };
    rig.hub.push({ ...frame, wholeAfter: 0 });
    await rig.shown(1);
    expect(rig.recorder.frames).toEqual([frame]);
    expect(rig.recorder.runs[0]?.video).not.toHaveProperty('hasIntraRefresh');
  });

  it('has times that rise, also where a decoder gives two frames at once', async () => {
    const { track, frames } = mpeg4Stream({ frameCount: 50, gopFrames: 50 });
    const rig = new Rig(await bundledFfmpeg());
    rig.hub.begin(runOf(track));
    for (const frame of frames) rig.hub.push(frame);
    await rig.shown(15);
    const times = rig.recorder.frames.map(({ dts }) => dts);
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('begins with the newest keyframe for viewers who come later', async () => {
    const rig = new Rig(shellProgram(echo));
    rig.decoder.stop();
    rig.hub.begin(runOf(jpegTrack));
    rig.push(0);
    rig.push(100);
    rig.decoder.start();
    await rig.shown(1);
    expect(rig.recorder.events).toEqual(['run', 'V100']);
  });
});

describe('a child of a decoder', () => {
  it('that dies is replaced, and goes on with the newest keyframe', async () => {
    const rig = new Rig(shellProgram(echo));
    rig.hub.begin(runOf(jpegTrack));
    rig.push(0);
    await rig.shown(1);
    rig.tools.kill();
    await rig.shown(2);
    expect(rig.recorder.events).toEqual(['run', 'V0', 'end', 'run', 'V0']);
    expect(rig.tools.restarts).toEqual({ killed: 1 });
  });

  it('that hangs is replaced', () => {
    const rig = new Rig(shellProgram(mute));
    rig.hub.begin(runOf(jpegTrack));
    for (let count = 0; count < 210; count += 1) rig.push(count * 100);
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });

  it('that dies again and again is tried again with a frame a minute later', async () => {
    const rig = new Rig(shellProgram(dying));
    rig.hub.begin(runOf(jpegTrack));
    rig.push(0);
    await vi.waitFor(() => expect(rig.tools.restarts).toEqual({ 'invalid-input': 6 }));
    rig.push(100);
    expect(rig.tools.tally.children).toEqual([]);
    rig.tools.clock.pass(60_000);
    rig.push(60_000);
    expect(rig.tools.tally.children).toHaveLength(1);
  });
});
