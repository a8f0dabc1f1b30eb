import { describe, expect, it } from 'vitest';
import {
  fmp4FromAsfArgs,
  jpegFromKeyframeArgs,
  mjpegFromAsfArgs,
  scaleJpegArgs,
} from '../../src/ffmpeg/arguments.ts';
import { runOnce } from '../../src/ffmpeg/one-shot.ts';
import { claimedKeyframe } from '../unit/media/claimed-frame.ts';
import { asfHeader } from './ffmpeg/asf-writer.ts';
import { bothBuilds } from './ffmpeg/builds.ts';
import { asfTimeline, h264Frames, jpegFrames } from './ffmpeg/media.ts';
import { feed, probe } from './ffmpeg/run.ts';

const limits = { timeoutMs: 10_000, maxOutputBytes: 8 << 20, signal: new AbortController().signal };
const picture = { width: 1280, height: 720, fps: 15, seconds: 1 };
const h264 = h264Frames(picture);
const keyframe = h264[0] ?? Buffer.alloc(0);
const jpeg = jpegFrames({ width: 642, height: 481, fps: 1, seconds: 1 })[0] ?? Buffer.alloc(0);
const head = asfHeader({ video: { fourcc: 'H264', width: 1280, height: 720 }, audio: undefined });

const fullRange = { codec_name: 'mjpeg', pix_fmt: 'yuvj420p', nb_read_frames: '1' };

const whole = { framing: 'whole', clock: 'camera', decoder: 'by-code' } as const;

describe.each(await bothBuilds())('%s', (_, binary) => {
  const { features } = binary;

  it('one picture from an Annex B keyframe, in its size and smaller', async () => {
    for (const [width, size] of [
      [undefined, { width: 1280, height: 720 }],
      [640, { width: 640, height: 360 }],
    ] as const) {
      const args = jpegFromKeyframeArgs({ format: 'h264', width });
      const { streams } = await probe(await runOnce(binary, args, keyframe, limits), 'mjpeg');
      expect(streams).toMatchObject([{ ...fullRange, ...size }]);
    }
  });

  it('takes no memory for a keyframe that claims 250 megapixels', async () => {
    const claim = claimedKeyframe({ columns: 994, rows: 994 });
    const args = jpegFromKeyframeArgs({ format: 'h264', width: undefined });
    await expect(runOnce(binary, args, claim, limits)).rejects.toMatchObject({
      message: 'ffmpeg failed: frame-too-large',
    });
  });

  it('one picture from an init segment and a fragment', async () => {
    const items = asfTimeline({ video: h264, fps: 15, audio: [], blockMs: 1 });
    const options = { video: 'copy', audio: false, input: whole, keyframeMs: 1000 } as const;
    const args = fmp4FromAsfArgs({ ...options, features });
    const { output } = await feed(binary, args, { head, items });
    const secondFragment = output.indexOf('moof', output.indexOf('moof') + 4) - 4;
    const input = output.subarray(0, secondFragment);
    const decode = jpegFromKeyframeArgs({ format: 'mp4', width: 320 });
    const { streams } = await probe(await runOnce(binary, decode, input, limits), 'mjpeg');
    expect(streams).toMatchObject([{ ...fullRange, width: 320, height: 180 }]);
  });

  it('scales a JPEG, keeps its shape in even sizes, and never enlarges', async () => {
    const small = await runOnce(binary, scaleJpegArgs({ width: 320 }), jpeg, limits);
    expect((await probe(small, 'mjpeg')).streams).toMatchObject([
      { ...fullRange, width: 320, height: 240 },
    ]);
    const same = await runOnce(binary, scaleJpegArgs({ width: 1280 }), jpeg, limits);
    expect((await probe(same, 'mjpeg')).streams).toMatchObject([{ width: 642, height: 480 }]);
  });

  it('keeps black black and white white', async () => {
    // A JPEG of 0 and 255 taken for limited range would come out as 16 and 235, or be cut off.
    const args = (filter: string): string[] => [
      ...['-f', 'lavfi', '-i', filter, '-frames:v', '1', '-pix_fmt', 'yuvj420p'],
      ...['-f', 'mjpeg', 'pipe:1'],
    ];
    for (const [colour, expected] of [
      ['black', 0],
      ['white', 255],
    ] as const) {
      const source = args(`color=${colour}:size=320x240,format=yuvj420p`);
      const frame = await runOnce(binary, source, Buffer.alloc(0), limits);
      const scaled = await runOnce(binary, scaleJpegArgs({ width: 160 }), frame, limits);
      const toGray = [
        '-f',
        'mjpeg',
        '-i',
        'pipe:0',
        '-pix_fmt',
        'gray',
        '-f',
        'rawvideo',
        'pipe:1',
      ];
      const gray = await runOnce(binary, toGray, scaled, limits);
      expect(Math.abs((gray[80 * 60] ?? -99) - expected)).toBeLessThanOrEqual(2);
    }
  });

  it('fails in time and with a reason on what is no picture', async () => {
    const noise = Buffer.from('File not found.\n'.repeat(100));
    const args = jpegFromKeyframeArgs({ format: 'h264', width: undefined });
    await expect(runOnce(binary, args, noise, limits)).rejects.toMatchObject({
      code: 'ffmpeg-failed',
      message: 'ffmpeg failed: no-keyframe',
    });
  });

  it.each([
    [15, 15],
    [30, 15],
    [5, 5],
  ])('pictures of an H.264 camera at %i fps come as %i a second', async (fps, expected) => {
    const video = h264Frames({ width: 320, height: 240, fps, seconds: 2 });
    const items = asfTimeline({ video, fps, audio: [], blockMs: 1 });
    const args = mjpegFromAsfArgs({ input: whole, features });
    const { output, exit } = await feed(binary, args, { head, items });
    expect(exit.reason).toBe('ended');
    const { streams } = await probe(output, 'mjpeg');
    expect(streams).toMatchObject([{ codec_name: 'mjpeg', width: 320, height: 240 }]);
    expect(Number(streams[0]?.nb_read_frames)).toBe(expected * 2);
  });
});
