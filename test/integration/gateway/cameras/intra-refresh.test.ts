import { describe, expect, it } from 'vitest';
import { annexB } from '../../../unit/media/video-programs.ts';
import { encodeRefreshed, tornError } from '../../ffmpeg/intra-refresh.ts';
import { watchJpegs } from '../jpeg-viewer.ts';
import { followParts, lasts, mediaOf } from '../parts.ts';
import { cameraConfig, startGateway, type GatewayRig } from '../rig.ts';
import { ScriptedCamera, steady } from '../scripted-camera.ts';

const fps = 15;
const video = await encodeRefreshed({ fps, seconds: 60, refreshFrames: 2 * fps });
const frames = video.units.map(({ units, isKeyframe }) => ({ bytes: annexB(units), isKeyframe }));

async function snapshot(rig: GatewayRig, width?: number): Promise<Buffer> {
  const query = width === undefined ? '' : `?width=${width}`;
  const answer = await rig.get(`/cameras/cam0/snapshot.jpg${query}`);
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(Number(answer.headers.get('age'))).toBeLessThan(4);
  return Buffer.from(await answer.arrayBuffer());
}

describe.concurrent('a camera with intra refresh', () => {
  it.each([
    ['joined at its only IDR picture', 0],
    ['joined in the middle', 37],
  ])(
    '%s shows whole pictures, to the first viewers and to later ones',
    async (_name, firstFrame) => {
      await using camera = await ScriptedCamera.start({
        ...{ container: 'asf', codec: 'h264', frames, firstFrame, play: steady(fps) },
      });
      const overrides = { via: 'http', coldStartMs: 40_000 } as const;
      await using rig = await startGateway([cameraConfig('cam0', camera.url, overrides)]);
      const [first, firstStill, jpegs] = await Promise.all([
        followParts(rig, lasts(4)).then(mediaOf),
        snapshot(rig),
        watchJpegs(rig, ({ length }) => length >= 60),
      ]);
      const { encoding } = await rig.status();
      expect(encoding?.reason).toMatch(/^intra refresh/);
      // Two seconds, of which up to one stands before the first keyframe.
      const late = await mediaOf((await followParts(rig, lasts(6))).slice(-10));
      const stills = [firstStill];
      for (const width of [undefined, 160, 160, undefined]) stills.push(await snapshot(rig, width));
      for (const [media, format, least] of [
        [first, 'mp4', 40],
        [late, 'mp4', fps],
        [Buffer.concat(stills), 'mjpeg', stills.length],
        [Buffer.concat(jpegs.map(({ bytes }) => bytes)), 'mjpeg', 60],
      ] as const) {
        const errors = await video.errorsOf(media, format);
        expect(errors.length).toBeGreaterThanOrEqual(least);
        expect(Math.max(...errors)).toBeLessThan(tornError);
      }
      expect(camera.connections).toHaveLength(1);
      expect(Object.fromEntries(rig.counters().ffmpegRestartsTotal)).toEqual({});
    },
  );
});
