import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { watchJpegs } from '../jpeg-viewer.ts';
import { followParts, lasts, mediaOf } from '../parts.ts';
import { cameraConfig, eventually, startGateway } from '../rig.ts';
import { ScriptedCamera, steady } from '../scripted-camera.ts';

/** Mean colour of each frame: red, green and blue. */
async function coloursIn(media: Buffer): Promise<number[][]> {
  const child = spawn('ffmpeg', [
    ...['-v', 'error', '-i', 'pipe:0', '-vf', 'scale=1:1:flags=area,format=rgb24'],
    // Else ffmpeg doubles and drops frames to hold the rate that it guesses.
    ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
  ]);
  child.stdin.end(media);
  const pixels = [...(await buffer(child.stdout))];
  return pixels.flatMap((_, at) => (at % 3 === 0 ? [pixels.slice(at, at + 3)] : []));
}

function distance(one: readonly number[] = [], other: readonly number[] = []): number {
  return Math.hypot(...one.map((value, index) => value - (other[index] ?? NaN)));
}

it('a viewer who returns to an idle JPEG camera sees no frame of the session before', async () => {
  await using camera = await ScriptedCamera.start({
    container: 'multipart',
    codec: 'mjpeg',
    hues: [0, 120],
    play: steady(15),
  });
  const overrides = { via: 'http', lingerMs: 200, coldStartMs: 30_000 } as const;
  await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
  await followParts(rig, lasts(2));
  await eventually(
    () => camera.openCount,
    (count) => count === 0,
  );
  // Until then the playlist goes on, behind a discontinuity.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const [parts, jpegs] = await Promise.all([
    followParts(rig, lasts(2)),
    watchJpegs(rig, ({ length }) => length >= 5),
  ]);
  const [first, second] = camera.connections;
  expect(camera.connections).toHaveLength(2);
  for (const { bytes } of jpegs) {
    expect(first?.sent.some((sent) => sent.equals(bytes))).toBe(false);
  }
  const [old] = await coloursIn(first?.sent[0] ?? Buffer.alloc(0));
  const [young] = await coloursIn(second?.sent[0] ?? Buffer.alloc(0));
  const shown = await coloursIn(await mediaOf(parts));
  expect(shown.length).toBeGreaterThan(15);
  for (const colour of shown) expect(distance(colour, young)).toBeLessThan(distance(colour, old));
});
