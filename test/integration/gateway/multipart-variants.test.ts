import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { multipartVariants } from '../../../src/simulator/multipart-writer.ts';
import { JpegUnitReader } from '../../../src/upstream/media-units.ts';
import { probe } from '../ffmpeg/run.ts';
import { startRig, type Rig } from './rig.ts';

const variants = Object.entries(multipartVariants);
const size = { width: 320, height: 240 };

describe('every way in which cameras push pictures', () => {
  let rig: Rig;
  beforeAll(async () => {
    const cameras = variants.map(
      ([, multipart]) => ({ profile: 'foscam', name: 'multipart', multipart, ...size }) as const,
    );
    rig = await startRig(cameras, { via: 'videostream.cgi', coldStartMs: 30_000 });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(variants.map(([name], index) => [name, index] as const))('%s', async (_, index) => {
    const end = new AbortController();
    const answer = await rig.get(`/cameras/cam${index}/stream.mjpg`, { signal: end.signal });
    const frames = await picturesIn(answer, 8);
    expect(frames.map(({ width, height }) => ({ width, height }))).toEqual(Array(8).fill(size));
    const snapshot = await rig.get(`/cameras/cam${index}/snapshot.jpg`);
    const { streams, errors } = await probe(Buffer.from(await snapshot.arrayBuffer()), 'mjpeg');
    expect(errors).toBe('');
    expect(streams).toMatchObject([size]);
    const playlist = await (await rig.get(`/cameras/cam${index}/index.m3u8`)).text();
    expect(playlist).toContain('RESOLUTION=320x240');
    end.abort();
    const camera = rig.simulators[index];
    expect(
      camera?.journal.of('videostream.cgi').filter(({ status }) => status === 200),
    ).toHaveLength(1);
    const metrics = await (await rig.get('/metrics')).text();
    expect(metrics).toContain(`camgate_upstream_corrupt_frames_total{camera="cam${index}"} 0`);
  });
});

async function picturesIn(
  answer: Response,
  count: number,
): Promise<{ width: number; height: number }[]> {
  const reader = new JpegUnitReader(undefined);
  const frames: { width: number; height: number }[] = [];
  if (answer.body === null) throw new Error('there is no body');
  const body = answer.body.getReader();
  while (frames.length < count) {
    const { value, done } = await body.read();
    if (done) throw new Error('the stream ended');
    for (const unit of reader.push(Buffer.from(value as Uint8Array))) {
      if (unit.type === 'jpeg') frames.push(unit.frame);
    }
  }
  return frames.slice(0, count);
}
