import { describe, expect, it, vi } from 'vitest';
import type { Frame } from '../../../src/media/frame.ts';
import { parseJpeg } from '../../../src/media/jpeg/jpeg.ts';
import { matroskaFrame, matroskaHead } from '../../../src/media/matroska/matroska-writer.ts';
import { nalUnits } from '../../../src/media/nal/nal-units.ts';
import { decodeStillsArgs } from '../../../src/transcode/arguments.ts';
import { runOnce } from '../../../src/transcode/ffmpeg/one-shot.ts';
import { StillDecoder } from '../../../src/transcode/still-decoder.ts';
import { claimedKeyframe } from '../../unit/media/claimed-frame.ts';
import { frameAt, h264Track, jpegAt, jpegTrack } from '../../unit/media/frames.ts';
import { accessUnitsOf, encodeStream } from '../../unit/media/video-programs.ts';
import { TestTools } from '../../unit/transcode/stand-in.ts';
import { bothBuilds } from '../ffmpeg/builds.ts';
import { fieldVideo, type CodedVideo } from '../ffmpeg/coded-media.ts';
import { jpegFrames } from '../ffmpeg/media.ts';
import { probe } from '../ffmpeg/run.ts';
import { coloured, combOf, decoded } from './pixels.ts';
import { second, videos } from './videos.ts';

const never = new AbortController().signal;

describe.each(await bothBuilds())('%s', (_, binary) => {
  describe('stills of keyframes', () => {
    /** The still of each of these frames, each fed when the one before is there. */
    async function stillsOf(
      { track, frames }: CodedVideo,
      width?: number,
    ): Promise<{ jpegs: Buffer[]; tools: TestTools }> {
      const tools = new TestTools(binary);
      const stills: { jpeg: Buffer; frame: Frame }[] = [];
      const onStill = (jpeg: Buffer, frame: Frame): void => void stills.push({ jpeg, frame });
      const decoder = new StillDecoder({ tools, width, onStill });
      for (const [index, frame] of frames.entries()) {
        decoder.feed(track, [frame]);
        await vi.waitFor(() => expect(stills).toHaveLength(index + 1));
      }
      await decoder.dispose();
      expect(stills.map(({ frame }) => frame)).toEqual(frames);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      return { jpegs: stills.map(({ jpeg }) => jpeg), tools };
    }

    const sizeOf = (jpeg: Buffer | undefined): string => {
      const { width, height } = parseJpeg(jpeg ?? Buffer.alloc(0));
      return `${width}x${height}`;
    };

    it.each(videos)('%s, each at once', async (_name, make) => {
      const { track, frames } = make();
      const keyframes = frames.filter(({ isKeyframe }) => isKeyframe).slice(0, 3);
      const { jpegs: stills } = await stillsOf({ track, frames: keyframes });
      const { streams, errors } = await probe(Buffer.concat(stills), 'mjpeg');
      expect(errors).toBe('');
      const { width, height } = track;
      expect(streams).toMatchObject([{ codec_name: 'mjpeg', pix_fmt: 'yuvj420p', width, height }]);
    });

    it.each([
      ['h264', ['-bf', '3']],
      ['h264', ['-bf', '3', '-x264-params', 'open-gop=1']],
      ['hevc', ['-x265-params', 'log-level=error:bframes=4']],
      ['hevc', ['-x265-params', 'log-level=error:bframes=4:open-gop=0']],
    ] as const)('%s beside B-frames, %j, each at once', async (codec, options) => {
      const stream = encodeStream({ codec, options, frameCount: 45 });
      const units = accessUnitsOf(stream, codec).filter(({ isKeyframe }) => isKeyframe);
      const parameterSets = units[0]?.parameterSets ?? [];
      const track = { ...h264Track, codec, width: 320, height: 240, parameterSets };
      const frames = units.map((unit, index) => frameAt(index * second, true, unit.units));
      const { jpegs: stills } = await stillsOf({ track, frames });
      expect(stills.map(sizeOf)).toEqual(frames.map(() => '320x240'));
    });

    it('of fields of two times have no combs, and progressive ones are as sharp as ever', async () => {
      const keyframesOf = ({ track, frames }: CodedVideo): CodedVideo => ({
        track,
        frames: frames.filter(({ isKeyframe }) => isKeyframe),
      });
      const interlaced = await stillsOf(keyframesOf(fieldVideo('interlaced', 40)));
      expect(interlaced.jpegs).toHaveLength(4);
      expect(combOf(Buffer.concat(interlaced.jpegs), 'mjpeg')).toBeLessThan(5);
      const whole = keyframesOf(fieldVideo('progressive', 40));
      const { jpegs: progressive } = await stillsOf(whole);
      const args = decodeStillsArgs({
        ...{ width: undefined, hasFields: false, hasIntraRefresh: false },
        features: binary.features,
      });
      const input = [
        matroskaHead({ video: whole.track }),
        ...whole.frames.flatMap((frame) => matroskaFrame(frame, whole.track)),
      ];
      const limits = { timeoutMs: 10_000, maxOutputBytes: 1 << 20, signal: never };
      const untouched = await runOnce(new TestTools(binary), {
        ...{ purpose: 'still', args, input, ...limits },
      });
      expect(Buffer.concat(progressive).equals(untouched)).toBe(true);
    });

    it('in other sizes keep their shape in even numbers, and are never enlarged', async () => {
      const [large = Buffer.alloc(0)] = jpegFrames({ width: 642, height: 481, fps: 1, seconds: 1 });
      const video = {
        track: { ...jpegTrack, width: 642, height: 481 },
        frames: [jpegAt(0, large)],
      };
      expect(sizeOf((await stillsOf(video, 320)).jpegs[0])).toBe('320x240');
      expect(sizeOf((await stillsOf(video, 1280)).jpegs[0])).toBe('642x480');
    });

    // A JPEG of 0 and 255 taken for limited range would come out as 16 and 235, or be cut off.
    it.each([
      ['black', 0],
      ['white', 255],
    ] as const)('keep %s', async (colour, expected) => {
      const frame = jpegAt(0, coloured(colour, '320x240'));
      const track = { ...jpegTrack, width: 320, height: 240 };
      const { jpegs: stills } = await stillsOf({ track, frames: [frame] }, 160);
      const luma = decoded(stills[0] ?? Buffer.alloc(0), 'mjpeg', 'gray');
      expect(Math.abs((luma[80 * 60] ?? -99) - expected)).toBeLessThanOrEqual(2);
    });

    it('take no memory for a keyframe that claims 250 megapixels', async () => {
      const units = [...nalUnits(claimedKeyframe({ columns: 994, rows: 994 }))];
      const track = { ...h264Track, parameterSets: units.slice(0, 2) };
      const args = decodeStillsArgs({
        ...{ width: undefined, hasFields: false, hasIntraRefresh: false },
        features: binary.features,
      });
      const input = [
        matroskaHead({ video: track }),
        ...matroskaFrame(frameAt(0, true, units), track),
      ];
      const limits = { timeoutMs: 10_000, maxOutputBytes: 1 << 20, signal: never };
      await expect(
        runOnce(new TestTools(binary), { purpose: 'still', args, input, ...limits }),
      ).rejects.toMatchObject({ message: 'ffmpeg failed: frame-too-large' });
    });
  });
});
