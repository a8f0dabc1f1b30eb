import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceOf } from '../../../../src/camera/supervisor/retry-paces.ts';
import {
  next,
  type FailedState,
  type SupervisorEvent,
  type SupervisorState,
  type TransitionContext,
} from '../../../../src/camera/supervisor/supervisor-state.ts';
import { failureReasons, type FailureReason } from '../../../../src/lib/reasons.ts';
import { retryDelayMs } from '../../../../src/lib/time/retry.ts';

const idle: SupervisorState = {
  name: 'idle',
  sinceMs: 0,
  attempt: 0,
  lastFailure: undefined,
};

function run(events: readonly (readonly [number, SupervisorEvent])[]): SupervisorState {
  return events.reduce(
    (state, [nowMs, event]) =>
      next(state, event, {
        nowMs,
        delayMs: (reason, attempt) => retryDelayMs(paceOf(reason), attempt, 0),
      }),
    idle,
  );
}

const context = (nowMs: number): TransitionContext => ({
  nowMs,
  delayMs: (reason, attempt) => retryDelayMs(paceOf(reason), attempt, 0),
});

/** The states after each of so many dials that fail at once. */
function failures(
  reason: FailureReason,
  count: number,
  from: SupervisorState = idle,
): FailedState[] {
  const states: FailedState[] = [];
  let state = from;
  for (let index = 0; index < count; index++) {
    const at = context('retryAtMs' in state ? state.retryAtMs : state.sinceMs);
    state = next(next(state, { type: 'dial' }, at), failed(reason), at);
    if ('retryAtMs' in state) states.push(state);
  }
  return states;
}

const failed = (reason: FailureReason): SupervisorEvent => ({
  type: 'failed',
  failure: { reason, message: reason },
});

describe('supervisor state', () => {
  it('goes live by dialling and opening', () => {
    expect(
      run([
        [1, { type: 'dial' }],
        [5, { type: 'opened' }],
      ]),
    ).toEqual({
      name: 'live',
      sinceMs: 5,
      openedAtMs: 5,
      attempt: 0,
    });
  });

  it('is stalled while quiet and live again with the next frame', () => {
    const quiet = run([
      [0, { type: 'dial' }],
      [0, { type: 'opened' }],
      [9, { type: 'quiet' }],
    ]);
    expect(quiet).toMatchObject({ name: 'stalled', sinceMs: 9, openedAtMs: 0 });
    expect(next(quiet, { type: 'frame' }, { nowMs: 12, delayMs: () => 0 })).toMatchObject({
      name: 'live',
      openedAtMs: 0,
    });
  });

  it('retries a dead line first within a second, then ever later', () => {
    const first = run([
      [0, { type: 'dial' }],
      [0, failed('unreachable')],
    ]);
    expect(first).toMatchObject({ name: 'backing-off', attempt: 1, retryAtMs: 500 });
    const second = run([
      [0, { type: 'dial' }],
      [0, failed('unreachable')],
      [500, { type: 'dial' }],
      [500, failed('unreachable')],
    ]);
    expect(second).toMatchObject({ attempt: 2, retryAtMs: 1500 });
  });

  it('dials a camera that is not there every 9 s in the end', () => {
    const last = failures('unreachable', 20).at(-1);
    expect(last).toMatchObject({ attempt: 20 });
    expect((last?.retryAtMs ?? 0) - (last?.sinceMs ?? 0)).toBe(9_000);
  });

  it('asks a camera that starts soon, however long it was away', () => {
    const [busy] = failures('too-many-viewers', 1, failures('unreachable', 9).at(-1));
    expect(busy).toMatchObject({ attempt: 1 });
    const [absent] = failures('endpoint-absent', 1, busy);
    expect((absent?.retryAtMs ?? 0) - (absent?.sinceMs ?? 0)).toBe(8_000);
    const [again] = failures('endpoint-absent', 1, absent);
    expect((again?.retryAtMs ?? 0) - (again?.sinceMs ?? 0)).toBe(16_000);
  });

  it('knows the pace also after a time without viewers', () => {
    const away = failures('unreachable', 9).at(-1) ?? idle;
    const rested = next(away, { type: 'retry-due' }, context(60_000));
    expect(failures('unreachable', 1, rested)[0]).toMatchObject({ attempt: 10 });
    expect(failures('endpoint-absent', 1, rested)[0]).toMatchObject({ attempt: 1 });
  });

  it('leaves a wrong password alone for three minutes', () => {
    expect(
      run([
        [0, { type: 'dial' }],
        [10, failed('wrong-password')],
      ]),
    ).toMatchObject({
      name: 'refused',
      retryAtMs: 180_010,
    });
  });

  it('comes sooner where that is asked for, and never later', () => {
    const refused = run([
      [0, { type: 'dial' }],
      [0, failed('no-permission')],
    ]);
    const asked = (atMs: number): unknown =>
      next(refused, { type: 'retry-asked', atMs }, { nowMs: 1_000, delayMs: () => 0 });
    expect(asked(2_000)).toMatchObject({ name: 'refused', sinceMs: 0, retryAtMs: 2_000 });
    expect(asked(200_000)).toEqual(refused);
    const live = run([
      [0, { type: 'dial' }],
      [5, { type: 'opened' }],
    ]);
    const unchanged = next(live, { type: 'retry-asked', atMs: 10 }, { nowMs: 9, delayMs: () => 0 });
    expect(unchanged).toBe(live);
  });

  it.each<[FailureReason, number, number]>([
    ['wrong-password', 0, 180_000],
    ['locked-out', 0, 180_000],
    ['timeout', 60_000, 60_000],
    ['no-permission', 60_000, 60_000],
    ['timeout', 0, 2_000],
  ])('after %s with a delay of %d ms of its own, comes no sooner than at %d', (...row) => {
    const [reason, leastDelayMs, soonestMs] = row;
    const failure = { reason, message: reason };
    let state = next(failures('unreachable', 9).at(-1) ?? idle, { type: 'dial' }, context(0));
    state = next(state, { type: 'failed', failure, leastDelayMs }, context(0));
    const asked = next(state, { type: 'retry-asked', atMs: 2_000 }, context(1_000));
    expect(asked).toMatchObject({ retryAtMs: soonestMs });
  });

  it('keeps the retry time when the last viewer leaves, and forgets it only when it is due', () => {
    const refused = run([
      [0, { type: 'dial' }],
      [0, failed('wrong-password')],
      [1, { type: 'released' }],
    ]);
    expect(refused.name).toBe('refused');
    expect(
      next(refused, { type: 'retry-due' }, { nowMs: 180_000, delayMs: () => 0 }),
    ).toMatchObject({
      name: 'idle',
      attempt: 1,
    });
  });

  it('forgives earlier failures after ten healthy seconds, not before', () => {
    const history = [
      [0, { type: 'dial' }],
      [0, failed('closed')],
      [500, { type: 'dial' }],
      [500, { type: 'opened' }],
    ] as const;
    expect(run([...history, [10_499, failed('closed')]])).toMatchObject({ attempt: 2 });
    expect(run([...history, [10_500, failed('closed')]])).toMatchObject({ attempt: 1 });
  });

  it('does not count silence as health', () => {
    const state = run([
      [0, { type: 'dial' }],
      [0, failed('closed')],
      [500, { type: 'dial' }],
      [500, { type: 'opened' }],
      [1000, { type: 'quiet' }],
      [20_000, failed('stalled')],
    ]);
    expect(state).toMatchObject({ name: 'backing-off', attempt: 2 });
  });

  it('never plans a retry in the past, whatever happens in whatever order', () => {
    const reasons = Object.keys(failureReasons) as FailureReason[];
    const event = fc.oneof(
      fc.constantFrom<SupervisorEvent>(
        { type: 'dial' },
        { type: 'opened' },
        { type: 'frame' },
        { type: 'quiet' },
        { type: 'released' },
        { type: 'retry-due' },
      ),
      fc.constantFrom(...reasons).map(failed),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state: SupervisorState = idle;
        events.forEach((each, index) => {
          const nowMs = index * 1000;
          state = next(state, each, {
            nowMs,
            delayMs: (reason, attempt) => retryDelayMs(paceOf(reason), attempt, 0.5),
          });
          if ('retryAtMs' in state) expect(state.retryAtMs).toBeGreaterThan(state.sinceMs);
          expect(state.attempt).toBeLessThanOrEqual(events.length);
        });
      }),
    );
  });
});
