import { expect, it } from 'vitest';
import { followParts, lasts } from '../parts.ts';
import { cameraConfig, eventually, startGateway } from '../rig.ts';
import { ScriptedCamera } from '../scripted-camera.ts';

const fps = 15;
/** Keyframes are 4 s apart, twice the longest silence that is allowed here. */
const gopFrames = 60;

it('a GOP that is longer than the stall limit, entered in its middle, is waited for in one session', async () => {
  await using camera = await ScriptedCamera.start({
    ...{ container: 'asf', codec: 'h264', gopFrames, firstFrame: 10 },
    play: async (line) => {
      // The first connection ends behind its second keyframe.
      const lastFrame = line.index === 0 ? 2 * gopFrames : Infinity;
      for (let count = 0; count < lastFrame; count += 1) {
        await line.until((count * 1000) / fps);
        line.send((count * 1000) / fps);
      }
    },
  });
  const overrides = { via: 'http', alwaysOn: true, stallMs: 2_000 } as const;
  await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
  const texts = new Set<string>();
  const isLive = async (connectionCount: number): Promise<boolean> => {
    const { state, stateText } = await rig.status();
    if (state === 'live') texts.add(stateText);
    return camera.connections.length === connectionCount && stateText === 'live';
  };
  await eventually(
    () => isLive(1),
    (is) => is,
  );
  expect([...texts]).toEqual(['waiting for a keyframe', 'live']);
  expect(camera.connections).toHaveLength(1);
  const snapshot = await rig.get('/cameras/cam0/snapshot.jpg');
  expect(snapshot.status).toBe(200);
  texts.clear();
  await eventually(
    () => isLive(2),
    (is) => is,
    20_000,
  );
  expect([...texts]).toEqual(['live', 'waiting for a keyframe; they come every 4 s']);
  await followParts(rig, lasts(2));
  expect(camera.connections).toHaveLength(2);
  expect(rig.counters().stallsTotal).toBe(0);
});
