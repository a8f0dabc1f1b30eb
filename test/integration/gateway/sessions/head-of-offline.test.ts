import { expect, it } from 'vitest';
import { eventually, startRig } from '../rig.ts';

it('HEAD of a stream says that its camera is offline, as GET does', async () => {
  await using rig = await startRig([{ profile: 'foscam' }], { password: 'wrong', alwaysOn: true });
  await eventually(
    () => rig.status(),
    ({ state }) => state === 'refused',
  );
  for (const method of ['HEAD', 'GET']) {
    const answer = await rig.get('/cameras/cam0/stream.mjpg', { method });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(100);
    await answer.text();
  }
});
