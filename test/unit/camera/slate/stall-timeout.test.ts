import { describe, expect, it } from 'vitest';
import { StallTimeout } from '../../../../src/camera/slate/stall-timeout.ts';
import { jpegAt } from '../../media/frames.ts';

function timeoutAfter(timesMs: readonly number[]): StallTimeout {
  const timeout = new StallTimeout();
  for (const timeMs of timesMs) timeout.frame(jpegAt(timeMs));
  return timeout;
}

describe('the stall timeout of a camera', () => {
  it.each([
    ['nothing known', [], 1_000],
    ['15 fps', [0, 67, 133, 200, 267], 1_000],
    ['1 fps', [0, 1_000, 2_000, 3_000], 3_000],
    ['a hiccup among fast frames', [0, 67, 133, 933, 1_000, 1_067], 1_200],
    ['stamps that stand still', [500, 500, 500], 1_000],
  ] as const)('%s', (_name, timesMs, timeoutMs) => {
    expect(timeoutAfter(timesMs).ms).toBeCloseTo(timeoutMs);
  });

  it('forgets a hiccup', () => {
    const smooth = Array.from({ length: 9 }, (_, index) => 10_000 + index * 67);
    expect(timeoutAfter([0, 67, ...smooth]).ms).toBe(1_000);
  });

  it('takes no outage for an interval', () => {
    const timeout = timeoutAfter([0, 67, 133]);
    timeout.interrupt();
    timeout.frame(jpegAt(60_000));
    expect(timeout.ms).toBe(1_000);
  });
});
