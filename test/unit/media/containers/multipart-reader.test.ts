import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaryOf,
  defaultMaxFrameBytes,
  MultipartReader,
  type JpegStreamEvent,
} from '../../../../src/media/jpeg/multipart-reader.ts';
import { cuts, digest, fakeJpeg, jpegSegment, splitAt } from '../support.ts';

const pictures = [300, 900, 1500, 200, 700].map((dataBytes, index) =>
  fakeJpeg({ dataBytes, width: 64 + index }),
);

function read(stream: Buffer, boundary?: string): JpegStreamEvent[] {
  const options = { boundary, maxFrameBytes: defaultMaxFrameBytes };
  return new MultipartReader(options).push(stream);
}

function framesOf(events: readonly JpegStreamEvent[]): Buffer[] {
  return events.flatMap((event) => (event.type === 'frame' ? [event.frame.bytes] : []));
}

function corruptCountOf(events: readonly JpegStreamEvent[]): number {
  return events.filter((event) => event.type === 'corrupt').length;
}

function expectPictures(events: readonly JpegStreamEvent[], expected: readonly Buffer[]): void {
  const found = framesOf(events);
  expect(found.map((bytes) => bytes.length)).toEqual(expected.map((bytes) => bytes.length));
  expect(Buffer.concat(found).equals(Buffer.concat(expected))).toBe(true);
}

const part = (head: string, tail: string) => (picture: Buffer, index: number) =>
  Buffer.concat([
    Buffer.from(head.replace('#', String(picture.length)).replace('%', String(index)), 'latin1'),
    picture,
    Buffer.from(tail, 'latin1'),
  ]);

const type = 'Content-Type: image/jpeg';
const variants: Record<string, (picture: Buffer, index: number) => Buffer> = {
  'CRLF and a length': part(`--ipcamera\r\n${type}\r\nContent-Length: #\r\n\r\n`, '\r\n'),
  'LF only': part(`--ipcamera\n${type}\nContent-Length: #\n\n`, '\n'),
  'blank lines anywhere': part(`\r\n\n--ipcamera\r\n${type}\r\n\r\n\r\n\n`, '\n\n\r\n'),
  'no length': part(`--ipcamera\r\n${type}\r\n\r\n`, '\r\n'),
  'a length that is too small': part(`--ipcamera\r\nContent-Length: 20\r\n\r\n`, '\r\n'),
  'a length that is too large': part(`--ipcamera\r\nContent-Length: #9\r\n\r\n`, '\r\n'),
  'a length of nothing': part(`--ipcamera\r\nContent-Length: 0\r\n\r\n`, '\r\n'),
  'a length that is no number': part(`--ipcamera\r\nContent-Length: many\r\n\r\n`, '\r\n'),
  'doubled dashes': part(`----ipcamera\r\nContent-Length: #\r\n\r\n`, '\r\n'),
  'no dashes': part(`ipcamera\r\nContent-Length: #\r\n\r\n`, '\r\n'),
  'the boundary twice': part(`--ipcamera\r\n--ipcamera\r\nContent-Length: #\r\n\r\n`, '\r\n'),
  'no boundary at all': part(`${type}\r\nContent-Length: #\r\n\r\n`, ''),
  'another boundary than announced': part(`--other\r\nContent-Length: #\r\n\r\n`, '\r\n'),
  'options of the type': part(`--ipcamera\r\n${type}; charset=UTF-8\r\n\r\n`, '\r\n'),
  'junk between parts': part(`--ipcamera\r\n\r\n`, `\r\nX \xff\xd8\x00 \xff\xd9\xff\xff`),
  'bare pictures': part('', ''),
};

describe('MultipartReader', () => {
  for (const [name, wrap] of Object.entries(variants)) {
    for (const boundary of ['ipcamera', undefined]) {
      it(`reads a stream with ${name}, boundary ${boundary ?? 'unknown'}`, () => {
        const events = read(Buffer.concat(pictures.map(wrap)), boundary);
        expectPictures(events, pictures);
        expect(corruptCountOf(events)).toBe(0);
      });
    }
  }

  it('reads a stream that begins in the middle of a picture', () => {
    const bytes = Buffer.concat(pictures.map(part('--b\r\n\r\n', '\r\n')));
    expectPictures(read(bytes.subarray(200), 'b'), pictures.slice(1));
  });

  for (const wrapped of ['CRLF and a length', 'no length', 'bare pictures']) {
    it(`gives a frame with its last byte (${wrapped})`, () => {
      const wrap = variants[wrapped] ?? part('', '');
      const reader = new MultipartReader({ boundary: 'ipcamera', maxFrameBytes: 1e6 });
      pictures.forEach((picture, index) => {
        const bytes = wrap(picture, index);
        const end = bytes.indexOf(picture) + picture.length;
        expect(reader.push(bytes.subarray(0, end - 1))).toEqual([]);
        expectPictures(reader.push(bytes.subarray(end - 1, end)), [picture]);
        expect(reader.push(bytes.subarray(end))).toEqual([]);
      });
    });
  }

  it('does not wait for a length that suddenly is much too large', () => {
    const reader = new MultipartReader({ boundary: 'b', maxFrameBytes: defaultMaxFrameBytes });
    const [first, second] = [fakeJpeg(), fakeJpeg()];
    reader.push(part('--b\r\nContent-Length: #\r\n\r\n', '\r\n')(first, 0));
    const liar = part('--b\r\nContent-Length: 999999\r\n\r\n', '')(second, 0);
    expectPictures(reader.push(liar), [second]);
  });

  it('loses no picture when lengths become wrong after they were right', () => {
    const right = part('--b\r\nContent-Length: #\r\n\r\n', '\r\n');
    const wrong = part('--b\r\nContent-Length: 1000\r\n\r\n', '\r\n');
    const stream = pictures.map((picture, index) => (index < 2 ? right : wrong)(picture, index));
    expectPictures(read(Buffer.concat(stream), 'b'), pictures);
  });

  /** Offsets into the third picture: in the quantisation table, the frame header, the Huffman tables, the data. */
  for (const kept of [3, 30, 75, 90, 110, 400]) {
    for (const boundary of ['b', undefined]) {
      it(`loses one frame when it is cut after ${kept} bytes, boundary ${boundary ?? 'unknown'}`, () => {
        const cut = pictures.map((picture, index) =>
          part('--b\r\nContent-Length: #\r\n\r\n', '\r\n')(
            index === 2 ? picture.subarray(0, kept) : picture,
            index,
          ),
        );
        const events = read(Buffer.concat(cut), boundary);
        expectPictures(events, [...pictures.slice(0, 2), ...pictures.slice(3)]);
        expect(corruptCountOf(events)).toBe(1);
      });
    }
  }

  describe('pictures without their end', () => {
    const open = pictures.map((picture) => picture.subarray(0, -2));
    const wraps = {
      'a length': part('--b\r\nContent-Length: #\r\n\r\n', '\r\n'),
      'a length and nothing else before the boundary': part('--b\r\nContent-Length: #\r\n\r\n', ''),
      'a boundary alone': part('--b\r\n\r\n', '\r\n'),
      'a boundary with LF and more dashes': part('----b\n\n', '\n'),
    };
    it.each(Object.entries(wraps))('end with %s, and are given one', (_, wrap) => {
      const stream = Buffer.concat([...open.map(wrap), Buffer.from('--b\r\n')]);
      for (const boundary of ['b', undefined]) expectPictures(read(stream, boundary), pictures);
      const reader = new MultipartReader({ boundary: 'b', maxFrameBytes: 5000 });
      const events = [...stream].flatMap((byte) => reader.push(Buffer.from([byte])));
      expectPictures(events, pictures);
    });
  });

  it('reports a part that is no picture when it is larger than headers are', () => {
    const text = Buffer.concat([fakeJpeg(), Buffer.alloc(20_000, 'no picture '), fakeJpeg()]);
    expect(read(text).map((event) => event.type)).toEqual(['frame', 'corrupt', 'frame']);
  });

  it('drops a picture over the limit and finds the next one', () => {
    const reader = new MultipartReader({ boundary: undefined, maxFrameBytes: 2000 });
    const [small, large] = [fakeJpeg(), fakeJpeg({ dataBytes: 9000 })];
    const events = [small, large, small].flatMap((bytes) => reader.push(bytes));
    expect(events.map((event) => event.type)).toEqual(['frame', 'corrupt', 'corrupt', 'frame']);
    expect(reader.bufferedByteCount).toBe(0);
  });

  it('reads pictures with thumbnails, several scans and without Huffman tables', () => {
    const exif = jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), fakeJpeg()]));
    const odd = [
      fakeJpeg({ extra: exif }),
      fakeJpeg({ scanCount: 4 }),
      fakeJpeg({ extra: jpegSegment(0xe0, Buffer.from('JFIF\0'.padEnd(17))) }),
    ];
    expectPictures(read(Buffer.concat(odd)), odd);
    const events = read(fakeJpeg({ hasHuffmanTables: false }));
    expect(framesOf(events)[0]?.length).toBe(fakeJpeg({ hasHuffmanTables: false }).length + 420);
  });

  it('does not keep a large chunk alive for a small picture', () => {
    const chunk = Buffer.concat([fakeJpeg(), Buffer.alloc(60_000)]);
    expect(framesOf(read(chunk))[0]?.buffer.byteLength).toBeLessThan(2000);
  });
});

describe('MultipartReader, any input', () => {
  const stream = fc
    .array(
      fc.oneof(
        fc
          .constantFrom(...Object.values(variants))
          .map((wrap) => Buffer.concat(pictures.map(wrap))),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.nat({ max: 800 }).map((length) => fakeJpeg().subarray(0, length)),
        fc.constantFrom(Buffer.from('\r\n--ipcamera\r\n'), Buffer.from('\n--ipcamera')),
        fc.constant(fakeJpeg({ dataBytes: 6000 })),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => Buffer.concat(pieces));

  it('gives the same events however it is split, within its memory', () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, at) => {
        const options = { boundary: 'ipcamera', maxFrameBytes: 5000 };
        const whole = new MultipartReader(options).push(bytes);
        const reader = new MultipartReader(options);
        const pieces = splitAt(bytes, at).flatMap((chunk) => {
          const events = reader.push(chunk);
          expect(reader.bufferedByteCount).toBeLessThanOrEqual(5000);
          return events;
        });
        expect(digest(pieces)).toBe(digest(whole));
      }),
    );
  });

  it('reads byte by byte', () => {
    const bytes = Buffer.concat(pictures.map(part('--b\r\nContent-Length: #\r\n\r\n', '\r\n')));
    const reader = new MultipartReader({ boundary: 'b', maxFrameBytes: 5000 });
    const events = [...bytes].flatMap((byte) => reader.push(Buffer.from([byte])));
    expectPictures(events, pictures);
  });
});

describe('boundaryOf', () => {
  it.each([
    ['multipart/x-mixed-replace;boundary=ipcamera', 'ipcamera'],
    ['multipart/x-mixed-replace; boundary="a b"', 'a b'],
    ['multipart/x-mixed-replace; boundary=--myboundary', 'myboundary'],
    ['multipart/x-mixed-replace; charset=x; BOUNDARY = "--b" ; x=y', 'b'],
    ['multipart/mixed;boundary=b;x=y', 'b'],
    ['multipart/x-mixed-replace; boundary=', undefined],
    ['multipart/x-mixed-replace; boundary="--"', undefined],
    ['image/jpeg', undefined],
    [undefined, undefined],
  ])('%s', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
