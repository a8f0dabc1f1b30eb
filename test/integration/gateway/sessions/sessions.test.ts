import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../src/lib/log.ts';
import type { CameraSimulator } from '../../../../src/simulator/camera-simulator.ts';
import { createUpstreamClient } from '../../../../src/sources/cgi/cgi-source.ts';
import { cameraConfig, eventually, startRig } from '../rig.ts';

const camera = { schemes: ['session'], width: 320, height: 240, audio: 'none' } as const;

/** Session ids that requests for this path carried and the camera took. */
function sessionsOf(simulator: CameraSimulator, path: string): (string | undefined)[] {
  return simulator.journal
    .of(path)
    .filter(({ status, authKind }) => status === 200 && authKind === 'session')
    .map(({ parameters }) => parameters['session']);
}

describe('a camera that takes nothing but sessions', () => {
  it('gets one, which serves every dial and is closed at shutdown', async () => {
    await using rig = await startRig([camera], { lingerMs: 200 });
    for (let visit = 0; visit < 2; visit++) {
      expect((await rig.get('/cameras/cam0/snapshot.jpg?maxAge=1')).status).toBe(200);
      await eventually(
        () => rig.status(),
        ({ state }) => state === 'idle',
      );
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // older than maxAge
    }
    const { journal } = rig.camera;
    expect(journal.of('create_session.cgi')).toHaveLength(1);
    const used = [...sessionsOf(rig.camera, 'request_av.cgi'), ...sessionsOf(rig.camera, 'av.asf')];
    expect(used.length).toBeGreaterThanOrEqual(2);
    expect(new Set(used).size).toBe(1);
    expect(sessionsOf(rig.camera, 'close_session.cgi')).toEqual([]);
    await rig.gateway[Symbol.asyncDispose]();
    expect(sessionsOf(rig.camera, 'close_session.cgi')).toEqual([used[0]]);
  });

  it('gets another one when it has forgotten the first', async () => {
    await using rig = await startRig([camera], { alwaysOn: true });
    expect((await rig.get('/cameras/cam0/snapshot.jpg')).status).toBe(200);
    await rig.camera.faults.switchOn({ kind: 'sessions-lost' });
    await rig.camera.faults.switchOn({ kind: 'reset' });
    await eventually(
      () => rig.camera.journal.of('create_session.cgi').length,
      (count) => count === 2,
    );
    expect((await rig.get('/cameras/cam0/snapshot.jpg')).status).toBe(200);
  });

  it('is told that the session is still in use, until that is over', async () => {
    await using rig = await startRig([camera]);
    const { journal } = rig.camera;
    const client = createUpstreamClient({
      camera: cameraConfig('cam0', rig.camera.url),
      log: silentLog,
      timeouts: { keepAliveMs: 100 },
    });
    const session = await client.open(AbortSignal.timeout(5_000));
    await eventually(
      () => sessionsOf(rig.camera, 'get_status.cgi').length,
      (count) => count >= 3,
    );
    await session.close();
    await client.dispose();
    const signsOfLife = sessionsOf(rig.camera, 'get_status.cgi');
    expect(new Set(signsOfLife).size).toBe(1);
    expect(sessionsOf(rig.camera, 'close_session.cgi')).toEqual(signsOfLife.slice(0, 1));
    const requestCount = journal.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 300)); // three more would have come
    expect(journal.requests).toHaveLength(requestCount);
  });

  it('refuses a wrong password once', async () => {
    await using rig = await startRig([camera], { password: 'not-this-one' });
    const answer = await rig.get('/cameras/cam0/snapshot.jpg');
    expect(await answer.json()).toMatchObject({ code: 'wrong-password' });
    expect(rig.camera.journal.of('create_session.cgi')).toHaveLength(1);
  });
});
