import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FfmpegBinary } from '../../../../src/transcode/ffmpeg/binary.ts';
import { watchJpegs } from '../jpeg-viewer.ts';
import { followParts, lasts, secondsOf } from '../parts.ts';
import { cameraConfig, eventually, startGateway, systemFfmpeg } from '../rig.ts';
import { ScriptedCamera, steady } from '../scripted-camera.ts';

/** The real ffmpeg, but its encoder of video reads no faster than this: a third of what the camera sends. */
const program = (ffmpegPath: string, bytesPerSecond: number): string => `#!${process.execPath}
const { spawn } = require('node:child_process');
const args = process.argv.slice(2);
const child = spawn(${JSON.stringify(ffmpegPath)}, args, { stdio: ['pipe', 'inherit', 'inherit'] });
child.once('close', (code) => process.exit(code ?? 1));
process.once('SIGTERM', () => child.kill());
child.stdin.on('error', () => undefined);
const isEncoder = args.includes('libx264') && args.includes('matroska');
const slice = 1024;
(async () => {
  for await (const chunk of process.stdin) {
    for (let at = 0; at < chunk.length; at += slice) {
      child.stdin.write(chunk.subarray(at, at + slice));
      const ms = isEncoder ? (1000 * slice) / ${bytesPerSecond} : 0;
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
  child.stdin.end();
})();
`;

const fps = 15;
let folder: string;
let camera: ScriptedCamera;
let slow: FfmpegBinary;
beforeAll(async () => {
  const ffmpeg = await systemFfmpeg();
  folder = await mkdtemp(join(tmpdir(), 'camgate-slow-encoder-'));
  const path = join(folder, 'ffmpeg');
  camera = await ScriptedCamera.start({
    ...{ container: 'multipart', codec: 'mjpeg', width: 640, height: 480, play: steady(fps) },
  });
  const frameBytes = camera.loop.reduce((sum, { length }) => sum + length, 0) / camera.loop.length;
  await writeFile(path, program(ffmpeg.path, (frameBytes * fps) / 3), { mode: 0o755 });
  slow = { ...ffmpeg, path };
});
afterAll(async () => {
  await camera[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

it('an encoder that is too slow costs frames before it, and nobody but its viewers notices', async () => {
  const config = cameraConfig('cam0', camera.url, { via: 'http', coldStartMs: 30_000 });
  await using rig = await startGateway([config], { ffmpeg: slow });
  const parts = await followParts(rig, lasts(4));
  await eventually(
    () => rig.status(),
    ({ encoding }) => encoding?.isTooSlow === true,
  );
  const from = performance.now();
  const [seen, later] = await Promise.all([
    watchJpegs(rig, () => performance.now() - from > 3_000),
    followParts(rig, (all) => secondsOf(all) > secondsOf(parts) + 3),
  ]);
  // All that the camera sent, at its pace.
  expect(seen.length).toBeGreaterThan(0.85 * 3 * fps);
  const sent = new Set(camera.connections[0]?.sent.map((bytes) => bytes.toString('latin1')));
  expect(seen.filter(({ bytes }) => !sent.has(bytes.toString('latin1')))).toEqual([]);
  // HLS goes on, with fewer frames; at its start it may have had a hole.
  const shown = later.filter(({ seenAtMs }) => seenAtMs > from + 1_000);
  expect(secondsOf(shown)).toBeGreaterThan(1);
  expect(new Set(shown.map(({ era }) => era)).size).toBe(1);
  const metrics = await (await rig.get('/metrics')).text();
  const dropped = /^camgate_encoder_dropped_frames_total\{camera="cam0"\} (\d+)/m.exec(
    metrics,
  )?.[1];
  expect(Number(dropped)).toBeGreaterThan(15);
  expect((await rig.status()).encoding?.isTooSlow).toBe(true);
  expect(camera.connections).toHaveLength(1);
  expect(rig.counters()).toMatchObject({ stallsTotal: 0, ffmpegRestartsTotal: new Map() });
});
