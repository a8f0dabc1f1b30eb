import { expect, it } from 'vitest';
import { cameraConfig, eventually, startGateway } from '../rig.ts';
import { ScriptedCamera } from '../scripted-camera.ts';

const overrides = { via: 'http', alwaysOn: true } as const;

it.concurrent.each([429, 503])(
  'a snapshot address that answers %i with Retry-After is left alone for so long, in one session',
  async (status) => {
    const refused = [2, 4];
    await using camera = await ScriptedCamera.start({
      container: 'stills',
      codec: 'mjpeg',
      refuse: (index) => (refused.includes(index) ? { status, retryAfter: '2' } : undefined),
    });
    await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
    await eventually(
      () => camera.connections.length,
      (count) => count >= 7,
      15_000,
    );
    const times = camera.connections.map(({ openedAtMs }) => openedAtMs);
    const distances = times.slice(1).map((time, index) => Math.round(time - (times[index] ?? NaN)));
    for (const index of refused) expect(distances[index]).toBeGreaterThan(1_950);
    // It has set the pace for what comes behind, too.
    expect(distances[3]).toBeGreaterThan(1_950);
    expect(distances[0]).toBeLessThan(1_500);
    expect(await rig.status()).toMatchObject({ state: 'live', reason: null });
    expect(rig.counters().connectsTotal).toEqual(new Map([['ok', 1]]));
  },
);

it.concurrent('one that wants to be asked a little later at first is waited for', async () => {
  await using camera = await ScriptedCamera.start({
    container: 'stills',
    codec: 'mjpeg',
    refuse: (index) => (index === 0 ? { status: 429, retryAfter: '1' } : undefined),
  });
  await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
  expect((await rig.get('/cameras/cam0/snapshot.jpg')).status).toBe(200);
  expect(rig.counters().connectsTotal).toEqual(new Map([['ok', 1]]));
});
