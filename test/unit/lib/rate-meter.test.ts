import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../src/lib/time/rate-meter.ts';

describe('RateMeter', () => {
  it('knows nothing before a whole second', () => {
    const meter = new RateMeter(5);
    expect(meter.perSecond(0)).toBeUndefined();
    meter.add(1, 1_000_200);
    expect(meter.perSecond(1_000_900)).toBeUndefined();
  });

  it('measures a steady stream, and its end', () => {
    const meter = new RateMeter(5);
    let nowMs = 1_000_000;
    for (let index = 0; index < 150; index++, nowMs += 1000 / 15) meter.add(1, nowMs);
    expect(meter.perSecond(nowMs)).toBeCloseTo(15, 0);
    expect(meter.perSecond(nowMs + 20_000)).toBe(0);
  });

  it('starts anew after reset', () => {
    const meter = new RateMeter(2);
    meter.add(100, 5_000);
    meter.reset();
    meter.add(1, 9_000);
    expect(meter.perSecond(10_000)).toBe(1);
  });
});
