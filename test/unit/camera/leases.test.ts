import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Camera } from '../../../src/camera/camera.ts';
import type { CameraConfig } from '../../../src/config/config.ts';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { cameraConfig } from '../../integration/gateway/rig.ts';
import { h264Track, jpegTrack, mpeg4Track, Recorder } from '../media/frames.ts';
import { mpeg4Stream } from '../media/mpeg4-stream.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { bundledFfmpeg } from '../transcode/stand-in.ts';
import { PushedSource, tracksEvent, videoEvent } from './fake-source.ts';
import { idrSlice, pps, spsOf } from './timing/sps.ts';

const binary = await bundledFfmpeg();
const h264 = tracksEvent({ ...h264Track, parameterSets: [spsOf(), pps] });
const jpeg = tracksEvent(jpegTrack);
const never = new AbortController().signal;

let source: PushedSource;
let camera: Camera;

function start(overrides: Partial<CameraConfig> = {}): void {
  source = new PushedSource();
  camera = new Camera({
    config: cameraConfig('front', new URL('http://127.0.0.1:9/'), { lingerMs: 100, ...overrides }),
    ...{ source, binary, clock: new SteppedClock(), log: silentLog },
    promises: () => ({ channels: undefined, partTargetsMs: [] }),
  });
}

const stateIs = (name: string): Promise<void> =>
  vi.waitFor(() => expect(camera.supervisor.state.name).toBe(name), { interval: 5 });

beforeEach(() => start());
afterEach(() => camera.dispose());

describe('the session of a camera', () => {
  it('begins with the first lease, is one for all, and ends a linger after the last', async () => {
    expect(camera.supervisor.state.name).toBe('idle');
    const leases = (['native', 'playable', 'jpeg', 'native'] as const).map((name) =>
      camera.lease(name),
    );
    await stateIs('live');
    expect(source.openCount).toBe(1);
    for (const lease of leases.slice(1)) lease.release();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(camera.supervisor.state.name).toBe('live');
    const releasedAtMs = performance.now();
    leases[0]?.release();
    leases[0]?.release();
    expect(camera.supervisor.state.name).toBe('live');
    await stateIs('idle');
    expect(performance.now() - releasedAtMs).toBeGreaterThan(95);
    expect(source.openedAtMs).toHaveLength(1);
    expect(source.openCount).toBe(0);
  });

  it('fails with parameter sets that cannot be read, in frames that had to wait too', async () => {
    camera.lease('playable');
    await stateIs('live');
    const cutShort = [Buffer.from([0x67]), Buffer.from([0x68])];
    source.push(tracksEvent({ ...h264Track, parameterSets: cutShort }), videoEvent(0, true));
    await stateIs('backing-off');
    expect(camera.supervisor.lastFailure?.reason).toBe('bad-answer');
  });

  it('ends at once with a lease whose owner has lingered', async () => {
    const lease = camera.lease('native', { lingers: false });
    await stateIs('live');
    lease.release();
    await stateIs('idle');
  });

  it('lasts for ever where the camera is always on', async () => {
    await camera.dispose();
    start({ alwaysOn: true });
    await stateIs('live');
    camera.lease('native', { lingers: false }).release();
    expect(camera.supervisor.state.name).toBe('live');
    await camera.dispose();
    expect(source).toMatchObject({ openCount: 0, isDisposed: true });
  });

  it('is kept while frames come, however long the first keyframe takes, and the wait is told', async () => {
    camera.lease('native');
    await stateIs('live');
    source.push(tracksEvent(mpeg4Track), videoEvent(0, false));
    await vi.waitFor(() => expect(camera.intake.timing.isWaitingForKeyframe).toBe(true));
    source.push(videoEvent(40, true));
    await vi.waitFor(() => expect(camera.intake.timing.isWaitingForKeyframe).toBe(false));
  });
});

describe('a form', () => {
  it('native: frames as they come, for those who come later too', async () => {
    const first = new Recorder(camera.lease('native').stream);
    await stateIs('live');
    source.push(jpeg, videoEvent(0, true));
    await vi.waitFor(() => expect(first.events).toEqual(['run', 'V0']));
    expect(new Recorder(camera.lease('native').stream).events).toEqual(['run', 'V0']);
    expect(camera.tally.children).toEqual([]);
  });

  it('playable: H.264 goes through as it is, without a child', async () => {
    const recorder = new Recorder(camera.lease('playable').stream);
    const native = new Recorder(camera.intake.hub);
    await stateIs('live');
    source.push(h264, videoEvent(0, true, idrSlice));
    await vi.waitFor(() => expect(recorder.events).toEqual(['run', 'V0']));
    expect(recorder.frames[0]).toBe(native.frames[0]);
    expect(camera.forms).toMatchObject({ isEncoded: false, encodingReason: undefined });
    expect(camera.tally.children).toEqual([]);
  });

  it('playable: other video has a child from the first lease to the last', async () => {
    const { track, frames } = mpeg4Stream({ frameCount: 10, gopFrames: 10 });
    const native = camera.lease('native');
    await stateIs('live');
    source.push(
      tracksEvent(track),
      ...frames.map(({ pts, isKeyframe, data }) =>
        videoEvent(pts / 90, isKeyframe, Buffer.concat(data)),
      ),
    );
    await vi.waitFor(() => expect(camera.intake.newestKeyframe).toBeDefined());
    expect(camera.tally.children).toEqual([]);
    const leases = [camera.lease('playable'), camera.lease('playable')];
    const recorder = new Recorder(leases[0]?.stream ?? native.stream);
    await vi.waitFor(() => expect(recorder.video.length).toBe(10));
    expect(recorder.runs).toMatchObject([{ video: { codec: 'h264' } }]);
    expect(camera.forms).toMatchObject({ isEncoded: true, encodingReason: 'MPEG-4 part 2' });
    expect(camera.tally.children).toMatchObject([{ purpose: 'h264' }]);
    leases[0]?.release();
    expect(recorder.events.at(-1)).not.toBe('end');
    leases[1]?.release();
    expect(recorder.events.at(-1)).toBe('end');
    await vi.waitFor(() => expect(camera.tally.children).toEqual([]));
    expect(camera.supervisor.state.name).toBe('live');
    native.release();
  });

  it("jpeg: the camera's own bytes where it sends JPEG", async () => {
    const recorder = new Recorder(camera.lease('jpeg').stream);
    await stateIs('live');
    source.push(jpeg, videoEvent(0, true, Buffer.from('picture')));
    await vi.waitFor(() => expect(recorder.events).toEqual(['run', 'V0']));
    expect(recorder.frames[0]?.data[0]?.toString()).toBe('picture');
    expect(camera.tally.children).toEqual([]);
  });

  it('jpeg: other video is decoded from the newest keyframe on', async () => {
    const { track, frames } = mpeg4Stream({ frameCount: 10, gopFrames: 10 });
    camera.lease('native');
    await stateIs('live');
    source.push(
      tracksEvent(track),
      ...frames.map(({ pts, isKeyframe, data }) =>
        videoEvent(pts / 90, isKeyframe, Buffer.concat(data)),
      ),
    );
    await vi.waitFor(() => expect(camera.intake.newestKeyframe).toBeDefined());
    const lease = camera.lease('jpeg');
    const recorder = new Recorder(lease.stream);
    await vi.waitFor(() => expect(recorder.video.length).toBeGreaterThan(2));
    expect(recorder.runs).toMatchObject([{ video: { codec: 'mjpeg', width: 64, height: 48 } }]);
    lease.release();
    await vi.waitFor(() => expect(camera.tally.children).toEqual([]));
    expect(recorder.events.at(-1)).toBe('end');
  });
});

describe('waiting for a camera', () => {
  it('ends with what is waited for', async () => {
    camera.lease('native');
    const waiting = camera.waitFor(() => camera.intake.newestKeyframe, never);
    await stateIs('live');
    source.push(jpeg, videoEvent(0, true));
    expect(await waiting).toMatchObject({ number: 1 });
  });

  it('ends at once with the reason of the camera that failed', async () => {
    source.failure = new UpstreamError('wrong-password', 'no');
    camera.lease('native');
    const waiting = camera.waitFor(() => camera.intake.newestKeyframe, never);
    await expect(waiting).rejects.toMatchObject({ code: 'wrong-password' });
  });

  it('ends with the cold start time, and with its signal', async () => {
    await camera.dispose();
    start({ coldStartMs: 50 });
    camera.lease('native');
    await expect(camera.waitFor(() => undefined, never)).rejects.toMatchObject({
      code: 'camera-connecting',
      message: expect.stringContaining('has not sent a frame within') as string,
    });
    source.push(jpeg, videoEvent(0, false));
    await expect(camera.waitFor(() => undefined, never)).rejects.toMatchObject({
      code: 'camera-connecting',
      message: expect.stringContaining('sends video but has not sent a keyframe') as string,
    });
    const gone = new AbortController();
    const waiting = camera.waitFor(() => undefined, gone.signal);
    gone.abort(new Error('viewer gone'));
    await expect(waiting).rejects.toThrow('viewer gone');
  });
});
