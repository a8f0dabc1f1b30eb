import { describe, expect, it } from 'vitest';
import { videoRangeOf } from '../../../../src/media/nal/video-range.ts';
import { readMp4 } from '../ffmpeg-mp4.ts';
import { ffmpeg, ffmpegBuilds } from '../support.ts';

/** The init segment that ffmpeg writes for a picture with these transfer characteristics. */
function rangeOf(transfer: string): string | undefined {
  const bytes = ffmpeg(ffmpegBuilds[0] ?? 'ffmpeg', [
    ...['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=5:duration=1', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-x264-params', `transfer=${transfer}`],
    ...['-movflags', '+frag_keyframe+empty_moov', '-f', 'mp4', 'pipe:1'],
  ]);
  const { video } = readMp4(bytes);
  if (video === undefined) throw new Error('No video.');
  return videoRangeOf(video.track);
}

describe('VIDEO-RANGE', () => {
  it.each([
    ['bt709', 'SDR'],
    ['smpte170m', 'SDR'],
    ['smpte2084', 'PQ'],
    ['arib-std-b67', 'HLG'],
    ['undef', undefined],
  ])('of %s is %s', (transfer, expected) => {
    expect(rangeOf(transfer)).toBe(expected);
  });
});
