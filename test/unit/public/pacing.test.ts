import { describe, expect, it } from 'vitest';
import { pageModule, type PacingModule } from './page-modules.ts';

const { playbackRate } = (await pageModule('player/pacing.js')) as PacingModule;

const facts = { latencySeconds: 0.6, targetLatencySeconds: 0.6, bufferedSeconds: 0.5, rate: 1 };

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

  it('slows down a little when it is too near to the edge', () => {
    const tooNear = { ...facts, latencySeconds: 0.3, bufferedSeconds: 0.05 };
    expect(playbackRate(tooNear)).toBe(0.95);
  });
});
