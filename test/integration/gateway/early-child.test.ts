import { describe, expect, it } from 'vitest';
import type { CameraCounters } from '../../../src/camera/viewable-camera.ts';
import { eventually, startRig, type Rig, type SimulatedCamera } from './rig.ts';

/** Its first keyframe comes some seconds after its header. */
const late: SimulatedCamera = { width: 320, height: 240, gopSeconds: 4, start: 'mid-gop' };

function counters(rig: Rig): CameraCounters | undefined {
  return rig.gateway.cameras.find('cam0')?.counters();
}

/** What runs for a viewer of HLS before there is a keyframe. */
async function earlyChildren(rig: Rig): Promise<CameraCounters['ffmpegChildren']> {
  const early = await eventually(
    () => counters(rig),
    (seen) => (seen?.ffmpegChildren.length ?? 0) > 0,
  );
  expect(early?.keyframesTotal).toBe(0);
  return early?.ffmpegChildren ?? [];
}

describe.concurrent('ffmpeg that is started before the first keyframe', () => {
  it('makes the stream', async () => {
    await using rig = await startRig([{ ...late, audio: 'adpcm' }]);
    const index = rig.get('/cameras/cam0/index.m3u8');
    const early = await earlyChildren(rig);
    expect((await index).status).toBe(200);
    expect(counters(rig)?.ffmpegChildren).toEqual(early);
  });

  it('goes when no sound came of a track that was declared', async () => {
    await using rig = await startRig([{ ...late, audio: 'silent' }]);
    const index = rig.get('/cameras/cam0/index.m3u8');
    const [early] = await earlyChildren(rig);
    const answer = await index;
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('mp4a');
    const left = await eventually(
      () => counters(rig)?.ffmpegChildren,
      (children) => children?.length === 1,
    );
    expect(left).not.toContainEqual(early);
    expect(counters(rig)?.ffmpegRestartsTotal.size).toBe(0);
  });

  it('goes with the last viewer', async () => {
    await using rig = await startRig([{ ...late, gopSeconds: 10 }], { lingerMs: 100 });
    const leaving = new AbortController();
    const index = rig.get('/cameras/cam0/index.m3u8', { signal: leaving.signal });
    await earlyChildren(rig);
    leaving.abort();
    await expect(index).rejects.toThrow();
    await eventually(
      () => counters(rig)?.ffmpegChildren,
      (children) => children?.length === 0,
    );
  });
});
