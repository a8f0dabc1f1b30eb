import { expect, it } from 'vitest';
import { longestAudioLagMs } from '../../../../../src/outputs/hls/segmenter/targets.ts';

it.each([
  ['50 ms: what an encoder and the longest blocks take', 50, 400],
  ['200 ms: a part less than PART-HOLD-BACK', 200, 400],
  ['500 ms: the same', 500, 1_000],
])('audio may lag behind parts of %s', (_, partTargetMs, lagMs) => {
  expect(longestAudioLagMs({ partTargetMs, targetDurationSeconds: 2 })).toBe(lagMs);
});
