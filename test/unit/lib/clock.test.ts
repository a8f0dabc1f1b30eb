import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '../../../src/lib/time/clock.ts';

const hourMs = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

describe('the clocks of the machine', () => {
  it('tell an instant by the wall clock as it is set at the moment', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 24, 12) });
    const clock = new SystemClock();
    const atMs = clock.monotonicMs();
    expect(clock.wallOf(atMs)).toBe(Date.UTC(2026, 10, 24, 12));
    vi.advanceTimersByTime(90_000);
    expect(clock.monotonicMs() - atMs).toBe(90_000);
    for (const stepMs of [-hourMs, 2 * hourMs]) {
      const beforeMs = clock.wallMs();
      vi.setSystemTime(Date.now() + stepMs);
      expect(clock.wallMs() - beforeMs).toBe(stepMs);
      expect(clock.monotonicMs() - atMs).toBe(90_000);
      expect(clock.wallMs() - clock.wallOf(atMs)).toBe(90_000);
    }
  });

  it('tell the same time of an instant however often they are asked', () => {
    const clock = new SystemClock();
    const atMs = clock.monotonicMs();
    const times = new Set<number>();
    for (let count = 0; count < 10_000; count++) times.add(clock.wallOf(atMs));
    expect(times.size).toBe(1);
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(20);
  });
});
