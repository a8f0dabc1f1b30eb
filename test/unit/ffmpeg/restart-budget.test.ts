import { describe, expect, it } from 'vitest';
import { planRestart, type RestartHistory } from '../../../src/ffmpeg/restart-budget.ts';

const policy = { maxRestarts: 3, windowMs: 60_000, firstDelayMs: 200, maxDelayMs: 1000 };

describe('planRestart', () => {
  it('starts again soon, then later', () => {
    const first = planRestart(policy, [], 1000);
    expect(first).toEqual({ startAtMs: 1200, isExhausted: false, history: [1200] });
    const second = planRestart(policy, first.history, 1300);
    expect(second).toMatchObject({ startAtMs: 1700, isExhausted: false });
    expect(planRestart(policy, second.history, 1800)).toMatchObject({ startAtMs: 2600 });
  });

  it('waits until the window has room again', () => {
    const decision = planRestart(policy, [1000, 2000, 3000], 4000);
    expect(decision).toEqual({
      startAtMs: 61_000,
      isExhausted: true,
      history: [2000, 3000, 61_000],
    });
  });

  it('forgets what is older than the window', () => {
    expect(planRestart(policy, [1000, 2000], 70_000)).toMatchObject({ startAtMs: 70_200 });
  });

  it('never starts more than the budget in any window, whatever happens', () => {
    let history: RestartHistory = [];
    const starts: number[] = [];
    for (let nowMs = 0; nowMs < 600_000;) {
      const decision = planRestart(policy, history, nowMs);
      history = decision.history;
      starts.push(decision.startAtMs);
      nowMs = decision.startAtMs + 10; // dies at once
    }
    for (const start of starts) {
      const inWindow = starts.filter((at) => at >= start && at < start + policy.windowMs);
      expect(inWindow.length).toBeLessThanOrEqual(policy.maxRestarts);
    }
    expect(starts.length).toBeGreaterThan(25);
  });
});
