import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureReasons, type FailureReason } from '../../../src/lib/reasons.ts';
import { RateLimit } from '../../../src/lib/time/rate-limit.ts';
import { retryDelayMs } from '../../../src/lib/time/retry.ts';
import { paceOf } from '../../../src/camera/supervisor/retry-paces.ts';

describe('retryDelayMs', () => {
  const pace = { firstMs: 500, factor: 2, capMs: 60_000, jitter: 0.4 };

  it('doubles up to the cap', () => {
    expect([1, 2, 3, 4, 8, 9, 1000].map((attempt) => retryDelayMs(pace, attempt, 0))).toEqual([
      500, 1000, 2000, 4000, 60_000, 60_000, 60_000,
    ]);
  });

  it('only ever adds jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delay = retryDelayMs(pace, attempt, random);
          expect(delay).toBeGreaterThanOrEqual(retryDelayMs(pace, attempt, 0));
          expect(delay).toBeLessThanOrEqual(84_000);
        },
      ),
    );
  });

  it('never dials a camera that fails at once more than ten times in a minute', () => {
    for (const reason of Object.keys(failureReasons) as FailureReason[]) {
      let atMs = 0;
      let dials = 1;
      for (let attempt = 1; ; attempt++) {
        atMs += retryDelayMs(paceOf(reason), attempt, 0);
        if (atMs >= 60_000) break;
        dials++;
      }
      expect(dials, reason).toBeLessThanOrEqual(10);
    }
  });
});

describe('RateLimit', () => {
  it('holds in every window', () => {
    const limit = new RateLimit(3, 1000);
    for (const atMs of [0, 100, 200]) {
      expect(limit.waitMs(atMs)).toBe(0);
      limit.record(atMs);
    }
    expect(limit.waitMs(300)).toBe(700);
    expect(limit.waitMs(1000)).toBe(0);
    limit.record(1000);
    expect(limit.waitMs(1000)).toBe(100);
  });
});
