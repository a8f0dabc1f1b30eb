import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameHub } from '../../../src/media/frame-hub.ts';
import { VideoEncoder } from '../../../src/transcode/video-encoder.ts';
import { jpegFrames } from '../../integration/ffmpeg/media.ts';
import { jpegAt, jpegTrack, Recorder, runOf } from '../media/frames.ts';
import { mpeg4Stream } from '../media/mpeg4-stream.ts';
import { bundledFfmpeg, echo, mute, shellProgram, TestTools } from './stand-in.ts';

const binary = await bundledFfmpeg();
const [jpeg = Buffer.alloc(0)] = jpegFrames({ width: 64, height: 48, fps: 1, seconds: 1 });
const frameMs = 40;

let hub: FrameHub;
let tools: TestTools;
let encoder: VideoEncoder;
let recorder: Recorder;

function start(program = binary): void {
  hub = new FrameHub();
  tools = new TestTools(program);
  encoder = new VideoEncoder({
    ...{ source: hub, tools, keyframeMs: 1_000 },
    onFailure: tools.onFailure,
  });
  recorder = new Recorder(encoder.output);
  encoder.start();
}

/** A frame of the camera now, and 40 ms after it. */
function push(timeMs: number): void {
  hub.push(jpegAt(timeMs, jpeg));
  tools.clock.pass(frameMs);
}

const shown = (count: number): Promise<void> =>
  vi.waitFor(() => expect(recorder.video.length).toBeGreaterThanOrEqual(count));

beforeEach(() => start());
afterEach(() => encoder.dispose());

describe('video that is encoded', () => {
  it('has the very times of the frames that went in, whatever they are', async () => {
    const timesMs = [0, 33.4, 66.7, 67.9, 1_100, 1_133];
    const run = runOf(jpegTrack);
    hub.begin(run);
    for (const timeMs of timesMs) push(timeMs);
    await shown(timesMs.length);
    expect(recorder.video.map(({ pts }) => pts)).toEqual(
      timesMs.map((timeMs) => Math.round(timeMs * 90)),
    );
    expect(recorder.video.map(({ dts }) => dts)).toEqual(recorder.video.map(({ pts }) => pts));
    expect(recorder.video.map(({ arrivedAtMs }) => arrivedAtMs)).toEqual(timesMs);
    expect(recorder.runs).toMatchObject([
      {
        ...{ originMs: run.originMs, audio: undefined },
        video: { codec: 'h264', width: 64, height: 48, timescale: 90_000 },
      },
    ]);
    expect(recorder.runs[0]?.video.parameterSets).toHaveLength(2);
    // A keyframe at the start, and when a second has passed.
    const keyframes = recorder.video.filter(({ isKeyframe }) => isKeyframe);
    expect(keyframes.map(({ pts }) => pts / 90)).toEqual([0, 1_100]);
  });

  it('begins with the newest keyframe of a run that has long begun', async () => {
    encoder.stop();
    hub.begin(runOf(jpegTrack));
    push(7_200_000);
    push(7_200_040);
    encoder.start();
    push(7_200_080);
    await shown(2);
    expect(recorder.timesMs).toEqual([7_200_040, 7_200_080]);
  });

  it('ends with its run, and the next one is another child', async () => {
    hub.begin(runOf(jpegTrack));
    push(0);
    await shown(1);
    const { pid } = tools;
    hub.end();
    hub.begin(runOf(jpegTrack));
    push(0);
    await shown(2);
    expect(recorder.events).toEqual(['run', 'V0', 'end', 'run', 'V0']);
    await vi.waitFor(() => expect(tools.pid).not.toBe(pid));
    expect(tools.restarts).toEqual({});
  });

  it('stops with its last user', async () => {
    hub.begin(runOf(jpegTrack));
    push(0);
    await shown(1);
    await encoder.dispose();
    push(40);
    expect(recorder.events).toEqual(['run', 'V0', 'end']);
    expect(tools.tally.children).toEqual([]);
  });
});

describe('an encoder that is too slow', () => {
  it('gets eight frames at most once they waited for half a second; the others are counted', async () => {
    hub.begin(runOf(jpegTrack));
    push(0);
    await shown(1);
    expect(encoder.isTooSlow).toBe(false);
    const thaw = tools.freeze();
    for (let count = 1; count <= 8; count += 1) push(count * frameMs);
    tools.clock.pass(2_000);
    for (let count = 9; count <= 20; count += 1) push(count * frameMs);
    expect(encoder).toMatchObject({ droppedTotal: 12, isTooSlow: true });
    thaw();
    await shown(9);
    push(21 * frameMs);
    await shown(10);
    const times = Array.from({ length: 9 }, (_, index) => index * frameMs);
    expect(recorder.timesMs).toEqual([...times, 21 * frameMs]);
    expect(encoder.droppedTotal).toBe(12);
    // It is said for as long as it was so lately.
    expect(encoder.isTooSlow).toBe(true);
    tools.clock.pass(5_000);
    expect(encoder.isTooSlow).toBe(false);
    expect(tools.restarts).toEqual({});
  });

  it('goes on at a keyframe where frames refer to each other', async () => {
    const { track, frames } = mpeg4Stream({ frameCount: 50, gopFrames: 20 });
    hub.begin(runOf(track));
    const feed = (begin: number, end: number): void => {
      for (const frame of frames.slice(begin, end)) hub.push(frame);
    };
    feed(0, 1);
    await shown(1);
    const thaw = tools.freeze();
    feed(1, 9);
    tools.clock.pass(2_000);
    feed(9, 15);
    expect(encoder.droppedTotal).toBe(6);
    thaw();
    await shown(9);
    feed(15, 20);
    expect(encoder.droppedTotal).toBe(11);
    feed(20, 22);
    await shown(11);
    expect(recorder.timesMs.slice(8)).toEqual([8, 20, 21].map((number) => number * frameMs));
  });

  it('that hangs is replaced, and goes on with the newest keyframe', async () => {
    hub.begin(runOf(jpegTrack));
    push(0);
    await shown(1);
    tools.freeze();
    for (let count = 1; tools.restarts['hung'] === undefined && count < 200; count += 1) {
      push(count * frameMs);
    }
    expect(tools.restarts).toEqual({ hung: 1 });
    const { pts = 0 } = hub.gop.at(-1) ?? {};
    await shown(2);
    expect(recorder.events).toEqual(['run', 'V0', 'end', 'run', `V${pts / 90}`]);
  });
});

describe('an encoder that starts', () => {
  it('takes the whole GOP so far and what comes meanwhile, where frames refer to each other', async () => {
    const { track, frames } = mpeg4Stream({ frameCount: 60, gopFrames: 100 });
    encoder.stop();
    hub.begin(runOf(track));
    for (const frame of frames.slice(0, 40)) hub.push(frame);
    encoder.start();
    for (const frame of frames.slice(40)) hub.push(frame);
    await shown(60);
    expect(recorder.timesMs).toEqual(frames.map(({ pts }) => pts / 90));
    expect(encoder.droppedTotal).toBe(0);
  });

  it('shows frames in the order in which they are to be seen', async () => {
    const { track, frames } = mpeg4Stream({ frameCount: 30, gopFrames: 15, bFrames: 2 });
    const timesMs = frames.map(({ pts }) => pts / 90);
    expect(timesMs).not.toEqual(timesMs.toSorted((one, other) => one - other));
    hub.begin(runOf(track));
    for (const frame of frames) hub.push(frame);
    await shown(25);
    const sorted = timesMs.toSorted((one, other) => one - other);
    expect(recorder.timesMs).toEqual(sorted.slice(0, recorder.timesMs.length));
    expect(encoder.droppedTotal).toBe(0);
  });
});

describe('a child of an encoder', () => {
  it('that dies is replaced, and goes on with the newest keyframe', async () => {
    hub.begin(runOf(jpegTrack));
    push(0);
    push(40);
    await shown(2);
    tools.kill();
    await shown(3);
    push(80);
    await shown(4);
    expect(recorder.events).toEqual(['run', 'V0', 'v40', 'end', 'run', 'V40', 'v80']);
    expect(tools.restarts).toEqual({ killed: 1 });
    expect(tools.failures).toEqual([]);
  });

  it('whose output makes no sense is replaced five times, and then told', async () => {
    await encoder.dispose();
    start(shellProgram(echo));
    hub.begin(runOf(jpegTrack));
    push(0);
    await vi.waitFor(() => expect(tools.failures).toHaveLength(1));
    expect(tools.restarts).toEqual({ 'bad-output': 6 });
    await encoder.dispose();
  });

  it('that is given up stays away until the next run', async () => {
    await encoder.dispose();
    start(shellProgram(`${mute}; echo "Unknown encoder" >&2; exit 1`));
    hub.begin(runOf(jpegTrack));
    push(0);
    await encoder.dispose();
    expect(tools.tally.children).toEqual([]);
  });
});
