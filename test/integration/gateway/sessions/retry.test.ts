import { afterEach, describe, expect, it } from 'vitest';
import type { CameraStatus } from '../../../../src/outputs/viewable-camera.ts';
import { cameraConfig, eventually, startRig, type Rig } from '../rig.ts';

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

const retry = (): Promise<Response> =>
  rig.get('/api/cameras/cam0/retry', {
    method: 'POST',
    headers: { 'X-Requested-With': 'camgate' },
  });

const stateIs = (name: CameraStatus['state']): Promise<CameraStatus> =>
  eventually(
    () => rig.status(),
    ({ state }) => state === name,
  );

const passwordsSent = (): number =>
  rig.camera.journal.requests.filter(({ authKind }) => authKind !== 'none').length;

describe('try now', () => {
  it('opens a session with a camera that nobody watches', async () => {
    rig = await startRig([{ video: 'mjpeg', audio: 'none' }]);
    expect((await retry()).status).toBe(202);
    await stateIs('live');
  });

  it('never repeats a wrong password, nor does a reload; a corrected one is tried at once', async () => {
    rig = await startRig([{ video: 'mjpeg', audio: 'none' }], {
      ...{ alwaysOn: true, password: 'wrong' },
    });
    await stateIs('refused');
    const sent = passwordsSent();
    expect(sent).toBeGreaterThan(0);
    const early = await retry();
    expect(early.status).toBe(429);
    expect(await early.json()).toMatchObject({ code: 'retry-too-early' });
    const wrong = cameraConfig('cam0', rig.camera.url, { alwaysOn: true, password: 'wrong' });
    await rig.gateway.replaceCameras([{ ...wrong, name: 'Another name' }]);
    expect(await rig.status()).toMatchObject({ name: 'Another name', reason: 'wrong-password' });
    expect((await retry()).status).toBe(429);
    expect(passwordsSent()).toBe(sent);
    await rig.gateway.replaceCameras([{ ...wrong, password: '' }]);
    await stateIs('live');
  });
});
