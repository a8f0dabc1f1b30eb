import { expect, it } from 'vitest';
import { probe } from '../../ffmpeg/run.ts';
import { followParts, lasts, mediaOf } from '../parts.ts';
import { cameraConfig, startGateway } from '../rig.ts';
import { ScriptedCamera, type Play } from '../scripted-camera.ts';

const fps = 15;

/** Frames come in heaps of so many, at 15 a second on average; stamps, where there are any, say how they were taken. */
const heaps =
  (size: number): Play =>
  async (line) => {
    for (let count = 0; ; count += size) {
      await line.until(((count + size) * 1000) / fps);
      for (let index = 0; index < size; index += 1) line.send(((count + index) * 1000) / fps);
    }
  };

it.concurrent.each([
  ['pairs', 2, { container: 'multipart', codec: 'mjpeg' }],
  ['eights', 8, { container: 'multipart', codec: 'mjpeg' }],
  ['pairs', 2, { container: 'asf', codec: 'h264' }],
  ['eights', 8, { container: 'asf', codec: 'h264' }],
] as const)('HLS shows all frames that come in %s of %i: %o', async (_, size, kind) => {
  await using camera = await ScriptedCamera.start({ ...kind, play: heaps(size) });
  const config = cameraConfig('cam0', camera.url, { via: 'http', coldStartMs: 30_000 });
  await using rig = await startGateway([config]);
  // What it begins with, the still and the first heaps, is no pace yet, and an encoder starts.
  await followParts(rig, lasts(3));
  const dropsBefore = rig.counters().encoderDropsTotal;
  const parts = (await followParts(rig, lasts(8))).slice(-25);
  expect(rig.counters().encoderDropsTotal - dropsBefore).toBe(0);
  expect(new Set(parts.map(({ era }) => era)).size).toBe(1);
  const { frames, errors } = await probe(await mediaOf(parts), 'mov');
  expect(errors).toBe('');
  const times = frames.map(({ pts_time }) => Number(pts_time));
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? NaN));
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  expect(Math.abs(fps * mean - 1)).toBeLessThan(0.1);
  // Spread over the time between two heaps.
  expect(Math.min(...distances)).toBeGreaterThan(0.015);
  expect(Math.max(...distances)).toBeLessThan(0.2);
});
