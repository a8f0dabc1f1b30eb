import { describe, expect, it } from 'vitest';
import { parseSps } from '../../../../src/media/h264/h264-sps.ts';
import type { VideoTrack } from '../../../../src/media/frame.ts';
import { idrSlice, pps, slice, spsOf } from './sps.ts';
import {
  jittered,
  mpeg4Track,
  newNormaliser,
  play,
  steps,
  tracksOf,
  videoFrame,
  type Input,
} from './support.ts';

/** Order of coming of groups, as places in the order of showing; a group repeats every `length` frames. */
const patterns: Readonly<Record<number, readonly number[]>> = {
  0: [1],
  1: [2, 1],
  // A pyramid of three.
  2: [4, 2, 1, 3],
  3: [8, 4, 2, 1, 3, 6, 5, 7],
  // No encoder's order, but the deepest that is learned.
  4: [5, 4, 3, 2, 1],
};

/** Frames from keyframe to keyframe. */
function lengthOf(depth: number): number {
  const { length } = patterns[depth] ?? [1];
  return 1 + Math.floor(24 / length) * length;
}

/** Groups of pictures of about a second. */
function reordered(depth: number, gops: number, data?: (isKeyframe: boolean) => Buffer[]): Input[] {
  const pattern = patterns[depth] ?? [1];
  const inputs: Input[] = [];
  const groups = Math.floor(24 / pattern.length);
  const length = lengthOf(depth);
  for (let gop = 0; gop < gops; gop += 1) {
    const first = gop * length;
    const places = [0];
    for (let group = 0; group < groups; group += 1) {
      places.push(...pattern.map((place) => place + group * pattern.length));
    }
    places.forEach((place, index) => {
      const isKeyframe = index === 0;
      const stamp = (first + place) * 40;
      inputs.push({
        frame: videoFrame(stamp, isKeyframe, data?.(isKeyframe)),
        at: (first + index) * 40,
      });
    });
  }
  return inputs;
}

const h264 = (sps: Buffer): VideoTrack => ({
  ...mpeg4Track,
  codec: 'h264',
  width: 0,
  height: 0,
  parameterSets: [sps, pps],
});
const h264Data = (isKeyframe: boolean): Buffer[] => [isKeyframe ? idrSlice : slice];

function expectOrder(
  inputs: readonly Input[],
  outputs: ReturnType<typeof play>['video'],
  depth: number,
): void {
  const first = inputs[0]?.frame.stamp ?? 0;
  const offset = outputs[0]?.ptsMs ?? NaN;
  expect(offset).toBe(depth * 40);
  expect(outputs.map(({ ptsMs }) => ptsMs - offset)).toEqual(
    inputs.map(({ frame }) => (frame.stamp ?? NaN) - first),
  );
  for (const { frame } of outputs) expect(frame.pts).toBeGreaterThanOrEqual(frame.dts);
  const decoded = outputs.map(({ dtsMs }) => dtsMs);
  expect(decoded).toEqual(decoded.map((_, index) => index * 40));
}

describe('frames out of order', () => {
  it.each([0, 1, 2, 3, 4])('have decode times that rise, with a declared depth of %d', (depth) => {
    const inputs = reordered(depth, 20, h264Data);
    const { runs, video } = play(
      jittered(inputs, 20),
      tracksOf(h264(spsOf({ reorderDepth: depth }))),
    );
    expect(runs).toHaveLength(1);
    expect(runs[0]?.video).toMatchObject({ width: 320, height: 160 });
    expectOrder(inputs, video, depth);
  });

  it.each([1, 2, 3, 4])(
    'of an unknown depth of %d: a second run knows it, as does the next session',
    (depth) => {
      const inputs = reordered(depth, 20);
      const normaliser = newNormaliser();
      const { runs, video } = play(inputs, tracksOf(mpeg4Track), normaliser);
      expect(runs).toHaveLength(2);
      expect(video).toHaveLength(inputs.length);
      const second = video.filter(({ run }) => run === 1);
      expect(second).toHaveLength(inputs.length - lengthOf(depth));
      expectOrder(inputs.slice(lengthOf(depth)), second, depth);
      const again = play(inputs, tracksOf(mpeg4Track), normaliser);
      expect(again.runs).toHaveLength(1);
      expectOrder(inputs, again.video, depth);
    },
  );

  it('that the bitstream excludes are taken as they come', () => {
    for (const sps of [spsOf({ profile: 66 }), spsOf({ orderType: 2 })]) {
      const { runs, video } = play(reordered(2, 5, h264Data), tracksOf(h264(sps)));
      expect(runs).toHaveLength(1);
      expect(steps(video).every((ms) => ms > 0)).toBe(true);
    }
  });

  it('keep their place over the end of 32 bits', () => {
    const inputs = reordered(2, 20, h264Data).map(({ frame, at }) => ({
      frame: { ...frame, stamp: ((frame.stamp ?? 0) + 2 ** 32 - 10_020) % 2 ** 32 },
      at,
    }));
    const { runs, video } = play(inputs, tracksOf(h264(spsOf({ reorderDepth: 2 }))));
    expect(runs).toHaveLength(1);
    expectOrder(reordered(2, 20), video, 2);
  });
});

describe('parseSps', () => {
  it.each([
    [{ profile: 66 }, 0],
    [{ profile: 77 }, undefined],
    [{ orderType: 2 } as const, 0],
    [{ profile: 77, reorderDepth: 2 }, 2],
    [{ profile: 77, reorderDepth: 3, hasHrd: true }, 3],
    [{ profile: 77, reorderDepth: 0 }, 0],
    [{ profile: 77, hasHrd: true }, undefined],
  ])('reads the depth of reordering of %j', (shape, depth) => {
    expect(parseSps(spsOf(shape)).reorderFrameCount).toBe(depth);
  });
});
