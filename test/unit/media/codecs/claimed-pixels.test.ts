import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { claimedPixels, maxFramePixels } from '../../../../src/media/claimed-pixels.ts';
import type { VideoCodec } from '../../../../src/media/frame.ts';
import { parseHevcSps } from '../../../../src/media/hevc/hevc-sps.ts';
import { parseJpeg } from '../../../../src/media/jpeg/jpeg.ts';
import { nalUnits } from '../../../../src/media/nal/nal-units.ts';
import { claimedKeyframe } from '../claimed-frame.ts';
import { jpegTrack } from '../frames.ts';
import { fakeJpeg, ffmpeg, ffmpegBuilds, testPicture } from '../support.ts';

/** What a track claims whose parameter sets stand in this Annex B, and whose container says nothing or this. */
function claimOf(codec: VideoCodec, stream: Buffer, size = { width: 0, height: 0 }): number {
  return claimedPixels({ ...jpegTrack, codec, ...size, parameterSets: [...nalUnits(stream)] });
}

const huge = claimedKeyframe({ columns: 994, rows: 994 });
const cropped = claimedKeyframe({
  ...{ columns: 994, rows: 994 },
  crop: { right: 7632, bottom: 7712 },
});

describe('claimedPixels', () => {
  it('counts the frame of H.264 before cropping', () => {
    expect(claimOf('h264', huge)).toBe(15_904 * 15_904);
    expect(claimOf('h264', cropped)).toBe(15_904 * 15_904);
    expect(claimOf('h264', claimedKeyframe({ columns: 512, rows: 512 }))).toBe(maxFramePixels);
  });

  it('counts the largest of several parameter sets', () => {
    const small = claimedKeyframe({ columns: 40, rows: 30 });
    expect(claimOf('h264', Buffer.concat([small, huge]))).toBe(15_904 * 15_904);
    expect(claimOf('h264', small)).toBe(640 * 480);
  });

  it.each(ffmpegBuilds)('reads the parameter sets of HEVC as %s writes them', (build) => {
    const encoder = ['-frames:v', '1', '-pix_fmt', 'yuv420p', '-c:v', 'libx265'];
    const quiet = ['-x265-params', 'log-level=none'];
    const stream = ffmpeg(build, [
      ...testPicture('328x248'),
      ...encoder,
      ...quiet,
      ...['-f', 'hevc', 'pipe:1'],
    ]);
    // Coded in blocks of 8, cropped to 328x248 or not at all.
    expect(claimOf('hevc', stream)).toBe(328 * 248);
  });

  it('throws nothing, whatever it is given', () => {
    const codec = fc.constantFrom('h264', 'hevc', 'mpeg4', 'unknown');
    fc.assert(
      fc.property(codec, fc.uint8Array({ maxLength: 200 }), (name, bytes) => {
        expect(claimOf(name, Buffer.from([0, 0, 1, ...bytes]))).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(() => parseHevcSps(Buffer.from([0x42, 1, 2]))).toThrow(MediaFormatError);
  });
});

describe('the size that a container claims', () => {
  const size = { width: 20_000, height: 20_000 };

  it('counts only where the bitstream does not tell', () => {
    expect(claimOf('h264', Buffer.alloc(0), size)).toBe(0);
    expect(claimOf('h264', claimedKeyframe({ columns: 40, rows: 30 }), size)).toBe(640 * 480);
    for (const codec of ['mpeg4', 'hevc', 'unknown'] as const) {
      expect(claimOf(codec, Buffer.alloc(0), size)).toBe(400_000_000);
    }
  });
});

describe('parseJpeg', () => {
  it('refuses a second frame header, which could hide a large first one', () => {
    const jpeg = fakeJpeg();
    const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    const header = jpeg.subarray(at, at + 2 + jpeg.readUInt16BE(at + 2));
    const twice = Buffer.concat([jpeg.subarray(0, at), header, jpeg.subarray(at)]);
    expect(() => parseJpeg(twice)).toThrow(MediaFormatError);
  });
});
