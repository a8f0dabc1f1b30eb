import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyDecoder } from '../../../../../src/sources/cgi/http/http-body.ts';
import { HttpFormatError, HttpHeaders } from '../../../../../src/sources/cgi/http/http-head.ts';

const decoder = (fields: readonly [string, string][], status = 200) =>
  bodyDecoder({ status, headers: new HttpHeaders(fields), bodyStart: 0 });
const chunked = () => decoder([['transfer-encoding', 'chunked']]);

describe('bodyDecoder', () => {
  it('reads chunks, extensions and trailers, however they are cut', () => {
    const content = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
    fc.assert(
      fc.property(content, cuts, fc.constantFrom('', ';x="y"', ' '), (pieces, sizes, extension) => {
        const wire = Buffer.concat([
          ...pieces.flatMap((piece) => [
            Buffer.from(`${piece.length.toString(16)}${extension}\r\n`),
            piece,
            Buffer.from('\r\n'),
          ]),
          Buffer.from('0\r\nTrailer: 1\r\n\r\nnot part of it'),
        ]);
        const body = chunked();
        const out: Buffer[] = [];
        for (let at = 0, turn = 0; at < wire.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          out.push(body.push(wire.subarray(at, at + size)));
          at += size;
        }
        expect(Buffer.concat(out)).toEqual(Buffer.concat(pieces));
        expect(body.isDone).toBe(true);
      }),
    );
  });

  it('refuses a chunk without a size and an endless size line', () => {
    expect(() => chunked().push(Buffer.from('xyz\r\n'))).toThrow(HttpFormatError);
    expect(() => chunked().push(Buffer.alloc(2000, '1'))).toThrow(HttpFormatError);
  });

  it('is done with the last chunk, whatever trailer comes behind it', () => {
    const body = chunked();
    expect(body.push(Buffer.from('1\r\nx\r\n0\r\nTrailer:')).toString()).toBe('x');
    expect(body.isDone).toBe(true);
  });

  it('refuses a line end behind a chunk that does not come', () => {
    const body = chunked();
    body.push(Buffer.from('1\r\nx'));
    const push = (): void => {
      for (let count = 0; count < 20; count++) body.push(Buffer.alloc(100, ' '));
    };
    expect(push).toThrow(HttpFormatError);
  });

  it('stops at Content-Length', () => {
    const body = decoder([['content-length', '5']]);
    expect(body.push(Buffer.from('123')).toString()).toBe('123');
    expect(body.isDone).toBe(false);
    expect(body.push(Buffer.from('45678')).toString()).toBe('45');
    expect(body.isDone).toBe(true);
  });

  it('does not believe the length of an endless body, nor nonsense', () => {
    for (const fields of [
      [
        ['content-type', 'Multipart/x-mixed-replace'],
        ['content-length', '0'],
      ],
      [['content-length', '-1']],
      [
        ['content-type', 'image/jpeg'],
        ['content-length', '0'],
      ],
      [['content-length', '5 bytes']],
    ] as [string, string][][]) {
      const body = decoder(fields);
      expect(body.push(Buffer.from('1234567')).toString()).toBe('1234567');
      expect(body.isDone).toBe(false);
    }
  });

  it.each([
    ['multipart', Buffer.from('--x\r\nContent-Type: image/jpeg\r\n\r\n and so on')],
    ['ASF', Buffer.from('3026b2758e66cf11a6d900aa0062ce6c00000000', 'hex')],
    ['pictures without end', Buffer.from('ffd8ffe000104a464946000101', 'hex')],
  ])('does not believe the length of %s, however it is cut', (_, wire) => {
    for (let size = 1; size <= wire.length; size++) {
      const body = decoder([['content-length', String(wire.length - 1)]]);
      const out = [];
      for (let at = 0; at < wire.length && !body.isDone; at += size) {
        out.push(body.push(wire.subarray(at, at + size)));
      }
      // A picture whose bytes end exactly where they should is taken for a single one.
      const isExact = wire[0] === 0xff && (wire.length - 1) % size === 0;
      expect(Buffer.concat(out)).toEqual(isExact ? wire.subarray(0, -1) : wire);
      expect(body.isDone).toBe(isExact);
    }
  });

  it('ends with the length of a single picture', () => {
    const picture = Buffer.from('ffd8ffe000104a464946000101', 'hex');
    const body = decoder([['content-length', String(picture.length)]]);
    expect(body.push(picture)).toEqual(picture);
    expect(body.isDone).toBe(true);
  });

  it('expects nothing behind an empty text', () => {
    const headers: [string, string][] = [
      ['content-type', 'text/html'],
      ['content-length', '0'],
    ];
    expect(decoder(headers).isDone).toBe(true);
  });

  it('expects nothing behind 204', () => {
    expect(decoder([], 204).isDone).toBe(true);
  });
});
