import { describe, expect, it, vi } from 'vitest';
import { FrameHub } from '../../../src/media/frame-hub.ts';
import { byteLengthOf, type Frame } from '../../../src/media/frame.ts';
import { JpegDecoder } from '../../../src/transcode/jpeg-decoder.ts';
import { Recorder, runOf } from '../../unit/media/frames.ts';
import { TestTools } from '../../unit/transcode/stand-in.ts';
import { bothBuilds } from '../ffmpeg/builds.ts';
import { fieldVideo, nalVideo } from '../ffmpeg/coded-media.ts';
import { probe } from '../ffmpeg/run.ts';
import { combOf } from './pixels.ts';
import { inLockstep, second, videos } from './videos.ts';

describe.each(await bothBuilds())('%s', (_, binary) => {
  describe('video to JPEG', () => {
    it.each(videos.slice(1))('%s', async (_name, make) => {
      const { track, frames } = make();
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const decoder = new JpegDecoder({ source: hub, tools });
      decoder.start();
      const slow = frames.map((frame, index) => ({ ...frame, pts: index * 9_000, dts: index }));
      const recorder = await inLockstep(hub, { track, frames: slow }, decoder.output);
      await decoder.dispose();
      const { width, height } = track;
      expect(recorder.runs).toMatchObject([{ video: { codec: 'mjpeg', width, height } }]);
      const { streams, errors } = await probe(bytesOf(recorder.frames), 'mjpeg');
      expect(errors).toBe('');
      expect(streams).toMatchObject([{ codec_name: 'mjpeg', pix_fmt: 'yuvj420p', width, height }]);
    });

    it('shows fields of two times without combs, each frame when the next has come', async () => {
      const { track, frames } = fieldVideo('interlaced', 20);
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const decoder = new JpegDecoder({ source: hub, tools });
      decoder.start();
      const slow = frames.map((frame, index) => ({ ...frame, pts: index * 9_000, dts: index }));
      const recorder = await inLockstep(hub, { track, frames: slow }, decoder.output, 1);
      await decoder.dispose();
      expect(combOf(bytesOf(recorder.frames), 'mjpeg')).toBeLessThan(5);
    });

    it.each([
      [15, 15],
      [30, 15],
      [5, 5],
    ])('of %i frames a second comes as %i', async (rate, expected) => {
      const seconds = 2;
      const frameCount = rate * seconds;
      const { track, frames } = nalVideo('h264', { frameMs: second / rate, frameCount });
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const decoder = new JpegDecoder({ source: hub, tools });
      decoder.start();
      const recorder = new Recorder(decoder.output);
      hub.begin(runOf(track));
      for (const frame of frames) hub.push(frame);
      const count = expected * seconds;
      await vi.waitFor(() => expect(recorder.frames.length).toBeGreaterThanOrEqual(count));
      await decoder.dispose();
      expect(recorder.frames).toHaveLength(count);
      const times = recorder.frames.map(({ dts }) => dts);
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
    });
  });
});

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ data }) => data),
    frames.reduce((sum, frame) => sum + byteLengthOf(frame), 0),
  );
}
