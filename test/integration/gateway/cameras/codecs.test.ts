import { describe, expect, it } from 'vitest';
import { probe } from '../../ffmpeg/run.ts';
import { encodeAsf, serveAsf, type AsfCamera } from '../asf-camera.ts';
import { watchJpegs } from '../jpeg-viewer.ts';
import { followParts, lasts, mediaOf } from '../parts.ts';
import { eventually, startRig, type Rig } from '../rig.ts';

const mpeg4 = ['-c:v', 'mpeg4'];

/** Longer than a busy machine takes for an encoder, in milliseconds. */
const coldStartMs = 40_000;

function startWith(camera: AsfCamera): Promise<Rig> {
  return startRig([{}], { url: camera.url, via: 'http', username: '', coldStartMs });
}

/** Sizes of the first frames of an MJPEG stream. */
async function sizesSeen(rig: Rig, count: number): Promise<string[]> {
  const seen = await watchJpegs(rig, ({ length }) => length >= count);
  return seen.slice(0, count).map(({ width, height }) => `${width}x${height}`);
}

describe.concurrent('video that browsers do not play', () => {
  it.each([
    ['MPEG-4', mpeg4],
    ['MPEG-4 of Microsoft', ['-c:v', 'msmpeg4']],
    ['WMV', ['-c:v', 'wmv2']],
    [
      'HEVC',
      [
        '-c:v',
        'libx265',
        '-preset',
        'ultrafast',
        '-x265-params',
        'log-level=none',
        '-tag:v',
        'HEVC',
      ],
    ],
  ])('%s is encoded for HLS, and comes as JPEG', async (_, video) => {
    await using camera = await serveAsf(await encodeAsf(video, ['-c:a', 'adpcm_ima_wav']));
    await using rig = await startWith(camera);
    const sizes = sizesSeen(rig, 5);
    const { streams, frames, errors } = await probe(
      await mediaOf(await followParts(rig, lasts(3))),
      'mov',
    );
    expect(errors).toBe('');
    expect(streams).toMatchObject([
      { codec_name: 'h264', width: 320, height: 240, color_range: 'tv', pix_fmt: 'yuv420p' },
      { codec_name: 'aac' },
    ]);
    expect(frames.filter(({ media_type }) => media_type === 'video').length).toBeGreaterThan(20);
    expect(await sizes).toEqual(Array(5).fill('320x240'));
    // A still that takes a busy machine longer than a viewer should wait is asked for again.
    const snapshot = await eventually(
      () => rig.get('/cameras/cam0/snapshot.jpg'),
      ({ status }) => status === 200,
      30_000,
    );
    const still = Buffer.from(await snapshot.arrayBuffer());
    const picture = await probe(still, 'mjpeg');
    expect(picture.streams).toMatchObject([{ width: 320, height: 240 }]);
  });

  it('what no decoder knows is told as such, before the cold start is over', async () => {
    const asf = await encodeAsf(mpeg4, []);
    const tag = asf.indexOf('M4S2');
    asf.write('ZZZZ', tag, 'latin1'); // biCompression
    await using camera = await serveAsf(asf);
    await using rig = await startWith(camera);
    const askedMs = performance.now();
    for (const path of ['index.m3u8', 'snapshot.jpg']) {
      const answer = await rig.get(`/cameras/cam0/${path}`);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'ffmpeg-failed' });
    }
    expect(performance.now() - askedMs).toBeLessThan(coldStartMs / 2);
  });
});

describe.concurrent('audio in ASF', () => {
  it.each([
    ['pcm_s16le', 1],
    ['pcm_u8', 1],
    ['pcm_alaw', 1],
    ['pcm_mulaw', 1],
    ['adpcm_ima_wav', 1],
    ['adpcm_ms', 1],
    ['aac', 1],
    ['wmav2', 1],
    ['none', 0],
  ] as const)('%s comes as AAC', async (codec, count) => {
    const audio = codec === 'none' ? [] : ['-c:a', codec];
    const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
    await using camera = await serveAsf(await encodeAsf(h264, audio));
    await using rig = await startWith(camera);
    const { streams } = await probe(await mediaOf(await followParts(rig, lasts(1.5))), 'mov');
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(
      ['h264', 'aac'].slice(0, 1 + count),
    );
  });
});
