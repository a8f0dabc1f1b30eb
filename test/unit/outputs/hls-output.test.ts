import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LiveWindowView } from '../../../src/outputs/hls/window/window.ts';
import { tracksEvent, videoEvent } from '../camera/fake-source.ts';
import { echo } from '../transcode/stand-in.ts';
import { frame, video } from './hls/window-rig.ts';
import { OutputRig } from './output-rig.ts';

const never = new AbortController().signal;
const frameMs = 100;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A viewer comes, and the camera sends 4 s of H.264 in GOPs of 1 s. */
async function watch(rig: OutputRig): Promise<LiveWindowView> {
  const opening = rig.served.openLive(never);
  await vi.waitFor(() => expect(rig.source.openCount).toBe(1));
  rig.source.push(tracksEvent(video));
  for (let timeMs = 0; timeMs <= 4_000; timeMs += frameMs) {
    const isKeyframe = timeMs % 1_000 === 0;
    rig.source.push(videoEvent(timeMs, isKeyframe, frame(timeMs, isKeyframe).data[0]));
    await vi.advanceTimersByTimeAsync(frameMs);
  }
  return opening;
}

/** The names of the segments that a viewer is given now. */
async function read(window: LiveWindowView): Promise<string[]> {
  const plain = { msn: undefined, part: undefined, skip: undefined };
  const { body } = await window.mediaPlaylist(plain, never);
  return [...body.toString().matchAll(/^\d+\.m4s$/gm)].map(([name]) => name);
}

it('keeps the media of a camera that nobody watches as long as it is promised, and no longer', async () => {
  await using rig = new OutputRig(echo);
  const window = await watch(rig);
  const names = await read(window);
  expect(names.length).toBeGreaterThanOrEqual(4);
  // The demand lingers for 5 s after the request, and the frames are old 2 s later.
  await vi.advanceTimersByTimeAsync(7_500);
  expect(rig.source.openCount).toBe(0);
  expect(window.isEmpty).toBe(true);
  expect(names.filter((name) => window.media(name, never) === undefined)).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(rig.served.counters().windowBytes).toBe(0);
});

it('goes on with its playlist for a viewer who is back before the frames are old', async () => {
  await using rig = new OutputRig(echo);
  const window = await watch(rig);
  const names = await read(window);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(rig.source.openCount).toBe(0);
  rig.served.touchHls();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await read(window)).toEqual(expect.arrayContaining(names));
});
