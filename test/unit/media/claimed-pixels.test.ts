import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../src/lib/errors.ts';
import {
  claimedPixels,
  maxFramePixels,
  pixelsClaimedByHeader,
} from '../../../src/media/claimed-pixels.ts';
import { hevcCodedPixels } from '../../../src/media/hevc-sps.ts';
import { parseJpeg } from '../../../src/media/jpeg.ts';
import { nalUnits } from '../../../src/media/nal-units.ts';
import { claimedKeyframe } from './claimed-frame.ts';
import { fakeJpeg, ffmpeg, ffmpegBuilds, testPicture } from './support.ts';

const huge = claimedKeyframe({ columns: 994, rows: 994 });
const cropped = claimedKeyframe({
  ...{ columns: 994, rows: 994 },
  crop: { right: 7632, bottom: 7712 },
});

describe('claimedPixels', () => {
  it('counts the frame of H.264 before cropping', () => {
    expect(claimedPixels('h264', huge)).toBe(15_904 * 15_904);
    expect(claimedPixels('h264', cropped)).toBe(15_904 * 15_904);
    expect(claimedPixels('h264', claimedKeyframe({ columns: 512, rows: 512 }))).toBe(
      maxFramePixels,
    );
  });

  it('counts the largest of several parameter sets', () => {
    const small = claimedKeyframe({ columns: 40, rows: 30 });
    expect(claimedPixels('h264', Buffer.concat([small, huge]))).toBe(15_904 * 15_904);
    expect(claimedPixels('h264', small)).toBe(640 * 480);
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
    expect(claimedPixels('hevc', stream)).toBe(328 * 248);
  });

  it('throws nothing, whatever it is given', () => {
    const codec = fc.constantFrom('h264', 'hevc', 'mpeg4', 'unknown');
    fc.assert(
      fc.property(codec, fc.uint8Array({ maxLength: 200 }), (name, bytes) => {
        expect(claimedPixels(name, Buffer.from([0, 0, 1, ...bytes]))).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(() => hevcCodedPixels(Buffer.from([0x42, 1, 2]))).toThrow(MediaFormatError);
  });
});

describe('pixelsClaimedByHeader', () => {
  const stream = {
    kind: 'video',
    number: 1,
    width: 20_000,
    height: 20_000,
    extradata: Buffer.alloc(0),
  } as const;

  it('takes the word of the container only where the frames have none', () => {
    expect(pixelsClaimedByHeader({ ...stream, codec: 'mjpeg' })).toBe(0);
    expect(pixelsClaimedByHeader({ ...stream, codec: 'h264' })).toBe(0);
    for (const codec of ['mpeg4', 'hevc', 'unknown'] as const) {
      expect(pixelsClaimedByHeader({ ...stream, codec })).toBe(400_000_000);
    }
  });

  it('counts the parameter sets in the header', () => {
    const [sps = Buffer.alloc(0)] = nalUnits(huge);
    const length = Buffer.from([sps.length >> 8, sps.length & 0xff]);
    const avcC = Buffer.concat([Buffer.from([1, 66, 0, 62, 0xff, 0xe1]), length, sps]);
    for (const extradata of [huge, Buffer.concat([avcC, Buffer.from([0])])]) {
      expect(pixelsClaimedByHeader({ ...stream, codec: 'h264', extradata })).toBe(15_904 * 15_904);
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
