import { expect, it } from 'vitest';
import { startRig, type SimulatedCamera } from '../rig.ts';

const cameras: readonly (readonly [string, SimulatedCamera, boolean])[] = [
  ['MJPEG, which is encoded', { video: 'mjpeg', audio: 'none', profile: 'foscam' }, true],
  ['H.264, which is copied', { video: 'h264', audio: 'none' }, false],
];

it.each(cameras)(
  'each segment is promised a keyframe where we make it: %s',
  async (_name, camera, isPromised) => {
    await using rig = await startRig([camera]);
    const load = async (url: URL): Promise<string> => {
      const answer = await fetch(url);
      expect(answer.status, url.pathname).toBe(200);
      return answer.text();
    };
    for (const index of ['index.m3u8', 'classic/index.m3u8', 'ts/index.m3u8']) {
      const url = rig.url(`/cameras/cam0/${index}`);
      const multivariant = await load(url);
      const uri = multivariant.split('\n').find((line) => /^[^#]/.test(line)) ?? '';
      const texts = [multivariant, await load(new URL(uri, url))];
      for (const text of texts) {
        expect(text.includes('\n#EXT-X-INDEPENDENT-SEGMENTS\n'), text).toBe(isPromised);
      }
    }
  },
  60_000,
);
