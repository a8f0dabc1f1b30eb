import { expect, it } from 'vitest';
import { probe } from '../../ffmpeg/run.ts';
import { followParts, lasts, mediaOf, secondsOf, type SeenPart } from '../parts.ts';
import { partTarget } from '../playlist-watch.ts';
import { cameraConfig, eventually, startGateway } from '../rig.ts';
import { ScriptedCamera, steady, type Line } from '../scripted-camera.ts';

const fps = 15;
/**
 * PART-TARGET of such a camera is 0.2 s, or a little more where a busy machine delays its first frames; a hole has 3 s.
 */
const smallSeconds = 0.5;

/** Sends for 4 s, pauses for 3 s, and goes on; stamps go on too. */
async function withHole(line: Line): Promise<void> {
  for (let count = 0; ; count += 1) {
    const atMs = (count * 1000) / fps + (count > 4 * fps ? 3_000 : 0);
    await line.until(atMs);
    line.send(atMs);
  }
}

/** Seconds between frames of video, for what belongs together. */
async function distancesIn(parts: readonly SeenPart[]): Promise<number[]> {
  const { frames } = await probe(await mediaOf(parts), 'mov');
  const times = frames.map(({ pts_time }) => Number(pts_time));
  return times.slice(1).map((time, index) => time - (times[index] ?? NaN));
}

it.concurrent.each([
  { container: 'asf', codec: 'h264' },
  { container: 'asf', codec: 'mjpeg' },
  { container: 'multipart', codec: 'mjpeg' },
] as const)('no part holds a frame of the 3 s in which nothing came: %o', async (kind) => {
  await using camera = await ScriptedCamera.start({ ...kind, play: withHole });
  const overrides = { via: 'http', stallMs: 8_000, coldStartMs: 30_000 } as const;
  await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
  const parts = await followParts(rig, (seen) => {
    const [first, last] = [seen[0]?.seenAtMs ?? NaN, seen.at(-1)?.seenAtMs ?? NaN];
    return last - first > 9_000;
  });
  for (const era of new Set(parts.map((part) => part.era))) {
    const own = parts.filter((part) => part.era === era);
    const distances = await distancesIn(own);
    expect(Math.max(...distances)).toBeLessThan(1);
    // What is declared is what there is.
    const seconds = distances.reduce((sum, distance) => sum + distance, 0);
    expect(Math.abs(secondsOf(own) - seconds)).toBeLessThan(0.5);
  }
  expect(await partTarget(rig)).toBeLessThan(smallSeconds);
  expect(rig.counters().stallsTotal).toBe(0);
  expect(camera.connections).toHaveLength(1);
});

it('a viewer who comes back 2.8 to 3.6 s after the session ended gets parts as short as ever', async () => {
  const kinds = [
    { container: 'asf', codec: 'h264' },
    { container: 'multipart', codec: 'mjpeg' },
  ] as const;
  const visits = kinds.flatMap((kind) => [2_800, 3_200, 3_600].map((awayMs) => ({ kind, awayMs })));
  await Promise.all(
    visits.map(async ({ kind, awayMs }) => {
      await using camera = await ScriptedCamera.start({ ...kind, play: steady(fps) });
      const overrides = { via: 'http', lingerMs: 200, coldStartMs: 30_000 } as const;
      await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
      await followParts(rig, lasts(2));
      await eventually(
        () => camera.openCount,
        (count) => count === 0,
      );
      // The length of the pause is what this is about.
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      await followParts(rig, lasts(3));
      expect(await partTarget(rig)).toBeLessThan(smallSeconds);
      expect(camera.connections).toHaveLength(2);
    }),
  );
});

it.each([
  { container: 'asf', codec: 'h264' },
  { container: 'multipart', codec: 'mjpeg' },
] as const)('a camera that closes and takes the next connection 3 s later: %o', async (kind) => {
  await using camera = await ScriptedCamera.start({
    ...kind,
    play: async (line) => {
      if (line.index > 0) await line.until(3_000);
      for (let count = 0; line.index > 0 || count < 4 * fps; count += 1) {
        await line.until(3_000 * Math.min(1, line.index) + (count * 1000) / fps);
        line.send((count * 1000) / fps);
      }
    },
  });
  const overrides = { via: 'http', stallMs: 8_000, coldStartMs: 30_000 } as const;
  await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
  await followParts(rig, (seen) => secondsOf(seen) > 6 && camera.connections.length > 1);
  expect(await partTarget(rig)).toBeLessThan(smallSeconds);
});
