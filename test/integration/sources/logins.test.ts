import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../../src/simulator/camera-simulator.ts';
import { asked, clientOf, countOf, eventsUntil, never, start } from './rig.ts';

type Login = SimulatorOptions['login'];

describe('odd logins', () => {
  it.each<[string, 'soso' | 'classic', Login]>([
    ['Digest with a realm without its quotes', 'soso', { challenge: 'unquoted' }],
    ['Basic with a realm without its quotes', 'classic', { challenge: 'unquoted' }],
    ['Digest with SHA-256', 'soso', { algorithm: 'SHA-256' }],
    ['Digest with SHA-512-256', 'soso', { algorithm: 'SHA-512-256' }],
  ])('%s', async (_, profile, login) => {
    await using simulator = await start({ profile, login: login ?? {} });
    const session = await clientOf(simulator).open(never);
    await eventsUntil(session, (all) => countOf(all, 'frame') > 0);
    const kind = profile === 'soso' ? 'digest' : 'basic';
    expect(asked(simulator).slice(0, 2)).toEqual(['request_av.cgi none', `request_av.cgi ${kind}`]);
  });

  it('a camera that answers browsers only', async () => {
    await using simulator = await start({ profile: 'classic', login: { wantsBrowser: true } });
    for (const account of [{}, { username: '', password: '' }]) {
      const refused = clientOf(simulator, account).open(never);
      await expect(refused).rejects.toMatchObject({
        reason: 'no-permission',
        message: expect.not.stringContaining('account may not') as string,
      });
    }
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64)';
    const session = await clientOf(simulator, { userAgent }).open(never);
    await eventsUntil(session, (all) => countOf(all, 'frame') > 0);
  });

  it.each([
    '{"code":1,"msg":"please login first"}',
    '[{"cmd":"Snap","code":1,"error":{"detail":"please login first","rspCode":-6}}]',
    '<html><body>Please login first</body></html>',
  ])('a login that is forgotten between two stills: %s', async (text) => {
    await using simulator = await start({ profile: 'foscam', snapshotLatencyMs: [5, 10] });
    const session = await clientOf(simulator, { via: 'snapshot.cgi', paceMs: 20 }).open(never);
    let frameCount = 0;
    for await (const { events } of session.batches) {
      frameCount += countOf(events, 'frame');
      if (frameCount === 2) await simulator.faults.switchOn({ kind: 'login-lost', text });
      if (frameCount === 5) break;
    }
    await session.close();
    const kinds = simulator.journal.of('snapshot.cgi').map(({ authKind }) => authKind);
    const usual = ['none', 'basic', 'basic'];
    expect(kinds.slice(0, 7)).toEqual([...usual, 'basic', ...usual]);
  });

  it('Basic that the camera does not name, in the dial after the query', async () => {
    await using simulator = await start({
      profile: 'foscam',
      schemes: ['basic'],
      login: { challenge: 'none' },
    });
    const client = clientOf(simulator);
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
    const session = await client.open(never);
    await eventsUntil(session, (all) => countOf(all, 'frame') > 0);
    const kinds = simulator.journal.requests.map(({ authKind }) => authKind);
    expect(kinds.filter((kind) => kind !== 'none')).toEqual(['query', 'basic']);
  });

  it.each(['classic', 'soso', 'drone', 'f99'] as const)(
    '%s: a password in Latin-1, in the dial after UTF-8',
    async (profile) => {
      const users = [{ name: 'jürgen', password: 'grüße&1', group: 131071 }];
      const login = { charset: 'latin1' as const };
      await using simulator = await start({ profile, users, login });
      const client = clientOf(simulator);
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
      for (let dial = 0; dial < 2; dial++) {
        const session = await client.open(never);
        await eventsUntil(session, (all) => countOf(all, 'frame') > 0);
      }
      await client.dispose();
    },
  );

  it('a cookie that is set by a redirect to the same address', async () => {
    await using simulator = await start({ profile: 'classic', login: { wantsCookie: true } });
    const session = await clientOf(simulator).open(never);
    await eventsUntil(session, (all) => countOf(all, 'frame') > 0);
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'request_av.cgi none',
      'request_av.cgi basic',
      'av.asf ticket',
    ]);
  });
});
