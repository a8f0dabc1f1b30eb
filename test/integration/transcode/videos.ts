import { expect, vi } from 'vitest';
import type { FrameHub } from '../../../src/media/frame-hub.ts';
import type { FrameStream } from '../../../src/media/frame.ts';
import { jpegAt, jpegTrack, Recorder, runOf } from '../../unit/media/frames.ts';
import { mpeg4Stream } from '../../unit/media/mpeg4-stream.ts';
import { nalVideo, type CodedVideo } from '../ffmpeg/coded-media.ts';
import { jpegFrames } from '../ffmpeg/media.ts';

export const second = 1_000;
const fps = 15;
const jpegs = jpegFrames({ width: 322, height: 240, fps, seconds: 3 });

export function jpegVideo(beginMs: number): CodedVideo {
  const frames = jpegs.map((bytes, index) =>
    jpegAt(beginMs + Math.round((index * second) / fps), bytes),
  );
  return { track: { ...jpegTrack, width: 322, height: 240 }, frames };
}

export const videos: readonly (readonly [string, () => CodedVideo])[] = [
  ['JPEG', () => jpegVideo(0)],
  ['H.264', () => nalVideo('h264', { frameMs: 40, frameCount: 30 })],
  ['HEVC', () => nalVideo('hevc', { frameMs: 40, frameCount: 30 })],
  ['MPEG-4', () => mpeg4Stream({ frameCount: 30, gopFrames: 10 })],
];

/**
 * Gives the camera's next frame when `output` has shown the one before: a transcoder that holds back more than
 * `heldCount` never ends.
 */
export async function inLockstep(
  hub: FrameHub,
  { track, frames }: CodedVideo,
  output: FrameStream,
  heldCount = 0,
) {
  const recorder = new Recorder(output);
  hub.begin(runOf(track));
  for (const [index, frame] of frames.entries()) {
    hub.push(frame);
    const count = Math.max(0, index + 1 - heldCount);
    await vi.waitFor(() => expect(recorder.frames.length).toBe(count), { interval: 5 });
  }
  return recorder;
}
