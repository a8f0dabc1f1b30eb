import { describe, expect, it } from 'vitest';
import { fmp4FromAsfArgs, fmp4FromJpegArgs } from '../../src/ffmpeg/arguments.ts';
import { matroskaHead, matroskaPicture } from '../../src/media/mjpeg-matroska.ts';
import { asfHeader } from './ffmpeg/asf-writer.ts';
import { bothBuilds } from './ffmpeg/builds.ts';
import {
  adpcmBlocks,
  asfTimeline,
  h264Frames,
  jpegFrames,
  type TimedBytes,
} from './ffmpeg/media.ts';
import { feed, feedInSteps, probe, type ProbedFrame } from './ffmpeg/run.ts';

const picture = { width: 640, height: 360, fps: 15, seconds: 4 };
const blockBytes = 256;
const blockMs = ((blockBytes - 4) * 2 + 1) / 8;
const h264 = h264Frames(picture);
const jpegs = jpegFrames(picture);
const adpcm = adpcmBlocks(picture.seconds, blockBytes);

const head = (fourcc: 'H264' | 'MJPG'): Buffer =>
  asfHeader({
    video: { fourcc, width: 640, height: 360 },
    audio: { sampleRate: 8000, blockBytes },
  });
const timeline = (video: readonly Buffer[], audio: readonly Buffer[]): TimedBytes[] =>
  asfTimeline({ video, fps: picture.fps, audio, blockMs });

const times = (frames: readonly ProbedFrame[], type: 'video' | 'audio'): number[] =>
  frames.filter((frame) => frame.media_type === type).map((frame) => Number(frame.pts_time));
const keyTimes = (frames: readonly ProbedFrame[]): number[] =>
  times(
    frames.filter((frame) => frame.key_frame === 1),
    'video',
  );
const span = (all: readonly number[]): number => (all.at(-1) ?? NaN) - (all[0] ?? NaN);

describe.each(await bothBuilds())('%s', (_, binary) => {
  const { features } = binary;
  const base = {
    video: 'copy',
    audio: true,
    input: { framing: 'whole', clock: 'camera', decoder: 'by-code' },
    keyframeMs: 1000,
    features,
  } as const;

  it.each(['whole', 'split'] as const)('H.264 and ADPCM, %s objects', async (framing) => {
    const input = { head: head('H264'), items: timeline(h264, adpcm) };
    const args = fmp4FromAsfArgs({
      ...base,
      input: { framing, clock: 'camera', decoder: 'by-code' },
    });
    const { output, exit } = await feed(binary, args, input);
    expect(exit).toEqual({ reason: 'ended', code: 0, signal: null, facts: exit.facts });
    const { streams, frames, errors } = await probe(output, 'mov');
    expect(errors).toBe('');
    expect(streams).toMatchObject([
      { codec_name: 'h264', width: 640, height: 360, nb_read_frames: '60' },
      { codec_name: 'aac', sample_rate: '48000', channels: 1 },
    ]);
    expect(Math.abs(span(times(frames, 'video')) - 59 / 15)).toBeLessThan(0.1);
    expect(span(times(frames, 'audio'))).toBeCloseTo(span(times(frames, 'video')), 0);
    expect(keyTimes(frames)).toHaveLength(4);
  });

  it('a track that is declared and silent, left out by the caller, holds nothing back', async () => {
    // The first fragment from half a second of it.
    const steps = { enough: 8, liveCount: 55 };
    const input = { head: head('H264'), items: timeline(h264, []), ...steps };
    const args = fmp4FromAsfArgs({ ...base, audio: false });
    const { output } = await feedInSteps(binary, args, input);
    const { streams } = await probe(output, 'mov');
    expect(streams).toMatchObject([{ codec_name: 'h264', nb_read_frames: '60' }]);
  });

  it('audio that stops does not stop video', async () => {
    const items = timeline(h264, adpcm.slice(0, 16));
    const args = fmp4FromAsfArgs(base);
    const { output } = await feedInSteps(binary, args, {
      head: head('H264'),
      items,
      enough: items.length / 2,
      liveCount: 55,
    });
    expect((await probe(output, 'mov')).streams).toMatchObject([{ nb_read_frames: '60' }, {}]);
  });

  it.each([
    ['forward', 3_600_000],
    ['back', -1000],
  ])('stamps that jump %s do not end it', async (_, jumpMs) => {
    const jumped = h264.length / 2;
    const before = timeline(h264.slice(0, jumped), []);
    const after = restamped(jumped, (jumped * 1000) / picture.fps + jumpMs);
    const input = { head: head('H264'), items: [...before, ...after] };
    const { output, exit } = await feed(binary, fmp4FromAsfArgs({ ...base, audio: false }), input);
    expect(exit.reason).toBe('ended');
    expect((await probe(output, 'mov')).streams).toMatchObject([{ nb_read_frames: '60' }]);
  });

  it('MJPEG and ADPCM are encoded with a keyframe each second, in the colours of video', async () => {
    const input = { head: head('MJPG'), items: timeline(jpegs, adpcm) };
    const { output, exit } = await feed(
      binary,
      fmp4FromAsfArgs({ ...base, video: 'encode-jpeg' }),
      input,
    );
    expect(exit.reason).toBe('ended');
    const { streams, frames, errors } = await probe(output, 'mov');
    expect(errors).toBe('');
    expect(streams).toMatchObject([
      { codec_name: 'h264', pix_fmt: 'yuv420p', color_range: 'tv', color_space: 'smpte170m' },
      { codec_name: 'aac', sample_rate: '48000' },
    ]);
    expect(times(frames, 'video')).toHaveLength(60);
    expect(keyTimes(frames).map((time) => Math.round(time))).toEqual([0, 1, 2, 3]);
  });

  it.each([1, 10, 25, 30])('JPEG frames at %i fps keep their times', async (fps) => {
    const input = { ...jpegInput(fps, fps === 1 ? 4 : 2) };
    const args = fmp4FromJpegArgs({ keyframeMs: 1000, features });
    const { output } = await feed(binary, args, input);
    const { streams, frames, errors } = await probe(output, 'mov');
    expect(errors).toBe('');
    expect(streams).toMatchObject([{ codec_name: 'h264', width: 320, height: 240 }]);
    const shown = times(frames, 'video');
    expect(shown).toHaveLength(input.items.length);
    const behind = shown.map((time, index) => Math.abs(time - (shown[0] ?? NaN) - index / fps));
    expect(Math.max(...behind)).toBeLessThan(0.0012); // their stamps are whole milliseconds
    expect(keyTimes(frames)).toHaveLength(fps === 1 ? 4 : 2);
  });

  it('JPEG frames are passed on as they come', async () => {
    const input = jpegInput(15, 4);
    const args = fmp4FromJpegArgs({ keyframeMs: 1000, features });
    // Each with the frame behind it, which tells how long it lasts.
    const steps = { enough: 2, liveCount: input.items.length - 1 };
    const { exit } = await feedInSteps(binary, args, { ...input, ...steps });
    expect(exit.reason).toBe('ended');
  });
});

function jpegInput(fps: number, seconds: number): { head: Buffer; items: TimedBytes[] } {
  const size = { width: 321, height: 241 };
  const items = jpegFrames({ ...size, fps, seconds }).map((bytes, index) => {
    const timeMs = Math.round((index * 1000) / fps);
    return { timeMs, kind: 'video' as const, bytes: Buffer.concat(matroskaPicture(timeMs, bytes)) };
  });
  return { head: matroskaHead(size), items };
}

/** The frames from `first` on with stamps that begin at `fromMs`. */
function restamped(first: number, fromMs: number): TimedBytes[] {
  return h264.slice(first).flatMap((bytes, index) =>
    asfTimeline({
      video: [bytes],
      fps: picture.fps,
      audio: [],
      blockMs,
      firstVideo: first + index,
      fromMs: fromMs + (index * 1000) / picture.fps,
    }),
  );
}
