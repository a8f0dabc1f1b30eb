import { describe, expect, it } from 'vitest';
import { fakeSecrets, visitorGroup } from '../../../src/simulator/camera-simulator.ts';
import { SettableClock } from '../../settable-clock.ts';
import { admin, get, run, startCamera, wire } from './rig.ts';

const basicAdmin = { authorization: `Basic ${Buffer.from('admin:').toString('base64')}` };

describe('authentication', () => {
  it('of the classic is Basic, query or session, and a challenge for nothing', async () => {
    await using simulator = await startCamera();
    const challenged = await get(simulator, 'get_status.cgi');
    expect(challenged.status).toBe(401);
    expect(challenged.headers.get('www-authenticate')).toBe('Basic realm="ip camera"');
    expect((await get(simulator, 'get_status.cgi', basicAdmin)).status).toBe(200);
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
    const session = /session=(\d+)/.exec(
      (await get(simulator, `create_session.cgi?${admin}`)).body,
    )?.[1];
    expect((await get(simulator, `get_status.cgi?session=${session}`)).status).toBe(200);
    expect((await get(simulator, `close_session.cgi?session=${session}`)).body).toBe(
      'var result=0;\n',
    );
    expect((await get(simulator, `get_status.cgi?session=${session}`)).status).toBe(401);
    const kinds = simulator.journal.of('get_status.cgi').map(({ authKind }) => authKind);
    expect(kinds).toEqual(['none', 'basic', 'query', 'session', 'session']);
  });

  it('of the soso is Digest, as curl speaks it', async () => {
    await using simulator = await startCamera({ profile: 'soso' });
    const curl = (...options: string[]) =>
      run('curl', [
        '-s',
        '-w',
        '%{http_code}',
        '-o',
        '/dev/null',
        ...options,
        `${simulator.url.href}get_status.cgi`,
      ]);
    expect((await curl('--digest', '-u', 'admin:')).stdout).toBe('200');
    expect((await curl('--digest', '-u', 'admin:wrong')).stdout).toBe('401');
    expect((await curl('--basic', '-u', 'admin:')).stdout).toBe('401');
    const challenge = (await get(simulator, 'get_status.cgi')).headers.get('www-authenticate');
    expect(challenge).toMatch(
      /^Digest realm="ip camera", qop="auth", algorithm=MD5, nonce="[0-9a-f]{32}"$/,
    );
  });

  it('refuses a replayed digest as stale', async () => {
    await using simulator = await startCamera({ profile: 'soso' });
    const args = ['-s', '-v', '--digest', '-u', 'admin:', `${simulator.url.href}get_status.cgi`];
    const { stderr } = await run('curl', args);
    const authorization = /> Authorization: (Digest [^\r\n]+)/.exec(stderr)?.[1] ?? '';
    const replay = await get(simulator, 'get_status.cgi', { authorization });
    expect(replay.status).toBe(401);
    expect(replay.headers.get('www-authenticate')).toContain('stale=true');
  });

  it('of the f99 breaks on any Authorization header', async () => {
    await using simulator = await startCamera({ profile: 'f99' });
    const headers = 'Authorization: Basic YWRtaW46\r\n';
    const { received, end } = await wire(simulator, '/get_status.cgi', { headers });
    expect([received.toString(), end]).toEqual(["Can't parse request.", 'close']);
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });

  it('says by session 0 and group -1 that a login failed', async () => {
    await using simulator = await startCamera();
    const { status, body } = await get(
      simulator,
      'create_session.cgi?user=admin&pwd=no&session=s&group=g',
    );
    expect([status, body]).toEqual([200, 'var s=0;\nvar g=-1;\n']);
  });

  it('locks everybody out for 160 s after ten wrong passwords', async () => {
    const clock = new SettableClock();
    await using simulator = await startCamera({ clock });
    for (let n = 0; n < 10; n++) await get(simulator, 'get_status.cgi?user=admin&pwd=no');
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(401);
    const { body } = await get(simulator, 'get_badauth.cgi?json=1');
    expect(JSON.parse(body)).toMatchObject({
      retry_times: 10,
      denied_time_total: 160,
      denied_time_passed: 0,
    });
    clock.pass(160_000);
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });

  it('never counts a missing password as a wrong one', async () => {
    await using simulator = await startCamera();
    for (let n = 0; n < 12; n++) await get(simulator, 'get_status.cgi');
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });
});

describe('permissions', () => {
  const users = [
    { name: 'admin', password: '', group: 131071 },
    { name: 'guest', password: 'g', group: visitorGroup },
    { name: 'nobody', password: 'n', group: 0 },
  ];

  it('keep sound from those who may only see', async () => {
    await using simulator = await startCamera({ users });
    const guest = 'user=guest&pwd=g';
    expect((await get(simulator, `request_av.cgi?${guest}`)).status).toBe(403);
    expect((await get(simulator, `request_av.cgi?${guest}&audio=0`)).status).toBe(200);
    expect((await get(simulator, `av.asf?${guest}`)).status).toBe(403);
    expect((await get(simulator, `snapshot.cgi?${guest}`)).status).toBe(200);
    expect((await get(simulator, `snapshot.cgi?user=nobody&pwd=n`)).status).toBe(403);
  });

  it('keep the parameters with all secrets for the administrator', async () => {
    await using simulator = await startCamera({ users });
    expect((await get(simulator, 'get_params.cgi?user=guest&pwd=g')).status).toBe(403);
    const { body } = await get(simulator, `get_params.cgi?${admin}`);
    for (const secret of Object.values(fakeSecrets)) expect(body).toContain(`='${secret}';`);
    expect(body).toContain("var pwd2='g';");
  });
});
