import { describe, expect, it } from 'vitest';
import { expectedFrameRate } from '../../../../../src/outputs/hls/window/frame-rate.ts';

describe('the frame rate that is expected', () => {
  it.each([
    [15, [66, 66.7, 67]],
    [25, [39.2, 40, 40.1]],
    [30, [33, 33.37, 34]],
    [12, [83, 83.4, 84]],
    [24, [41.7]],
    [1, [1_000, 1_000.4]],
    [0.2, [5_000]],
  ])('is %s fps', (rate, distancesMs) => {
    for (const frameMs of distancesMs) expect(expectedFrameRate(frameMs)).toBe(rate);
  });
});
