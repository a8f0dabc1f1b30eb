import { describe, expect, it, vi } from 'vitest';
import { UpstreamError } from '../../../src/lib/errors.ts';
import type { MjpegFrame, WatchOptions } from '../../../src/outputs/viewable-camera.ts';
import { jpegTrack, mpeg4Track } from '../media/frames.ts';
import { echo } from '../transcode/stand-in.ts';
import { OutputRig } from './output-rig.ts';

/** A viewer, who may leave. */
class Viewer {
  readonly frames: MjpegFrame[] = [];
  readonly began: Promise<void>;
  readonly #end = new AbortController();

  constructor({ served }: OutputRig, options?: WatchOptions) {
    this.began = served.watchJpeg((frame) => this.frames.push(frame), this.#end.signal, options);
    this.began.catch(() => undefined);
  }

  leave(): void {
    this.#end.abort(new Error('viewer gone'));
  }
}

const isOpen = (rig: OutputRig): Promise<void> =>
  vi.waitFor(() => expect(rig.source.openCount).toBe(1));

describe('MJPEG', () => {
  it('starts a cold camera, begins with its first frame, and gives each as it comes', async () => {
    await using rig = new OutputRig(echo);
    const viewer = new Viewer(rig);
    await isOpen(rig);
    const first = rig.push(jpegTrack);
    await viewer.began;
    rig.clock.pass(100);
    const second = rig.push(jpegTrack);
    await vi.waitFor(() => expect(viewer.frames).toHaveLength(2));
    expect(viewer.frames.map(({ bytes }) => bytes)).toEqual([first, second]);
    expect(rig.children).toEqual([]);
  });

  it('gives later viewers the newest frame at once, and all of them the same value', async () => {
    await using rig = new OutputRig(echo);
    const first = new Viewer(rig);
    await isOpen(rig);
    rig.push(jpegTrack);
    await first.began;
    const second = new Viewer(rig);
    await second.began;
    rig.clock.pass(100);
    rig.push(jpegTrack);
    await vi.waitFor(() => expect(first.frames).toHaveLength(2));
    expect(second.frames).toHaveLength(2);
    expect(second.frames[0]).toBe(first.frames[0]);
    expect(second.frames[1]).toBe(first.frames[1]);
  });

  it('is decoded by one child for all viewers of other video', async () => {
    await using rig = new OutputRig(echo);
    const viewers = [new Viewer(rig), new Viewer(rig)];
    await isOpen(rig);
    const jpeg = rig.push(mpeg4Track);
    await Promise.all(viewers.map(({ began }) => began));
    expect(viewers.map(({ frames }) => frames[0]?.bytes)).toEqual([jpeg, jpeg]);
    expect(rig.children).toEqual(['jpeg']);
    viewers[0]?.leave();
    expect(rig.children).toEqual(['jpeg']);
    viewers[1]?.leave();
    await vi.waitFor(() => expect(rig.children).toEqual([]));
  });

  it('ends for a viewer who leaves: nothing more is given, and the session ends after its linger', async () => {
    await using rig = new OutputRig(echo);
    const viewer = new Viewer(rig);
    await isOpen(rig);
    rig.push(jpegTrack);
    await viewer.began;
    viewer.leave();
    rig.push(jpegTrack);
    await vi.waitFor(() => expect(rig.source.openCount).toBe(0));
    expect(viewer.frames).toHaveLength(1);
  });

  it('leaves nothing behind of a viewer who left before the first frame', async () => {
    await using rig = new OutputRig(echo);
    const viewer = new Viewer(rig);
    await isOpen(rig);
    viewer.leave();
    await expect(viewer.began).rejects.toThrow('viewer gone');
    await vi.waitFor(() => expect(rig.source.openCount).toBe(0));
    const signal = AbortSignal.abort(new Error('gone before'));
    await expect(rig.served.watchJpeg(() => undefined, signal)).rejects.toThrow('gone before');
    expect(rig.source.openedAtMs).toHaveLength(1);
  });

  it('ends with the reason of the camera', async () => {
    await using rig = new OutputRig(echo);
    rig.source.failure = new UpstreamError('wrong-password', 'no');
    await expect(new Viewer(rig).began).rejects.toMatchObject({ code: 'wrong-password' });
  });

  it('waits with a patient viewer through a failure and the cold start time', async () => {
    await using rig = new OutputRig(echo, { coldStartMs: 20 });
    rig.source.failure = new UpstreamError('unreachable', 'no');
    const failed = new Viewer(rig).began;
    const viewer = new Viewer(rig, { isPatient: true });
    await viewer.began;
    await expect(failed).rejects.toMatchObject({ code: 'unreachable' });
    rig.source.failure = undefined;
    rig.served.retry();
    await isOpen(rig);
    await expect(new Viewer(rig).began).rejects.toMatchObject({ code: 'camera-connecting' });
    const frame = rig.push(jpegTrack);
    await vi.waitFor(() => expect(viewer.frames.map(({ bytes }) => bytes)).toEqual([frame]));
    viewer.leave();
    await vi.waitFor(() => expect(rig.source.openCount).toBe(0));
  });
});
