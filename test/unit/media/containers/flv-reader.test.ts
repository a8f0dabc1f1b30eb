import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { FlvReader, type FlvEvent } from '../../../../src/media/flv/flv-reader.ts';
import { cuts, digest, ffmpeg, ffmpegBuilds, splitAt } from '../support.ts';
import { accessUnitsOf } from '../video-programs.ts';

/** The same second of video, 25 frames with B-frames between and a keyframe each tenth. */
function encode(build: string, format: 'h264' | 'flv'): Buffer {
  return ffmpeg(build, [
    ...['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=1', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-g', '10', '-bf', '2', '-threads', '1'],
    ...(format === 'flv' ? ['-flvflags', 'no_duration_filesize'] : []),
    ...['-f', format, 'pipe:1'],
  ]);
}

function eventsOf(chunks: readonly Buffer[]): FlvEvent[] {
  const reader = new FlvReader();
  return chunks.flatMap((chunk) => reader.push(chunk, 7));
}

describe.each(ffmpegBuilds)('Flash Video of %s', (build) => {
  const units = accessUnitsOf(encode(build, 'h264'), 'h264');
  const flv = encode(build, 'flv');
  const [first, ...frames] = eventsOf([flv]);

  it('gives the track with its parameter sets and its size first', () => {
    expect(first).toMatchObject({
      ...{ type: 'track', track: { codec: 'h264', timescale: 90_000, width: 320, height: 240 } },
    });
    expect(first?.type === 'track' && digest(first.track.parameterSets)).toBe(
      digest(units[0]?.parameterSets),
    );
  });

  it('gives the units of each frame with its times', () => {
    expect(frames).toHaveLength(units.length);
    for (const [index, event] of frames.entries()) {
      if (event.type !== 'frame') throw new Error('there is more than one track');
      const { frame } = event;
      const slices = units[index]?.units.filter((unit) => [1, 5].includes((unit[0] ?? 0) & 31));
      const sliceBytes = slices?.map(({ length }) => length) ?? [];
      expect(frame.data.map(({ length }) => length)).toEqual(expect.arrayContaining(sliceBytes));
      expect(frame.isKeyframe).toBe(index % 10 === 0);
      expect(frame.arrivedAtMs).toBe(7);
    }
    const times = frames.flatMap((event) => (event.type === 'frame' ? [event.frame] : []));
    const step = (one: number, other: number): number => one - other;
    const [{ dts: base } = { dts: 0 }] = times;
    expect(times.map(({ dts }) => (dts - base) / 3_600)).toEqual(times.map((_, index) => index));
    const [begin = 0, ...shown] = times.map(({ pts }) => pts).toSorted(step);
    expect(shown.map((pts) => (pts - begin) / 3_600)).toEqual(shown.map((_, index) => index + 1));
  });

  it('gives a frame with its last byte, and the same in whatever pieces it comes', () => {
    expect(digest(eventsOf([flv.subarray(0, -4)]))).toBe(digest([first, ...frames]));
    const last = eventsOf([flv.subarray(0, -5)]);
    expect(last.length).toBeGreaterThanOrEqual(frames.length);
    fc.assert(
      fc.property(cuts, (at) => {
        expect(digest(eventsOf(splitAt(flv, at)))).toBe(digest([first, ...frames]));
      }),
      { numRuns: 20 },
    );
  });
});

describe('bytes that are no Flash Video', () => {
  it('are told as such, and as nothing worse', () => {
    expect(() => eventsOf([Buffer.from('ftyp')])).toThrow(MediaFormatError);
    const head = Buffer.from('464c56010100000009' + '00000000', 'hex');
    const endless = Buffer.concat([head, Buffer.from('09ffffff00000000000000', 'hex')]);
    expect(() => eventsOf([endless])).toThrow(MediaFormatError);
    const other = Buffer.concat([
      head,
      Buffer.from('0900000500000000000000' + '1201000000', 'hex'),
    ]);
    expect(() => eventsOf([other])).toThrow(MediaFormatError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          eventsOf([head, Buffer.from(noise)]);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
    );
  });
});
