import { describe, expect, it } from 'vitest';
import { pageModule, type PacingModule } from './page-modules.ts';

const { afterCalm, afterStall, playbackRate } = (await pageModule(
  'player/pacing.js',
)) as PacingModule;

const facts = {
  latencySeconds: 0.6,
  targetLatencySeconds: 0.6,
  bufferedSeconds: 0.5,
  rate: 1,
  fillingForMs: null,
};

describe('playback rate', () => {
  it('is normal at the target and where nothing is known', () => {
    expect(playbackRate(facts)).toBe(1);
    expect(playbackRate({ ...facts, latencySeconds: null })).toBe(1);
    expect(playbackRate({ ...facts, targetLatencySeconds: null })).toBe(1);
  });

  it('rises with the delay and never above 1.2', () => {
    const rates = [0.8, 1, 1.5, 20].map((latencySeconds) =>
      playbackRate({ ...facts, latencySeconds }),
    );
    expect(rates).toEqual([...rates].sort((one, other) => one - other));
    expect(rates[0]).toBeGreaterThan(1);
    expect(rates.at(-1)).toBe(1.2);
  });

  it('keeps catching up until the target, but does not begin for a trifle', () => {
    const nearly = { ...facts, latencySeconds: 0.7 };
    expect(playbackRate(nearly)).toBe(1);
    expect(playbackRate({ ...nearly, rate: 1.08 })).toBeGreaterThan(1);
    expect(playbackRate({ ...facts, latencySeconds: 0.62, rate: 1.08 })).toBe(1);
  });

  it('never empties the buffer to be faster', () => {
    expect(playbackRate({ ...facts, latencySeconds: 3, bufferedSeconds: 0.2 })).toBe(1);
  });

  it('takes short parts at their word: trifles and reserves are smaller', () => {
    const short = {
      ...facts,
      targetLatencySeconds: 0.3,
      latencySeconds: 0.4,
      bufferedSeconds: 0.2,
    };
    expect(playbackRate(short)).toBeGreaterThan(1);
    expect(playbackRate({ ...short, latencySeconds: 0.37 })).toBe(1);
    expect(playbackRate({ ...short, bufferedSeconds: 0.15 })).toBe(1);
  });

  it('slows down a little when it is too near to the edge', () => {
    const tooNear = { ...facts, latencySeconds: 0.5, bufferedSeconds: 0.05 };
    expect(playbackRate(tooNear)).toBe(0.95);
  });

  it('makes the first part of a cold camera last until the next one', () => {
    const cold = { ...facts, latencySeconds: 0.2, bufferedSeconds: 0.2 };
    const rate = playbackRate(cold);
    expect(cold.bufferedSeconds / rate).toBeGreaterThan(0.2 * 1.3);
  });
});

describe('the first picture', () => {
  const filling = { ...facts, latencySeconds: null, bufferedSeconds: 0.2 };

  it('stands still until there is enough to play on', () => {
    for (const fillingForMs of [0, 300, 1999]) {
      expect(playbackRate({ ...filling, fillingForMs })).toBe(0);
      expect(playbackRate({ ...facts, latencySeconds: 3, fillingForMs })).toBe(0);
    }
    expect(playbackRate({ ...filling, fillingForMs: null, rate: 0 })).toBe(1);
  });

  it('never stands for longer than 2 s', () => {
    expect(playbackRate({ ...filling, fillingForMs: 2000, rate: 0 })).toBe(1);
  });
});

describe('the cushion', () => {
  const none = { seconds: 0, changedAtMs: 0 };

  it('grows with each stall up to a second', () => {
    let cushion = none;
    for (let count = 0; count < 20; count++) cushion = afterStall(cushion, count);
    expect(cushion.seconds).toBe(1);
  });

  it('is given back step by step after calm minutes', () => {
    const cushion = afterStall(afterStall(none, 0), 0);
    expect(afterCalm(cushion, 59_999)).toBe(cushion);
    const smaller = afterCalm(cushion, 60_000);
    expect(smaller.seconds).toBeCloseTo(0.1);
    expect(afterCalm(smaller, 61_000)).toBe(smaller);
    expect(afterCalm(smaller, 120_000).seconds).toBeCloseTo(0);
  });
});
