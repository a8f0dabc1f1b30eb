import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CameraConfig } from '../../../../src/config/config.ts';
import { checkConformance } from '../../../conformance/conformance-checker.ts';
import { lateness } from '../live-edge.ts';
import { partTarget } from '../playlist-watch.ts';
import { cameraConfig, eventually, startGateway, type GatewayRig } from '../rig.ts';
import { ScriptedCamera, steady, type ScriptedCameraOptions } from '../scripted-camera.ts';

interface Slow {
  readonly name: string;
  readonly intervalMs: number;
  readonly options: ScriptedCameraOptions;
  readonly overrides: Partial<CameraConfig>;
}

const slow: readonly Slow[] = [2_000, 5_000].flatMap((intervalMs) => {
  const play = steady(1000 / intervalMs);
  const common = { codec: 'mjpeg' as const, play };
  const name = `every ${intervalMs / 1000} s`;
  return [
    {
      name: `multipart, ${name}`,
      intervalMs,
      options: { ...common, container: 'multipart' as const },
      overrides: {},
    },
    {
      name: `ASF, ${name}`,
      intervalMs,
      options: { ...common, container: 'asf' as const },
      overrides: {},
    },
    {
      name: `polled, ${name}`,
      intervalMs,
      options: { ...common, container: 'stills' as const },
      overrides: { paceMs: intervalMs },
    },
  ];
});

/** Three frames of the slowest. */
const longestWaitMs = 16_000;

it.concurrent('a cold camera with a frame every 5 s plays as the standard asks', async () => {
  const play = steady(0.2);
  await using camera = await ScriptedCamera.start({ container: 'multipart', codec: 'mjpeg', play });
  const overrides = { via: 'http', coldStartMs: 30_000 } as const;
  await using cold = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
  const { violations } = await checkConformance({
    url: cold.url('/cameras/cam0/index.m3u8'),
    durationMs: 8_000,
    frameSeconds: 0.6,
    mayPause: false,
    stopAtRule: undefined,
    signal: AbortSignal.timeout(40_000),
  });
  // A few seconds of a still picture are no measure of its bandwidth.
  expect(violations.filter(({ rule }) => !rule.includes('bandwidth'))).toEqual([]);
  expect(camera.connections).toHaveLength(1);
});

describe('a camera that sends a frame every few seconds', () => {
  const cameras: ScriptedCamera[] = [];
  let rig: GatewayRig;
  beforeAll(async () => {
    for (const { options } of slow) cameras.push(await ScriptedCamera.start(options));
    const configs = cameras.map((camera, index) => {
      const overrides = { via: 'http', alwaysOn: true, coldStartMs: 30_000 } as const;
      return cameraConfig(`cam${index}`, camera.url, { ...overrides, ...slow[index]?.overrides });
    });
    rig = await startGateway(configs);
    // All of them have shown their pace before anybody looks.
    await eventually(
      () => configs.map(({ id }) => rig.counters(id).framesTotal),
      (counts) => counts.every((count) => count >= 3),
      longestWaitMs,
    );
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await Promise.all(cameras.map((camera) => camera[Symbol.asyncDispose]()));
  });

  it.concurrent.each(slow.map((camera, index) => [camera.name, index] as const))(
    '%s: one session that plays',
    async (_, index) => {
      const { intervalMs } = slow[index] ?? { intervalMs: NaN };
      const id = `cam${index}`;
      const snapshot = await rig.get(`/cameras/${id}/snapshot.jpg`);
      expect(snapshot.status).toBe(200);
      const ageSeconds = Number(snapshot.headers.get('age'));
      const taken = Date.parse(snapshot.headers.get('last-modified') ?? '');
      expect(ageSeconds).toBeLessThanOrEqual(intervalMs / 1000 + 1);
      expect(Math.abs((Date.now() - taken) / 1000 - ageSeconds)).toBeLessThanOrEqual(2);
      // The newest frame is shown until the next one comes: the live edge goes on with the clock.
      const states = new Set<string>();
      const delays: number[] = [];
      for (const endMs = performance.now() + 1.2 * intervalMs; performance.now() < endMs;) {
        delays.push(await lateness(rig, id));
        states.add((await rig.status(id)).state);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(await partTarget(rig, id)).toBeLessThan(0.75);
      expect(Math.max(...delays)).toBeLessThan(2_000);
      expect(Math.min(...delays)).toBeGreaterThan(-1_000);
      expect([...states]).toEqual(['live']);
      expect(rig.counters(id).stallsTotal).toBe(0);
      expect(rig.counters(id).connectsTotal).toEqual(new Map([['ok', 1]]));
      expect(rig.counters(id).discontinuitiesTotal).toBe(0);
    },
  );
});
