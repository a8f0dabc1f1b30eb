import { expect, it } from 'vitest';
import { probe } from '../../ffmpeg/run.ts';
import { lateness } from '../live-edge.ts';
import { MachinePace } from '../machine-pace.ts';
import { followParts, lasts, mediaOf, secondsOf } from '../parts.ts';
import { cameraConfig, eventually, startGateway } from '../rig.ts';
import { ScriptedCamera, type Play } from '../scripted-camera.ts';

const fps = 15;

/**
 * Frames come in heaps of so many, at 15 a second on average; stamps, where there are any, say how they were taken, or
 * what `stampOf` makes of their number.
 */
const heaps =
  (size: number, stampOf = (frame: number): number => (frame * 1000) / fps): Play =>
  async (line) => {
    for (let count = 0; ; count += size) {
      await line.until(((count + size) * 1000) / fps);
      for (let index = 0; index < size; index += 1) line.send(stampOf(count + index));
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

const figure = (text: string, name: string): number =>
  Number(new RegExp(`[:,]${name}=([\\d.]+)`).exec(text)?.[1]);

it.concurrent.each([
  ['stand still', 8, (): number => 0],
  ['move once a heap', 8, (frame: number): number => (Math.floor(frame / 8) * 8000) / fps],
  ['stand still', 2, (): number => 0],
  ['move once a heap', 2, (frame: number): number => (Math.floor(frame / 2) * 2000) / fps],
])(
  'stamps that %s tell nothing wrong of heaps of %i, from the first playlist on',
  async (_, size, stampOf) => {
    const play = heaps(size, stampOf);
    const pace = new MachinePace();
    const startedMs = performance.now();
    await using camera = await ScriptedCamera.start({ container: 'asf', codec: 'h264', play });
    await using rig = await startGateway([cameraConfig('cam0', camera.url, { via: 'http' })]);
    const playlist = async (): Promise<string> =>
      (
        await eventually(
          () => rig.get('/cameras/cam0/index.m3u8'),
          ({ ok }) => ok,
          30_000,
        )
      ).text();
    const first = await playlist();
    const parts = await followParts(rig, lasts(8));
    const last = await playlist();
    const lateMs = await lateness(rig);
    const lostMs = pace.lostSince(startedMs);
    pace.stop();
    const loopBytes = camera.loop.reduce((sum, { length }) => sum + length, 0);
    const truth = (8 * fps * loopBytes) / camera.loop.length;
    // The first heaps may have been read late.
    const doubt = 1.6 + lostMs / 200;
    for (const name of ['BANDWIDTH', 'AVERAGE-BANDWIDTH']) {
      expect(figure(first, name) / truth).toBeLessThan(doubt);
      expect(figure(first, name) / truth).toBeGreaterThan(1 / doubt);
    }
    const rateError = 1 + lostMs / 100;
    if (first.includes('FRAME-RATE')) {
      expect(Math.abs(figure(first, 'FRAME-RATE') - fps)).toBeLessThan(rateError);
    }
    expect(Math.abs(figure(last, 'FRAME-RATE') - fps)).toBeLessThan(rateError);
    expect(lateMs).toBeGreaterThan(-1_000);
    expect(lateMs).toBeLessThan(1_200 + lostMs);
    expect(new Set(parts.map(({ era }) => era)).size).toBe(1);
    const { frames, errors } = await probe(await mediaOf(parts), 'mov');
    expect(errors).toBe('');
    const times = frames.map(({ pts_time }) => Number(pts_time));
    const distances = times.slice(1).map((time, index) => time - (times[index] ?? NaN));
    expect(Math.min(...distances)).toBeGreaterThan(0.015);
    // All of them, one after the other, behind the still that begins a playlist.
    expect(frames.length).toBeGreaterThan(fps * (secondsOf(parts) - 2 - lostMs / 1000));
  },
);
