import { describe, expect, it } from 'vitest';
import { ArrivalClock } from '../../../src/camera/arrival-clock.ts';

function stamps(arrivals: readonly number[]): (number | undefined)[] {
  const clock = new ArrivalClock();
  return arrivals.map((arrivedAtMs) => clock.stamp(arrivedAtMs));
}

describe('stamps of arrival', () => {
  it('begin at 0 and keep distances, fast or slow', () => {
    expect(stamps([5000, 5033, 5067, 6067, 11_067])).toEqual([0, 33, 67, 1067, 6067]);
  });

  it('leave out what waited on its way and came all at once', () => {
    expect(stamps([0, 100, 100, 101, 111, 112, 200])).toEqual([
      ...[0, 100, undefined, undefined, undefined],
      ...[112, 200],
    ]);
  });
});
