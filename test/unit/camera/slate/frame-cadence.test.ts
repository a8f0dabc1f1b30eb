import { describe, expect, it } from 'vitest';
import { FrameCadence } from '../../../../src/camera/slate/frame-cadence.ts';
import { jpegAt } from '../../media/frames.ts';

function cadenceOf(timesMs: readonly number[]): FrameCadence {
  const cadence = new FrameCadence();
  for (const timeMs of timesMs) cadence.frame(jpegAt(timeMs));
  return cadence;
}

describe('patience with a camera', () => {
  it.each([
    ['nothing known', [], 1_000],
    ['15 fps', [0, 67, 133, 200, 267], 1_000],
    ['1 fps', [0, 1_000, 2_000, 3_000], 3_000],
    ['a hiccup among fast frames', [0, 67, 133, 933, 1_000, 1_067], 1_200],
    ['stamps that stand still', [500, 500, 500], 1_000],
  ] as const)('%s', (_name, timesMs, patienceMs) => {
    expect(cadenceOf(timesMs).patienceMs).toBeCloseTo(patienceMs);
  });

  it('forgets a hiccup', () => {
    const smooth = Array.from({ length: 9 }, (_, index) => 10_000 + index * 67);
    expect(cadenceOf([0, 67, ...smooth]).patienceMs).toBe(1_000);
  });

  it('takes no outage for an interval', () => {
    const cadence = cadenceOf([0, 67, 133]);
    cadence.interrupt();
    cadence.frame(jpegAt(60_000));
    expect(cadence.patienceMs).toBe(1_000);
  });
});
