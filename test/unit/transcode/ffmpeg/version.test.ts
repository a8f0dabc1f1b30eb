import { describe, expect, it } from 'vitest';
import { isCurrent, parseVersion } from '../../../../src/transcode/ffmpeg/version.ts';

const text = (version: string, libavcodec: string): string =>
  `ffmpeg version ${version} Copyright (c) 2000-2026 the FFmpeg developers\nbuilt with gcc 12\nlibavutil      57. 28.100 / 57. 28.100\nlibavcodec     ${libavcodec} / ${libavcodec}\n`;

describe('parseVersion', () => {
  it.each([
    ['5.1.9-0+deb12u1', '59. 37.100', 5, 59, '-fps_mode', true],
    ['5.0.1', '59. 18.100', 5, 59, '-vsync', true],
    ['n7.1', '61. 19.100', 7, 61, '-fps_mode', true],
    ['4.4.2-0ubuntu0.22.04.1', '58.134.100', 4, 58, '-vsync', false],
    ['N-47683-g0e8eb07980-static', '58. 42.100', undefined, 58, '-vsync', false],
    ['2024-06-06-git-d55f5cba7b-full_build', '61.  7.100', undefined, 61, '-fps_mode', true],
  ] as const)('reads %s', (version, libavcodec, major, libavcodecMajor, frameRateMode, current) => {
    const parsed = parseVersion(text(version, libavcodec));
    expect(parsed).toEqual({ version, major, libavcodecMajor, features: { frameRateMode } });
    expect(parsed !== undefined && isCurrent(parsed)).toBe(current);
  });

  it('takes no other program for ffmpeg', () => {
    expect(parseVersion('')).toBeUndefined();
    expect(parseVersion('ffprobe version 5.1\nlibavcodec 59. 37.100')).toBeUndefined();
    expect(parseVersion('ffmpeg version 5.1\n')).toBeUndefined();
  });
});
