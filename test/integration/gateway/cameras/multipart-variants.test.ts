import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multipartVariants } from '../../../../src/media/jpeg/multipart-writer.ts';
import { probe } from '../../ffmpeg/run.ts';
import { watchJpegs } from '../jpeg-viewer.ts';
import { startRig, type Rig } from '../rig.ts';

const variants = Object.entries(multipartVariants);
const size = { width: 320, height: 240 };

describe('every way in which cameras push JPEG', () => {
  let rig: Rig;
  beforeAll(async () => {
    const cameras = variants.map(
      ([, multipart]) => ({ profile: 'foscam', name: 'multipart', multipart, ...size }) as const,
    );
    const overrides = { coldStartMs: 30_000, lingerMs: 60_000 };
    rig = await startRig(cameras, { via: 'videostream.cgi', ...overrides });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(variants.map(([name], index) => [name, index] as const))('%s', async (_, index) => {
    const frames = await watchJpegs(rig, ({ length }) => length >= 8, `cam${index}`);
    expect(frames.slice(0, 8)).toEqual(Array(8).fill(expect.objectContaining(size)));
    const snapshot = await rig.get(`/cameras/cam${index}/snapshot.jpg`);
    const { streams, errors } = await probe(Buffer.from(await snapshot.arrayBuffer()), 'mjpeg');
    expect(errors).toBe('');
    expect(streams).toMatchObject([size]);
    const playlist = await (await rig.get(`/cameras/cam${index}/index.m3u8`)).text();
    expect(playlist).toContain('RESOLUTION=320x240');
    const camera = rig.simulators[index];
    expect(
      camera?.journal.of('videostream.cgi').filter(({ status }) => status === 200),
    ).toHaveLength(1);
    const metrics = await (await rig.get('/metrics')).text();
    expect(metrics).toContain(`camgate_upstream_corrupt_frames_total{camera="cam${index}"} 0`);
  });
});
