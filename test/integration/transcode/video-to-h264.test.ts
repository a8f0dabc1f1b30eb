import { describe, expect, it } from 'vitest';
import { FrameHub } from '../../../src/media/frame-hub.ts';
import { VideoEncoder } from '../../../src/transcode/video-encoder.ts';
import { jpegAt, jpegTrack, type Recorder } from '../../unit/media/frames.ts';
import { annexB } from '../../unit/media/video-programs.ts';
import { TestTools } from '../../unit/transcode/stand-in.ts';
import { bothBuilds } from '../ffmpeg/builds.ts';
import { fieldVideo } from '../ffmpeg/coded-media.ts';
import { probe } from '../ffmpeg/run.ts';
import { coloured, combOf, decoded } from './pixels.ts';
import { inLockstep, jpegVideo, second, videos } from './videos.ts';

const day = 24 * 3_600 * second;

function streamOf({ runs, frames }: Recorder): Buffer {
  const sets = runs[0]?.video.parameterSets ?? [];
  return annexB([...sets, ...frames.flatMap(({ data }) => data)]);
}

describe.each(await bothBuilds())('%s', (_, binary) => {
  describe('video to H.264', () => {
    it.each(videos)('%s: each frame comes out at once, with its own time', async (_name, make) => {
      const video = make();
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
      encoder.start();
      const recorder = await inLockstep(hub, video, encoder.output);
      await encoder.dispose();
      expect(recorder.frames.map(({ pts }) => pts)).toEqual(video.frames.map(({ pts }) => pts));
      const { width, height } = video.track;
      expect(recorder.runs).toMatchObject([{ video: { codec: 'h264', width, height } }]);
      const { streams, errors } = await probe(streamOf(recorder), 'h264');
      expect(errors).toBe('');
      expect(streams).toMatchObject([
        { codec_name: 'h264', pix_fmt: 'yuv420p', color_range: 'tv', width, height },
      ]);
      expect(Number(streams[0]?.nb_read_frames)).toBe(video.frames.length);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      expect(encoder.droppedTotal).toBe(0);
    });

    it('shows fields of two times without combs, each frame when the next has come', async () => {
      const video = fieldVideo('interlaced', 20);
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
      encoder.start();
      const recorder = await inLockstep(hub, video, encoder.output, 1);
      await encoder.dispose();
      const fed = video.frames.slice(0, -1);
      expect(recorder.frames.map(({ pts }) => pts)).toEqual(fed.map(({ pts }) => pts));
      expect(combOf(annexB(fed.flatMap(({ data }) => data)), 'h264')).toBeGreaterThan(20);
      expect(combOf(streamOf(recorder), 'h264')).toBeLessThan(5);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      expect(encoder.droppedTotal).toBe(0);
    });

    // FLV counts milliseconds in 31 bits, which are 24.8 days.
    it.each([0, 3_600 * second, 24.855 * day, 100 * day])(
      'has a keyframe each second from a child that starts at %i ms of its run',
      async (beginMs) => {
        const video = jpegVideo(beginMs);
        const tools = new TestTools(binary);
        const hub = new FrameHub();
        const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
        encoder.start();
        const { frames } = await inLockstep(hub, video, encoder.output);
        await encoder.dispose();
        expect(frames.map(({ pts }) => pts)).toEqual(video.frames.map(({ pts }) => pts));
        const keyframes = frames.filter(({ isKeyframe }) => isKeyframe);
        expect(keyframes.map(({ pts }) => pts / 90 - beginMs)).toEqual([0, second, 2 * second]);
      },
    );

    it('in odd sizes becomes even, and keeps black black', async () => {
      const black = coloured('black', '321x241');
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
      encoder.start();
      const track = { ...jpegTrack, width: 321, height: 241 };
      const recorder = await inLockstep(hub, { track, frames: [jpegAt(0, black)] }, encoder.output);
      await encoder.dispose();
      expect(recorder.runs[0]?.video).toMatchObject({ width: 320, height: 240 });
      const luma = decoded(streamOf(recorder), 'h264', 'yuv420p');
      expect(Math.abs((luma[80 * 60] ?? -99) - 16)).toBeLessThanOrEqual(2);
    });
  });
});
