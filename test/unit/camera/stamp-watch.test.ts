import { describe, expect, it } from 'vitest';
import { StampWatch, type StampVerdict } from '../../../src/camera/stamp-watch.ts';

/** The verdicts that are not `steady`, each with the index of its frame; frames arrive evenly at 15 a second. */
function verdicts(stamps: readonly number[], arrivals?: readonly number[]): [number, string][] {
  const watch = new StampWatch();
  const all = stamps.map((timeMs, index): [number, StampVerdict] => [
    index,
    watch.judge(timeMs, arrivals?.[index] ?? 1_000_000 + (index * 1000) / 15),
  ]);
  return all.filter(([, verdict]) => verdict !== 'steady');
}

const steady = Array.from({ length: 60 }, (_, index) => Math.round((index * 1000) / 15));

describe('StampWatch', () => {
  it('finds nothing in steady stamps, whatever their start and rate', () => {
    expect(verdicts(steady)).toEqual([]);
    expect(verdicts(steady.map((ms) => 4_000_000_000 + ms))).toEqual([]);
    expect(verdicts(steady.map((ms) => ms * 1.05))).toEqual([]);
    expect(verdicts(steady.map((ms) => ms * 0.95))).toEqual([]);
  });

  it('takes neither a burst, an outage nor frames out of order for a jump', () => {
    expect(verdicts(steady, Array(60).fill(5_000))).toEqual([]);
    const withHole = steady.map((ms, index) => (index < 30 ? ms : ms + 20_000));
    expect(verdicts(withHole, withHole)).toEqual([]);
    expect(verdicts([0, 133, 67, 267, 200, 400, 333])).toEqual([]);
  });

  it('finds jumps back, ahead and over the end of 32 bits', () => {
    for (const ms of [-10_000, 3_600_000, -(2 ** 32)]) {
      const jumped = steady.map((time, index) => (index < 30 ? time : time + ms));
      expect(verdicts(jumped)).toEqual([[30, 'jump']]);
    }
  });

  it('gives stamps up that stand still', () => {
    const frozen = steady.map((ms, index) => (index < 30 ? ms : 1_933));
    expect(verdicts(frozen)).toEqual([[41, 'unusable']]);
  });

  it('gives stamps up that only count seconds', () => {
    expect(verdicts(steady.map((ms) => Math.floor(ms / 1000) * 1000))).toEqual([[12, 'unusable']]);
  });

  it('does not take a burst of equal stamps for a clock that stands', () => {
    expect(verdicts([0, 0, 0, 0, 0, 67], [0, 1, 1, 2, 2, 60])).toEqual([]);
  });

  it('gives stamps up that begin anew with every keyframe', () => {
    const restarting = Array.from({ length: 120 }, (_, index) => (index % 30) * 67);
    expect(verdicts(restarting)).toEqual([
      [30, 'jump'],
      [60, 'jump'],
      [90, 'jump'],
    ]);
    const longer = Array.from({ length: 200 }, (_, index) => (index % 30) * 67);
    expect(verdicts(longer).at(-1)).toEqual([120, 'unusable']);
  });
});
