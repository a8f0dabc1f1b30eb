import { describe, expect, it } from 'vitest';
import { probe } from '../../ffmpeg/run.ts';
import { followParts, lasts, mediaOf } from '../parts.ts';
import { cameraConfig, eventually, startGateway, type GatewayRig } from '../rig.ts';
import { ScriptedCamera, steady } from '../scripted-camera.ts';

const master = async (rig: GatewayRig): Promise<string> =>
  (await rig.get('/cameras/cam0/index.m3u8')).text();

describe.concurrent('what playlists say of the video', () => {
  it('its size is that of the bitstream, whatever the container states', async () => {
    await using camera = await ScriptedCamera.start({
      container: 'asf',
      codec: 'h264',
      width: 640,
      height: 360,
      declared: { width: 640, height: 386 },
      play: steady(15),
    });
    await using rig = await startGateway([cameraConfig('cam0', camera.url, { via: 'http' })]);
    expect(await master(rig)).toContain('RESOLUTION=640x360');
    expect((await rig.status()).tracks).toEqual([
      { kind: 'video', codec: 'h264', width: 640, height: 360 },
    ]);
    const { streams } = await probe(await mediaOf(await followParts(rig, lasts(1))), 'mov');
    expect(streams).toMatchObject([{ width: 640, height: 360 }]);
  });

  it.each([
    { container: 'asf', codec: 'h264' },
    { container: 'multipart', codec: 'mjpeg' },
  ] as const)('FRAME-RATE, once known, is in what a newcomer gets first: %o', async (kind) => {
    await using camera = await ScriptedCamera.start({ ...kind, play: steady(15) });
    const overrides = { via: 'http', lingerMs: 200, coldStartMs: 30_000 } as const;
    await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
    await eventually(
      () => master(rig),
      (text) => text.includes('FRAME-RATE='),
    );
    await eventually(
      () => camera.openCount,
      (count) => count === 0,
    );
    // Longer than a playlist is kept for those who come back.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(/FRAME-RATE=([\d.]+)/.exec(await master(rig))?.[1]).toMatch(/^1[45]\./);
    expect(camera.connections).toHaveLength(2);
  });
});
