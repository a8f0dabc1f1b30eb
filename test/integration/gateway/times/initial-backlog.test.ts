import { expect, it } from 'vitest';
import { MachinePace } from '../machine-pace.ts';
import { followParts, lasts, secondsOf } from '../parts.ts';
import { cameraConfig, eventually, startGateway, type GatewayRig } from '../rig.ts';
import { ScriptedCamera, steady, type Play } from '../scripted-camera.ts';

const fps = 15;
/** So long a backlog may take to come, in milliseconds. */
const heldMs = 1_000;

/** What it has buffered at once, with no turn of the event loop between, and then frame by frame. */
const withBacklog =
  (count: number): Play =>
  async (line) => {
    for (let index = 0; ; index += 1) {
      if (index > count) await line.until(((index - count) * 1000) / fps);
      line.send((index * 1000) / fps);
    }
  };

/** The first multivariant playlist that a newcomer gets. */
async function firstMultivariant(rig: GatewayRig): Promise<string> {
  const answer = await eventually(
    () => rig.get('/cameras/cam0/index.m3u8'),
    ({ ok }) => ok,
    30_000,
  );
  return answer.text();
}

const rateIn = (text: string): number => Number(/FRAME-RATE=([\d.]+)/.exec(text)?.[1]);

const lifeIn = (text: string): string | undefined => /hls\/([^/]+)\//.exec(text)?.[1];

it.concurrent.each([
  ['half a second', 8],
  ['two seconds', 30],
  ['six seconds', 90],
])('a camera that has buffered %s is played at its own pace', async (_, count) => {
  const play = withBacklog(count);
  const pace = new MachinePace();
  const startedMs = performance.now();
  await using camera = await ScriptedCamera.start({ container: 'asf', codec: 'h264', play });
  await using rig = await startGateway([cameraConfig('cam0', camera.url, { via: 'http' })]);
  const first = await firstMultivariant(rig);
  expect(rateIn(first)).toBeCloseTo(fps, 1);
  const parts = await followParts(rig, lasts(8));
  const last = await (await rig.get('/cameras/cam0/index.m3u8')).text();
  // What this process slept is taken for a pause between frames, and after a second nothing is held back any more.
  const lostMs = pace.lostSince(startedMs);
  pace.stop();
  const rateError = Math.abs(rateIn(last) - fps);
  expect(rateError).toBeLessThan(0.05 + (fps * lostMs) / 1000 / secondsOf(parts));
  const eraCount = new Set(parts.map(({ era }) => era)).size;
  expect(eraCount).toBeLessThanOrEqual(lostMs < heldMs / 2 ? 1 : 2);
  expect(lifeIn(last)).toBe(lifeIn(first));
  const media = await (await fetch(new URL('live.m3u8', parts[0]?.uri))).text();
  expect(media).toContain('PART-TARGET=0.2\n');
  expect(camera.connections).toHaveLength(1);
});

it.concurrent('HLS that begins between two keyframes knows the frame rate at once', async () => {
  const options = { container: 'asf', codec: 'h264', gopFrames: 120, play: steady(fps) } as const;
  await using camera = await ScriptedCamera.start(options);
  const config = cameraConfig('cam0', camera.url, { via: 'http', alwaysOn: true });
  await using rig = await startGateway([config]);
  await eventually(
    () => camera.connections[0]?.sent.length ?? 0,
    (count) => count > 60,
  );
  expect(await firstMultivariant(rig)).toContain('FRAME-RATE=15.000');
});
