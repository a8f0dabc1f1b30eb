import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseByteRange, sliceChunks } from '../../../../src/http/routes/byte-range.ts';
import { parseMediaTarget } from '../../../../src/http/routes/media-target.ts';
import { queryValue } from '../../../../src/http/routes/query.ts';

describe('parseMediaTarget', () => {
  it('knows the media URLs', () => {
    const query = '_HLS_msn=1&x=/';
    expect(parseMediaTarget(`/cameras/front/index.m3u8?${query}`)).toEqual({
      kind: 'index',
      cameraId: 'front',
      rendition: 'live',
      query,
    });
    expect(parseMediaTarget('/cameras/front/ts/index.m3u8')).toMatchObject({ rendition: 'ts' });
    expect(parseMediaTarget('/cameras/front/classic/index.m3u8')).toMatchObject({
      kind: 'index',
      rendition: 'classic',
    });
    expect(parseMediaTarget('/cameras/front/snapshot.jpg')).toMatchObject({ kind: 'snapshot' });
    expect(parseMediaTarget('/cameras/front/stream.mjpg')).toMatchObject({ kind: 'mjpeg' });
    const inWindow = { cameraId: 'front', life: 'a1' };
    expect(parseMediaTarget(`/cameras/front/hls/a1/live.m3u8?${query}`)).toEqual({
      ...inWindow,
      kind: 'playlist',
      rendition: 'live',
      query,
    });
    expect(parseMediaTarget('/cameras/front/hls/a1/ts.m3u8')).toMatchObject({
      kind: 'playlist',
      rendition: 'ts',
    });
    expect(parseMediaTarget('/cameras/front/hls/a1/4.2.m4s')).toEqual({
      ...inWindow,
      kind: 'media',
      file: '4.2.m4s',
      query: '',
    });
  });

  it.each([
    '/',
    '/cameras',
    '/cameras/front',
    '/cameras/front?x=/index.m3u8',
    '/cameras/a/b/index.m3u8',
  ])('leaves %s to others', (url) => {
    expect(parseMediaTarget(url)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.string(), (path, noise) => {
        parseMediaTarget(`/cameras/${path}${noise}`);
        parseMediaTarget(`/cameras/%${noise}/hls/${path}`);
      }),
    );
  });
});

describe('queryValue', () => {
  it('reads what URLSearchParams reads', () => {
    const name = fc.constantFrom('a', 'ab', '_HLS_msn', 'width');
    const pairs = fc.array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 8 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(pairs, name, (given, wanted) => {
        const parameters = new URLSearchParams(given);
        expect(queryValue(parameters.toString(), wanted)).toBe(parameters.get(wanted) ?? undefined);
      }),
    );
  });

  it('takes a name without a value as empty, and keeps what cannot be decoded', () => {
    expect(queryValue('x&width&y=1', 'width')).toBe('');
    expect(queryValue('width=%ZZ', 'width')).toBe('%ZZ');
    expect(queryValue('widths=1', 'width')).toBeUndefined();
  });
});

describe('byte ranges', () => {
  it('never leave the body', () => {
    const number = fc.oneof(fc.nat({ max: 30 }).map(String), fc.constant(''));
    fc.assert(
      fc.property(number, number, fc.integer({ min: 1, max: 20 }), (first, last, length) => {
        const range = parseByteRange(`bytes=${first}-${last}`, length);
        if (range.kind !== 'part') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThan(length);
      }),
    );
  });

  it('cut chunks as they would cut the whole', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(chunks, fc.nat({ max: 25 }), fc.nat({ max: 25 }), (arrays, start, extra) => {
        const buffers = arrays.map((bytes) => Buffer.from(bytes));
        const cut = Buffer.concat(sliceChunks(buffers, start, start + extra));
        expect(cut).toEqual(Buffer.concat(buffers).subarray(start, start + extra + 1));
      }),
    );
  });
});
