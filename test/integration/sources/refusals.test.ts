import { SettableClock } from '../../settable-clock.ts';
import { describe, expect, it } from 'vitest';
import { defaultTimeouts } from '../../../src/sources/cgi/http/timeouts.ts';
import { stopTimers } from '../../unit/sources/cgi/stopped-timers.ts';
import { asked, clientOf, countOf, eventsUntil, never, start } from './rig.ts';

describe('refusals', () => {
  it.each([
    ['classic', 'basic'],
    ['soso', 'digest'],
    ['foscam', 'basic'],
  ] as const)('%s: a wrong password is shown once', async (profile, kind) => {
    await using simulator = await start({ profile });
    const client = clientOf(simulator, { password: 'wrong' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
    const shown = simulator.journal.requests.filter(({ authKind }) => authKind !== 'none');
    expect(shown.map(({ authKind }) => authKind)).toEqual([kind]);
  });

  it.each(['drone', 'f99'] as const)('%s: without a challenge, too', async (profile) => {
    await using simulator = await start({ profile });
    const client = clientOf(simulator, { password: 'wrong' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
    const shown = simulator.journal.requests.filter(({ parameters }) => 'pwd' in parameters);
    expect(shown.map(({ path }) => path)).toEqual([
      profile === 'drone' ? 'create_session.cgi' : 'snapshot.cgi',
    ]);
    expect(asked(simulator).some((line) => /basic|digest/.test(line))).toBe(false);
  });

  it('no error ever tells the password', async () => {
    await using simulator = await start({ profile: 'drone' });
    const client = clientOf(simulator, { username: 'someone', password: 'hunter2secret' });
    const error: unknown = await client.open(never).catch((reason: unknown) => reason);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/hunter2|someone/);
  });

  it('without a configured account nothing is shown', async () => {
    await using simulator = await start({ profile: 'classic' });
    const client = clientOf(simulator, { username: '', password: '' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'no-password' });
    expect(simulator.journal.requests.every(({ authKind }) => authKind === 'none')).toBe(true);
  });

  it('a locked camera is told from a wrong password', async () => {
    const clock = new SettableClock();
    await using simulator = await start({ profile: 'soso', clock });
    const wrong = Array.from({ length: 10 }, () =>
      clientOf(simulator, { password: 'wrong' }).open(never),
    );
    await Promise.allSettled(wrong);
    clock.pass(1_100); // the camera counts whole seconds
    await expect(clientOf(simulator).open(never)).rejects.toMatchObject({ reason: 'locked-out' });
  });

  it('-1 and -2 of request_av.cgi are reasons', async () => {
    await using simulator = await start({ profile: 'classic' });
    const client = clientOf(simulator);
    await simulator.faults.switchOn({ kind: 'schedule-closed' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'schedule-closed' });
    await simulator.faults.switchOff('schedule-closed');
    await simulator.faults.switchOn({ kind: 'viewers-full' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'too-many-viewers' });
    expect(simulator.journal.count('av.asf')).toBe(0);
    await simulator.faults.switchOff('viewers-full');
    await eventsUntil(await client.open(never), (all) => all.length > 0);
  });

  it.each(['401', '403', 'empty', 'close'] as const)(
    'a spent ticket, refused by %s, is replaced once and never used twice',
    async (refusal) => {
      await using simulator = await start({ profile: 'classic', refusal });
      await simulator.faults.switchOn({ kind: 'spent-ticket' });
      const client = clientOf(simulator);
      const error: unknown = await client.open(never).catch((reason: unknown) => reason);
      expect(['too-many-viewers', 'closed']).toContain((error as { reason: string }).reason);
      const tickets = simulator.journal.of('av.asf').map(({ parameters }) => parameters['id']);
      expect(new Set(tickets).size).toBe(2);
      await simulator.faults.switchOff('spent-ticket');
      await eventsUntil(await client.open(never), (all) => countOf(all, 'frame') > 0);
    },
  );

  it('a forbidden stream is no wrong password', async () => {
    const users = [{ name: 'nobody', password: 'x', group: 2 }];
    await using simulator = await start({ profile: 'soso', users });
    const client = clientOf(simulator);
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'no-permission' });
  });

  it.each([
    ['Snapshot Failed.', 'bad-answer'],
    ['<html><form></form></html>', 'bad-answer'],
    ['File not found.', 'endpoint-absent'],
  ])('an answer of 200 that is %j', async (text, reason) => {
    await using simulator = await start({ profile: 'soso' });
    await simulator.faults.switchOn({ kind: 'error-text', text });
    await expect(clientOf(simulator, { via: 'av.asf' }).open(never)).rejects.toMatchObject({
      reason,
    });
  });

  it('a camera that takes connections and says nothing', async () => {
    await using simulator = await start({ profile: 'classic' });
    await simulator.faults.switchOn({ kind: 'mute' });
    using timers = stopTimers();
    const dial = clientOf(simulator).open(never);
    dial.catch(() => undefined);
    await simulator.journal.waitFor(({ requests }) => requests.length === 1);
    timers.pass(defaultTimeouts.headerMs);
    await expect(dial).rejects.toMatchObject({ reason: 'timeout' });
    expect(simulator.journal.requests).toHaveLength(1);
  });
});
