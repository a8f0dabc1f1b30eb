import { describe, expect, it } from 'vitest';
import { DialMemory, newDials } from '../../../../src/camera/supervisor/dial-memory.ts';
import type { FailedState } from '../../../../src/camera/supervisor/supervisor-state.ts';
import type { FailureReason } from '../../../../src/lib/reasons.ts';
import { SettableClock } from '../../../settable-clock.ts';

const device = { url: new URL('http://camera/'), stream: 1, username: 'u', password: 'p' };
const minuteMs = 60_000;

function refused(reason: FailureReason, sinceMs: number, sparedMs: number): FailedState {
  const failure = { reason, message: 'no' };
  const retryAtMs = sinceMs + 25 * minuteMs;
  const notBeforeMs = sinceMs + sparedMs;
  return { name: 'refused', sinceMs, attempt: 4, failure, retryAtMs, notBeforeMs };
}

function start() {
  const clock = new SettableClock();
  return { clock, memory: new DialMemory(() => clock.monotonicMs()), dials: newDials() };
}

describe('the memory of dials', () => {
  it.each(['wrong-password', 'locked-out', 'timeout'] as const)(
    'spares a device for so long the password that ended in %s',
    (reason) => {
      const { clock, memory, dials } = start();
      memory.keep(device, { dials, state: refused(reason, 0, 3 * minuteMs) });
      clock.pass(3 * minuteMs - 1);
      const { refusal } = memory.recall({ ...device, stream: 2 });
      expect(refusal()).toMatchObject({ failure: { reason }, retryAtMs: 3 * minuteMs });
      expect(memory.recall({ ...device, password: 'q' }).refusal()).toBeUndefined();
      expect(memory.recall({ ...device, username: 'v' }).refusal()).toBeUndefined();
      expect(memory.recall({ ...device, url: new URL('http://b/') }).refusal()).toBeUndefined();
      clock.pass(1);
      expect(memory.recall(device).refusal()).toBeUndefined();
    },
  );

  it('has nothing against a device whose failure allows another dial', () => {
    const { memory, dials } = start();
    memory.keep(device, { dials, state: refused('no-permission', 0, 0) });
    expect(memory.recall(device).refusal()).toBeUndefined();
  });

  it('keeps the longer of two waits for the same login', () => {
    const { memory, dials } = start();
    memory.keep(device, { dials, state: refused('wrong-password', 0, 3 * minuteMs) });
    memory.keep({ ...device, stream: 2 }, { dials, state: refused('timeout', 0, minuteMs) });
    expect(memory.recall(device).refusal()).toMatchObject({ retryAtMs: 3 * minuteMs });
  });

  it('counts the dials of a stream for a minute', () => {
    const { clock, memory, dials } = start();
    const state = { name: 'idle', sinceMs: 0, attempt: 0, lastFailure: undefined } as const;
    memory.keep(device, { dials, state });
    clock.pass(minuteMs);
    expect(memory.recall(device).dials).toBe(dials);
    expect(memory.recall({ ...device, stream: 2 }).dials).not.toBe(dials);
    clock.pass(1);
    expect(memory.recall(device).dials).not.toBe(dials);
  });
});
