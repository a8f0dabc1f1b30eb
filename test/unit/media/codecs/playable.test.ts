import { describe, expect, it } from 'vitest';
import { isBrowserPlayable, unplayableReason } from '../../../../src/media/playable.ts';
import type { VideoTrack } from '../../../../src/media/frame.ts';
import { h264Track, jpegTrack } from '../frames.ts';
import { accessUnitsOf, encodeStream, type EncodeOptions } from '../video-programs.ts';

/** What x264 makes of these options: its first access unit holds the parameter sets. */
function trackOf(options: Omit<EncodeOptions, 'codec'>): VideoTrack {
  const [first] = accessUnitsOf(encodeStream({ codec: 'h264', frameCount: 2, ...options }), 'h264');
  return { ...h264Track, parameterSets: first?.parameterSets ?? [] };
}

describe('what browsers play', () => {
  it('is H.264 of 4:2:0 with 8 bits and whole frames', () => {
    const track = trackOf({});
    expect(isBrowserPlayable(track)).toBe(true);
    expect(unplayableReason(track)).toBeUndefined();
  });

  it.each([
    ['4:2:2', { pixels: 'yuv422p' }],
    ['4:4:4', { pixels: 'yuv444p' }],
    ['10 bits', { pixels: 'yuv420p10le' }],
    ['interlaced', { options: ['-flags', '+ildct+ilme'] }],
  ])('is not %s, and the reason says so', (reason, options) => {
    const track = trackOf(options);
    expect(isBrowserPlayable(track)).toBe(false);
    expect(unplayableReason(track)).toBe(reason);
  });

  it('is nothing that no player can begin with', () => {
    const track = { ...trackOf({}), hasIntraRefresh: true };
    expect(unplayableReason(track)).toMatch(/^intra refresh/);
    expect(unplayableReason({ ...track, hasIntraRefresh: false })).toBeUndefined();
  });

  it('is no other codec, and nothing without parameter sets', () => {
    expect(unplayableReason(jpegTrack)).toBe('MJPEG');
    expect(unplayableReason({ ...jpegTrack, codec: 'hevc' })).toMatch(/^HEVC/);
    expect(unplayableReason({ ...h264Track, parameterSets: [] })).toBe('no parameter sets');
    const broken = [Buffer.from([0x67, 0x64])];
    expect(unplayableReason({ ...h264Track, parameterSets: broken })).toMatch(/cannot be read/);
  });
});
