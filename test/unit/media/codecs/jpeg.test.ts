import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { standardHuffmanSegment } from '../../../../src/media/jpeg/jpeg-huffman.ts';
import { parseJpeg } from '../../../../src/media/jpeg/jpeg.ts';
import { JpegScanner } from '../../../../src/media/jpeg/jpeg-scanner.ts';
import { fakeJpeg, ffmpeg, ffmpegBuilds, jpegSegment, testPicture } from '../support.ts';

const build = ffmpegBuilds[0] ?? 'ffmpeg';
const one = ['-frames:v', '1', '-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-f', 'mjpeg', 'pipe:1'];
const real = ffmpeg(build, [...testPicture('320x240'), '-huffman', 'default', ...one]);

/** The picture without its DHT segments, as an AVI1 camera sends it. */
function withoutHuffmanTables(picture: Buffer): Buffer {
  const at = picture.indexOf(Buffer.from([0xff, 0xc4]));
  return Buffer.concat([
    picture.subarray(0, at),
    picture.subarray(at + 2 + picture.readUInt16BE(at + 2)),
  ]);
}

function pixelsOf(picture: Buffer): Buffer {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'];
  return ffmpeg(build, ['-f', 'mjpeg', '-i', 'pipe:0', ...raw], picture);
}

describe('parseJpeg', () => {
  it('reads the size and leaves a complete picture as it is', () => {
    const frame = parseJpeg(real);
    expect(frame).toMatchObject({ width: 320, height: 240 });
    expect(frame.bytes).toBe(real);
  });

  it('adds the standard tables where there are none: the pixels are those of the original', () => {
    const bare = withoutHuffmanTables(real);
    expect(bare.length).toBe(real.length - standardHuffmanSegment.length);
    expect(pixelsOf(parseJpeg(bare).bytes).equals(pixelsOf(real))).toBe(true);
  });

  it('does not take the size or the tables of a thumbnail', () => {
    const thumbnail = fakeJpeg({ width: 7, height: 5 });
    const extra = jpegSegment(0xe1, thumbnail);
    const frame = parseJpeg(fakeJpeg({ extra, width: 99, hasHuffmanTables: false }));
    expect(frame.width).toBe(99);
    expect(frame.bytes.includes(standardHuffmanSegment)).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no picture', Buffer.from('File not found.')],
    ['no frame header', Buffer.from('ffd8ffda0008010100003f00ffd9', 'hex')],
    ['no image data', Buffer.from('ffd8ffd9', 'hex')],
    ['no size', fakeJpeg({ height: 0 })],
  ])('refuses %s', (_name, bytes) => {
    expect(() => parseJpeg(bytes)).toThrow(MediaFormatError);
  });

  it('throws nothing else, whatever is cut or changed', () => {
    const mutation = fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(mutation), fc.nat({ max: 1000 }), (mutations, length) => {
        const bytes = Buffer.from(real.subarray(0, length));
        for (const [at, value] of mutations) bytes[at] = value;
        try {
          parseJpeg(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
    );
  });
});

describe('JpegScanner', () => {
  it.each([
    ['a real picture', real],
    ['several scans', fakeJpeg({ scanCount: 5 })],
    ['a thumbnail', fakeJpeg({ extra: jpegSegment(0xe1, fakeJpeg()) })],
    ['fill bytes', fakeJpeg({ extra: Buffer.from([0xff, 0xff, 0xff]) })],
  ])('finds the end of %s in one go and byte by byte', (_name, picture) => {
    const bytes = Buffer.concat([picture, fakeJpeg()]);
    expect(new JpegScanner().scan(bytes)).toEqual({ result: 'end', end: picture.length });
    const scanner = new JpegScanner();
    for (let length = 2; length < picture.length; length += 1) {
      expect(scanner.scan(bytes.subarray(0, length)).result).toBe('more');
    }
    expect(scanner.scan(picture)).toEqual({ result: 'end', end: picture.length });
  });
});
