import { describe, expect, it } from 'vitest';
import { startsWithKeyframe } from '../../../src/media/keyframe.ts';
import type { AsfVideoCodec } from '../../../src/media/types.ts';

const cases: [string, AsfVideoCodec, string, boolean][] = [
  ['an IDR slice in Annex B', 'h264', '0000000165888400', true],
  ['an IDR slice behind a length', 'h264', '0000100065888400', true],
  ['an SPS behind a delimiter', 'h264', '000000010910000000016742001e', true],
  ['a slice that refers to others', 'h264', '0000000141888400', false],
  ['SEI and a slice that refers to others', 'h264', '0000000106050180000000014188', false],
  ['nothing', 'h264', '', false],
  ['a VPS', 'hevc', '0000000140010c01', true],
  ['a CRA slice', 'hevc', '000000012a01af', true],
  ['a trailing slice', 'hevc', '000000010201d0', false],
  ['an intra VOP', 'mpeg4', '000001b61060', true],
  ['a predicted VOP', 'mpeg4', '000001b65060', false],
  ['anything', 'mjpeg', 'ffd8', true],
  ['anything', 'unknown', '0000000165888400', false],
];

describe('startsWithKeyframe', () => {
  it.each(cases)('%s, %s', (_name, codec, hex, expected) => {
    expect(startsWithKeyframe(codec, Buffer.from(hex, 'hex'))).toBe(expected);
  });
});
