import { describe, expect, it } from 'vitest';
import { parseInitSegment } from '../../../src/media/mp4/init-segment.ts';
import { ffmpeg, ffmpegBuilds } from './support.ts';

/** The init segment that ffmpeg writes for a picture with these transfer characteristics. */
function videoRangeOf(transfer: string): string | undefined {
  const bytes = ffmpeg(ffmpegBuilds[0] ?? 'ffmpeg', [
    ...['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=5:duration=1', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-x264-params', `transfer=${transfer}`],
    ...['-movflags', '+frag_keyframe+empty_moov', '-f', 'mp4', 'pipe:1'],
  ]);
  const { tracks } = parseInitSegment(bytes);
  const [video] = tracks;
  return video?.kind === 'video' ? video.videoRange : undefined;
}

describe('VIDEO-RANGE', () => {
  it.each([
    ['bt709', 'SDR'],
    ['smpte170m', 'SDR'],
    ['smpte2084', 'PQ'],
    ['arib-std-b67', 'HLG'],
    ['undef', undefined],
  ])('of %s is %s', (transfer, expected) => {
    expect(videoRangeOf(transfer)).toBe(expected);
  });
});
