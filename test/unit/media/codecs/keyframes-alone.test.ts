import { describe, expect, it } from 'vitest';
import { parseSps } from '../../../../src/media/h264/h264-sps.ts';
import { parseHevcSps } from '../../../../src/media/hevc/hevc-sps.ts';
import { keyframesAlone } from '../../../../src/media/nal/keyframes-alone.ts';
import { reorderDepthOf } from '../../../../src/media/nal/parameter-sets.ts';
import { pps, spsOf } from '../../camera/timing/sps.ts';
import { h264Track, jpegTrack } from '../frames.ts';
import { accessUnitsOf, encodeStream } from '../video-programs.ts';

describe('a track of keyframes alone', () => {
  it.each([
    ['h264', ['-bf', '3']],
    ['h264', ['-bf', '3', '-x264-params', 'nal-hrd=vbr:vbv-bufsize=200:vbv-maxrate=200']],
    ['hevc', ['-x265-params', 'log-level=error:bframes=4']],
  ] as const)('is the same but for the order that its SPS announces: %s %j', (codec, options) => {
    const stream = encodeStream({ codec, options, frameCount: 12 });
    const parameterSets = accessUnitsOf(stream, codec)[0]?.parameterSets ?? [];
    const track = { ...h264Track, codec, parameterSets };
    expect(reorderDepthOf(track)).toBe(2);
    const alone = keyframesAlone(track);
    expect(reorderDepthOf(alone)).toBe(0);
    const at = codec === 'h264' ? 0 : 1;
    const [before, after] = [parameterSets[at], alone.parameterSets[at]];
    if (before === undefined || after === undefined) throw new Error('there is no SPS');
    const parse = codec === 'h264' ? parseSps : parseHevcSps;
    expect(parse(after)).toEqual({ ...parse(before), reorderFrameCount: 0 });
    const others = (sets: readonly Buffer[]) => sets.filter((_set, index) => index !== at);
    expect(others(alone.parameterSets)).toEqual(others(parameterSets));
  });

  it.each([
    ['announces none', spsOf({ reorderDepth: undefined })],
    ['is broken', Buffer.from([0x67, 77])],
  ])('stays as it is where its SPS %s', (_, sps) => {
    const track = { ...h264Track, parameterSets: [sps, pps] };
    expect(keyframesAlone(track)).toEqual(track);
  });

  it.each([0, 1, 2, 3, 15])('has 0 in place of a depth of %i', (reorderDepth) => {
    const track = { ...h264Track, parameterSets: [spsOf({ reorderDepth }), pps] };
    expect(keyframesAlone(track).parameterSets).toEqual([spsOf({ reorderDepth: 0 }), pps]);
  });

  it('stays as it is without NAL units', () => {
    expect(keyframesAlone(jpegTrack)).toBe(jpegTrack);
  });
});
