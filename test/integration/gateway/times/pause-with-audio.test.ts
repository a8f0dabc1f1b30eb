import { expect, it } from 'vitest';
import { eventually, startRig } from '../rig.ts';

it('keeps the audio of a camera that pauses as a whole and goes on in the same session', async () => {
  await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }], { stallMs: 20_000 });
  const index = await (await rig.get('/cameras/cam0/index.m3u8')).text();
  const media = `/cameras/cam0/${index.trim().split('\n').at(-1) ?? ''}`;
  const list = async (): Promise<string> => (await rig.get(media)).text();
  await rig.camera.faults.switchOn({ kind: 'stall' });
  // Longer than the time after which audio that stays away beside video is taken out.
  await eventually(
    () => rig.status(),
    ({ lastFrameAgeSeconds }) => (lastFrameAgeSeconds ?? 0) > 3,
  );
  await rig.camera.faults.clear();
  const before = Number(/MEDIA-SEQUENCE:(\d+)/.exec(await list())?.[1]);
  const codecs = new Set<string | undefined>();
  await eventually(
    async () => {
      codecs.add(
        /CODECS="([^"]+)"/.exec(await (await rig.get('/cameras/cam0/index.m3u8')).text())?.[1],
      );
      return list();
    },
    (text) => Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]) > before + 2,
    20_000,
  );
  expect([...codecs]).toEqual([expect.stringContaining('mp4a.40.2')]);
}, 60_000);
