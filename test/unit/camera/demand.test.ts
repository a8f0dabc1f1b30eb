import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Demand } from '../../../src/camera/demand.ts';

describe('demand', () => {
  const changes: boolean[] = [];
  let isHeld = false;
  let demand: Demand;

  beforeEach(() => {
    vi.useFakeTimers();
    changes.length = 0;
    isHeld = false;
    demand = new Demand(
      { lingerMs: 1000, now: () => performance.now() },
      (isActive) => changes.push(isActive),
      () => isHeld,
    );
  });
  afterEach(() => {
    demand.dispose();
    vi.useRealTimers();
  });

  it('begins with the first lease and ends a linger after the last', () => {
    const first = demand.lease();
    const second = demand.lease();
    first();
    vi.advanceTimersByTime(5000);
    expect(changes).toEqual([true]);
    second();
    vi.advanceTimersByTime(999);
    expect(demand.isActive).toBe(true);
    vi.advanceTimersByTime(2);
    expect(changes).toEqual([true, false]);
  });

  it('takes a second release of the same lease for nothing', () => {
    const first = demand.lease();
    demand.lease();
    first();
    first();
    vi.advanceTimersByTime(5000);
    expect(demand.isActive).toBe(true);
  });

  it('is prolonged by touches', () => {
    demand.touch();
    vi.advanceTimersByTime(800);
    demand.touch();
    vi.advanceTimersByTime(800);
    expect(demand.isActive).toBe(true);
    vi.advanceTimersByTime(300);
    expect(changes).toEqual([true, false]);
  });

  it('ends at once after a lease whose owner has lingered already', () => {
    demand.lease({ lingers: false })();
    expect(changes).toEqual([true, false]);
  });

  it('goes on while a request is held', () => {
    isHeld = true;
    demand.touch();
    vi.advanceTimersByTime(10_000);
    expect(demand.isActive).toBe(true);
    isHeld = false;
    vi.advanceTimersByTime(1001);
    expect(demand.isActive).toBe(false);
  });

  it('does nothing after dispose', () => {
    demand.dispose();
    demand.touch();
    expect(changes).toEqual([]);
  });
});
