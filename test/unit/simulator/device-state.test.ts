import { describe, expect, it } from 'vitest';
import {
  adminGroup,
  factoryUsers,
  hasPermission,
  visitorGroup,
} from '../../../src/simulator/device/accounts.ts';
import {
  Lockout,
  lockoutRules,
  SessionTable,
  SnapshotEncoder,
  TicketBox,
} from '../../../src/simulator/device/device-state.ts';

const minuteMs = 60_000;
const user = { name: 'admin', password: '', group: adminGroup };
const grant = { video: true, audio: false, stream: 2 };

function manualClock() {
  let time = 1_000_000;
  return { now: () => time, advance: (ms: number) => (time += ms) };
}

describe('sessions', () => {
  it('live ten minutes after their last use', () => {
    const { now, advance } = manualClock();
    const sessions = new SessionTable(now);
    const id = sessions.create(user);
    expect(id).toBeGreaterThan(0);
    expect(id).toBeLessThan(2 ** 31);
    for (let round = 0; round < 3; round++) {
      advance(9 * minuteMs);
      expect(sessions.use(id)).toEqual(user);
    }
    advance(10 * minuteMs + 1);
    expect(sessions.use(id)).toBeUndefined();
  });

  it('are refused when the table is full, and free again after a close', () => {
    const sessions = new SessionTable(manualClock().now);
    const ids = Array.from({ length: 32 }, () => sessions.create(user));
    expect(sessions.create(user)).toBe(0);
    expect(sessions.close(ids[0] ?? 0)).toBe(true);
    expect(sessions.close(ids[0] ?? 0)).toBe(false);
    expect(sessions.create(user)).not.toBe(0);
  });
});

describe('tickets', () => {
  it('are good once', () => {
    const tickets = new TicketBox(manualClock().now);
    const id = tickets.issue(grant);
    expect(tickets.redeem(id)).toEqual(grant);
    expect(tickets.redeem(id)).toBeUndefined();
  });

  it('are good for a minute', () => {
    const { now, advance } = manualClock();
    const tickets = new TicketBox(now);
    const [kept, late] = [tickets.issue(grant), tickets.issue(grant)];
    advance(minuteMs);
    expect(tickets.redeem(kept)).toEqual(grant);
    advance(1);
    expect(tickets.redeem(late)).toBeUndefined();
  });
});

describe('lockout', () => {
  it('begins with ten failures in five seconds and ends after 160 seconds', () => {
    const { now, advance } = manualClock();
    const lockout = new Lockout(now);
    for (let n = 0; n < 9; n++) lockout.fail();
    expect(lockout.isLocked).toBe(false);
    expect(lockout.errorCount).toBe(9);
    lockout.fail();
    expect(lockout.isLocked).toBe(true);
    advance(60_000);
    expect(lockout.deniedForMs).toBe(60_000);
    advance(lockoutRules.deniedMs - 60_000);
    expect(lockout.isLocked).toBe(false);
  });

  it('does not come from slow failures', () => {
    const { now, advance } = manualClock();
    const lockout = new Lockout(now);
    for (let n = 0; n < 50; n++) {
      lockout.fail();
      advance(600);
    }
    expect(lockout.isLocked).toBe(false);
  });
});

describe('the fragile snapshot encoder', () => {
  it('stands 2.5 a second for ever and wedges on five a second for two minutes, until a power cycle', () => {
    const { now, advance } = manualClock();
    const encoder = new SnapshotEncoder(now);
    const run = (count: number, everyMs: number): boolean[] =>
      Array.from({ length: count }, () => {
        advance(everyMs);
        return encoder.take();
      });
    expect(run(1500, 400)).not.toContain(false);
    const fast = run(600, 200);
    expect(fast.slice(0, 150)).not.toContain(false);
    expect(fast.at(-1)).toBe(false);
    expect(run(1, 600_000)).toEqual([false]);
    encoder.clear();
    expect(run(1, 400)).toEqual([true]);
  });
});

describe('permissions', () => {
  it('are single bits', () => {
    const visitor = { name: 'visitor', password: '', group: visitorGroup };
    expect(hasPermission(visitor, 'video')).toBe(true);
    expect(hasPermission(visitor, 'snapshot')).toBe(true);
    for (const permission of ['record', 'audio', 'talk', 'control', 'admin'] as const) {
      expect(hasPermission(visitor, permission)).toBe(false);
      expect(hasPermission(user, permission)).toBe(true);
    }
  });

  it('are delivered with an administrator without a password', () => {
    expect(factoryUsers[0]).toEqual({ name: 'admin', password: '', group: adminGroup });
  });
});
