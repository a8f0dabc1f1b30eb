import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  slateDueAtMs,
  slateRate,
  type SlateFacts,
} from '../../../../src/camera/slate/slate-rules.ts';
import type { SupervisorState } from '../../../../src/camera/supervisor/supervisor-state.ts';

const live: SupervisorState = { name: 'live', sinceMs: 0, openedAtMs: 0, attempt: 0 };
const connecting: SupervisorState = {
  name: 'connecting',
  sinceMs: 0,
  attempt: 1,
  lastFailure: undefined,
};
const failedAt = (sinceMs: number): SupervisorState => ({
  name: 'backing-off',
  sinceMs,
  attempt: 1,
  failure: { reason: 'unreachable', message: '' },
  retryAtMs: sinceMs + 60_000,
  notBeforeMs: sinceMs,
});
const facts = (changes: Partial<SlateFacts>): SlateFacts => ({
  state: live,
  watchedSinceMs: 10_000,
  lastFrameAtMs: undefined,
  stallTimeoutMs: 1_000,
  ...changes,
});

describe('when the slate is due', () => {
  it.each([
    ['a patience after the last frame', { lastFrameAtMs: 20_000 }, 21_000],
    ['later for a slow camera', { lastFrameAtMs: 20_000, stallTimeoutMs: 6_000 }, 26_000],
    ['3 s after the first viewer of a cold camera', { state: connecting }, 13_000],
    ['the same while its first keyframe is waited for', {}, 13_000],
    ['soon for a camera that is known to be away', { state: failedAt(2_000) }, 10_500],
    [
      'and frames from before the viewer came do not count',
      { state: failedAt(2_000), lastFrameAtMs: 1_900 },
      10_500,
    ],
    [
      '1 s after a failure, however slow the camera',
      { state: failedAt(20_400), lastFrameAtMs: 20_000, stallTimeoutMs: 6_000 },
      21_400,
    ],
    [
      'not later because a failure is noticed late',
      { state: failedAt(20_900), lastFrameAtMs: 20_000 },
      21_000,
    ],
  ] as const)('%s', (_name, changes, dueAtMs) => {
    expect(slateDueAtMs(facts(changes))).toBe(dueAtMs);
  });
});

describe('frame rate of the slate', () => {
  it.each([
    [[200], { frameCount: 1, periodMs: 200 }],
    [[100], { frameCount: 1, periodMs: 100 }],
    [[210], { frameCount: 1, periodMs: 210 }],
    [[1000], { frameCount: 5, periodMs: 1000 }],
    [[2000], { frameCount: 10, periodMs: 2000 }],
    // 210 ms do not fit into the older playlist's 200 ms, 105 ms and 70 ms leave gaps of more than 15 %; five of 35 ms
    // do.
    [[210, 200], { frameCount: 6, periodMs: 210 }],
    [[1000, 200], { frameCount: 5, periodMs: 1000 }],
  ] as const)('for parts of %o ms', (targets, rate) => {
    expect(slateRate(targets)).toEqual(rate);
  });

  it('fills the parts of a playlist to 85 % at least', () => {
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 2000 }), (partMs) => {
        const { frameCount, periodMs } = slateRate([partMs]);
        const frameMs = periodMs / frameCount;
        expect(frameMs).toBeLessThanOrEqual(300);
        expect(Math.floor(partMs / frameMs + 1e-6) * frameMs).toBeGreaterThanOrEqual(0.85 * partMs);
      }),
    );
  });
});
