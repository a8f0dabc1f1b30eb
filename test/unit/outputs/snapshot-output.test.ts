import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { snapshotWidths, type Snapshot } from '../../../src/outputs/viewable-camera.ts';
import { jpegTrack, mpeg4Track } from '../media/frames.ts';
import { echo, mute } from '../transcode/stand-in.ts';
import { tracksEvent } from '../camera/fake-source.ts';
import { OutputRig } from './output-rig.ts';

const never = new AbortController().signal;
afterEach(() => void vi.useRealTimers());

function take(
  rig: OutputRig,
  {
    maxAgeMs,
    width,
    signal = never,
  }: { maxAgeMs?: number; width?: number; signal?: AbortSignal } = {},
): Promise<Snapshot> {
  return rig.served.snapshot({ maxAgeMs, width }, signal);
}

/** A camera with a session, kept by a lease. */
async function live(program = echo): Promise<OutputRig> {
  const rig = new OutputRig(program);
  rig.served.camera.lease('native');
  await vi.waitFor(() => expect(rig.source.openCount).toBe(1));
  return rig;
}

const keyframes = (rig: OutputRig, number: number): Promise<void> =>
  vi.waitFor(() => expect(rig.served.camera.intake.newestKeyframe?.number).toBe(number));

describe('a snapshot of a JPEG camera', () => {
  it('has its very bytes, needs no child, and tells its age and which frame it is', async () => {
    await using rig = await live();
    const first = rig.push(jpegTrack);
    const snapshot = await take(rig);
    expect(snapshot).toMatchObject({ bytes: first, etag: '"boot-1"' });
    const ageMs = snapshot.ageMs();
    expect(Math.abs(rig.clock.wallMs() - ageMs - snapshot.takenAtMs)).toBeLessThan(50);
    rig.clock.pass(300);
    expect(snapshot.ageMs()).toBeGreaterThanOrEqual(ageMs + 300);
    const second = rig.push(jpegTrack);
    await keyframes(rig, 2);
    expect(await take(rig)).toMatchObject({ bytes: second, etag: '"boot-2"' });
    expect(rig.children).toEqual([]);
  });

  it('is decoded where it is asked for in a smaller size', async () => {
    await using rig = await live();
    rig.push({ ...jpegTrack, width: 640, height: 480 });
    expect(await take(rig, { width: 320 })).toMatchObject({ etag: '"boot-1-320"' });
    expect(await take(rig, { width: 640 })).toMatchObject({ etag: '"boot-1-640"' });
    expect(rig.served.snapshots.decodesTotal).toBe(1);
  });

  it('starts a cold camera, which then ends after its linger', async () => {
    await using rig = new OutputRig(echo);
    const taking = take(rig);
    await vi.waitFor(() => expect(rig.source.openCount).toBe(1));
    const bytes = rig.push(jpegTrack);
    expect(await taking).toMatchObject({ bytes });
    await vi.waitFor(() => expect(rig.source.openCount).toBe(0));
  });

  it('ends with the reason where the camera fails', async () => {
    await using rig = new OutputRig(echo);
    rig.source.failure = new UpstreamError('unreachable', 'away');
    await expect(take(rig)).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('a snapshot of other video', () => {
  it('waits for the keyframe of a new session, whose frames say nothing about an earlier one', async () => {
    await using rig = new OutputRig(echo);
    const before = rig.served.camera.lease('native');
    await vi.waitFor(() => expect(rig.source.openCount).toBe(1));
    rig.push(mpeg4Track);
    await keyframes(rig, 1);
    before.release();
    await vi.waitFor(() => expect(rig.source.openCount).toBe(0));
    rig.clock.pass(40_000);
    rig.served.camera.lease('native');
    await vi.waitFor(() => expect(rig.source.openCount).toBe(1));
    rig.source.push(tracksEvent(mpeg4Track));
    rig.pushOther();
    const { meter } = rig.served.camera.intake;
    await vi.waitFor(() => expect(meter.lastFrameAtMs).toBeDefined());
    const taking = take(rig);
    rig.push(mpeg4Track);
    expect(await taking).toMatchObject({ etag: '"boot-2"' });
  });

  it('is fresh while the GOP of its keyframe goes on, also before it is known how long that is', async () => {
    await using rig = await live();
    const startedMs = performance.now();
    rig.push(mpeg4Track);
    await keyframes(rig, 1);
    for (let seconds = 1; seconds <= 14; seconds += 1) {
      rig.clock.pass(1_000);
      rig.pushOther();
    }
    const { meter } = rig.served.camera.intake;
    await vi.waitFor(() => expect(meter.framesTotal).toBe(15));
    const ageMs = (await take(rig)).ageMs();
    expect(ageMs).toBeGreaterThanOrEqual(14_000);
    expect(ageMs).toBeLessThanOrEqual(14_000 + performance.now() - startedMs);
    await expect(take(rig, { maxAgeMs: 2_000 })).rejects.toMatchObject({ code: 'snapshot-stale' });
    rig.clock.pass(30_000);
    await expect(take(rig)).rejects.toMatchObject({ code: 'snapshot-stale' });
  });

  it('is decoded once for all who want the same', async () => {
    await using rig = await live();
    const jpeg = rig.push(mpeg4Track);
    await keyframes(rig, 1);
    const snapshots = await Promise.all([take(rig), take(rig), take(rig)]);
    for (const { bytes, etag } of snapshots) {
      expect(bytes).toEqual(jpeg);
      expect(etag).toBe('"boot-1"');
    }
    await take(rig);
    expect(rig.served.snapshots.decodesTotal).toBe(1);
    expect(rig.children).toEqual(['still']);
  });

  it('is decoded for nobody who does not ask', async () => {
    await using rig = await live();
    rig.push(mpeg4Track);
    await take(rig);
    for (let number = 2; number <= 5; number += 1) {
      rig.clock.pass(1_000);
      rig.push(mpeg4Track);
      await keyframes(rig, number);
    }
    await wait(100);
    expect(rig.served.snapshots.decodesTotal).toBe(1);
    const newest = rig.push(mpeg4Track);
    await keyframes(rig, 6);
    expect(await take(rig)).toMatchObject({ etag: '"boot-6"' });
    expect((await take(rig)).bytes).toEqual(newest);
    expect(rig.served.snapshots.decodesTotal).toBe(2);
  });

  it('is as fresh as was asked for when it leaves, not when it was asked for', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'camgate-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const gate = path.join(folder, 'gate');
    await using rig = await live(`until [ -e ${gate} ]; do /bin/sleep 0.01; done; exec /bin/cat`);
    rig.push(mpeg4Track);
    await keyframes(rig, 1);
    const taking = take(rig, { maxAgeMs: 20_000 });
    await vi.waitFor(() => expect(rig.children).toEqual(['still']));
    rig.clock.pass(30_000);
    await writeFile(gate, '');
    await vi.waitFor(() => expect(rig.served.snapshots.decodesTotal).toBe(1));
    const newer = rig.push(mpeg4Track);
    const snapshot = await taking;
    expect(snapshot.etag).toBe('"boot-2"');
    expect(snapshot.bytes).toEqual(newer);
    expect(snapshot.ageMs()).toBeLessThan(20_000);
  });

  it('is refused where the newest frame is older than may be', async () => {
    await using rig = await live();
    rig.push(mpeg4Track);
    await keyframes(rig, 1);
    rig.clock.pass(2_000);
    await expect(take(rig, { maxAgeMs: 1_000 })).rejects.toMatchObject({ code: 'snapshot-stale' });
    expect(rig.children).toEqual([]);
  });
});

describe('the wait for a decoder', () => {
  it('ends with its viewer, however many others wait', async () => {
    await using rig = await live(mute);
    rig.push(mpeg4Track);
    await keyframes(rig, 1);
    const warnings: unknown[] = [];
    const listen = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', listen);
    const viewers = Array.from({ length: 100 }, () => new AbortController());
    const waits = viewers.map(({ signal }) => take(rig, { signal }));
    const outcomes = Promise.allSettled(waits);
    await vi.waitFor(() => expect(rig.children).toEqual(['still']));
    viewers[0]?.abort(new Error('viewer gone'));
    await expect(waits[0]).rejects.toThrow('viewer gone');
    for (const viewer of viewers) viewer.abort(new Error('viewer gone'));
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    await wait(10);
    process.off('warning', listen);
    expect(rig.children).toEqual(['still']);
    expect(warnings).toEqual([]);
  });

  it('ends after 5 s, the start of the decoder included', async () => {
    await using rig = await live('exec /bin/sleep 60');
    rig.push(mpeg4Track);
    await keyframes(rig, 1);
    const beganAtMs = performance.now();
    await expect(take(rig)).rejects.toMatchObject({ code: 'ffmpeg-failed' });
    expect(performance.now() - beganAtMs).toBeGreaterThan(4_900);
    expect(performance.now() - beganAtMs).toBeLessThan(8_000);
  });
});

describe('decoders', () => {
  it('go when nobody has asked for 15 s', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await using rig = await live();
    rig.push(mpeg4Track);
    await take(rig);
    rig.clock.pass(14_000);
    vi.advanceTimersByTime(5_000);
    expect(rig.children).toEqual(['still']);
    rig.clock.pass(2_000);
    vi.advanceTimersByTime(5_000);
    await vi.waitFor(() => expect(rig.children).toEqual([]));
    rig.push(mpeg4Track);
    await keyframes(rig, 2);
    expect(await take(rig)).toMatchObject({ etag: '"boot-2"' });
  });

  it('are as many as there are widths, and none is left behind', async () => {
    const rig = await live();
    rig.push({ ...mpeg4Track, width: 1920, height: 1080 });
    await keyframes(rig, 1);
    const widths = [undefined, ...snapshotWidths];
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(widths.map((width) => take(rig, width === undefined ? {} : { width })));
    }
    expect(rig.children).toHaveLength(widths.length);
    await rig[Symbol.asyncDispose]();
    expect(rig.children).toEqual([]);
  });
});
