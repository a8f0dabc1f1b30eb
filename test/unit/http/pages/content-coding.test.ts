import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CodingChoice,
  CodedText,
  chooseCoding,
  encodeText,
} from '../../../../src/http/pages/content-coding.ts';

describe('chooseCoding', () => {
  it.each([
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;Q=1.0', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.9, gzip', 'gzip'],
    ['br;q=0.9, gzip;q=0.900', 'br'],
    ['gzip;q=0', 'identity'],
    ['gzip; q=0.5 , identity', 'identity'],
    ['gzip;q=0.5, identity;q=0.4', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *;q=0.1', 'gzip'],
    ['identity;q=0, *;q=0', 'identity'],
    ['br;q=0, gzip;q=0, *', 'identity'],
    ['br;q=0, x-gzip;q=0, *', 'identity'],
    ['deflate, zstd', 'identity'],
    // No weights that a client may send.
    ['gzip;q=2', 'gzip'],
    ['gzip;q=', 'gzip'],
    ['gzip;q=x', 'identity'],
    ['gzip;level=9', 'gzip'],
    [',,;,q=1', 'identity'],
  ])('%j is %s', (header, coding) => {
    expect(chooseCoding(header)).toBe(coding);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(['br', 'gzip', 'identity']).toContain(chooseCoding(header));
      }),
    );
  });
});

describe('CodingChoice', () => {
  it('remembers, and forgets again', () => {
    const choice = new CodingChoice();
    expect(choice.choose(undefined)).toBe('identity');
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 200; index++) {
        expect(choice.choose(`gzip, x${index}`)).toBe('gzip');
      }
    }
  });
});

describe('encodeText', () => {
  it('can be read back, made at once or in a worker', async () => {
    const text = Buffer.from('#EXTM3U\n'.repeat(500));
    for (const coding of ['gzip', 'br'] as const) {
      expect(await new CodedText(text).as(coding)).toEqual(encodeText(text, coding));
    }
    expect(gunzipSync(encodeText(text, 'gzip'))).toEqual(text);
    expect(brotliDecompressSync(encodeText(text, 'br'))).toEqual(text);
  });
});
