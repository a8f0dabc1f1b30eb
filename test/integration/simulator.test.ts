import { afterEach, describe, expect, it } from 'vitest';
import {
  fakeSecrets,
  visitorGroup,
  type CameraSimulator,
  type SimulatorOptions,
} from '../../src/simulator/camera-simulator.ts';
import { addressOf, bodyOf, get, run, startCamera, wire } from './simulator-rig.ts';

let open: CameraSimulator[] = [];

async function camera(options: Partial<SimulatorOptions> = {}): Promise<CameraSimulator> {
  const simulator = await startCamera(options);
  open.push(simulator);
  return simulator;
}

afterEach(async () => {
  await Promise.all(open.map((simulator) => simulator[Symbol.asyncDispose]()));
  open = [];
});

const admin = 'user=admin&pwd=';
const basicAdmin = { authorization: `Basic ${Buffer.from('admin:').toString('base64')}` };

/** Opens a stream, waits until media flows, and leaves it open until the returned function is called. */
async function watch(simulator: CameraSimulator, path: string): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const response = await fetch(new URL(path, simulator.url), { signal: abort.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  const before = simulator.journal.openStreams.length;
  return async () => {
    abort.abort();
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length < before);
  };
}

describe('answers', () => {
  it('are those of a Boa that closes after each', async () => {
    const { received, end } = await wire(await camera(), `/get_properties.cgi?${admin}`);
    const text = received.toString();
    expect(end).toBe('close');
    expect(text).toMatch(/^HTTP\/1\.0 200 OK\r\n/);
    expect(text).toContain('\r\nServer: Boa/0.94.14rc21\r\n');
    expect(text).toContain('\r\nConnection: close\r\n');
    expect(text).not.toMatch(/transfer-encoding/i);
  });

  it('are 200 and 15 bytes for an unknown path, also for an endpoint that the firmware lacks', async () => {
    const simulator = await camera({ profile: 'f99', video: 'mjpeg' });
    for (const path of ['nothing.cgi', 'create_session.cgi', 'av.asf', 'constructor']) {
      expect(await get(simulator, path)).toMatchObject({ status: 200, body: 'File not found.' });
    }
  });

  it('give plain variables, JSON and JSONP, and take form-encoded posts', async () => {
    const simulator = await camera();
    expect((await get(simulator, `request_av.cgi?${admin}&result=ret`)).body).toMatch(
      /^var ret=0;\nvar id=\d+;\n$/,
    );
    const json = await get(simulator, `get_status.cgi?${admin}&json=1`);
    expect(JSON.parse(json.body)).toMatchObject({ error: 0, alarm: 0 });
    const jsonp = await get(simulator, `get_badauth.cgi?json=2&jsonp_callback=f`);
    expect(jsonp.body).toMatch(/^f\(\{.*\}\);\n$/);
    const posted = await fetch(new URL('get_status.cgi', simulator.url), {
      method: 'POST',
      body: new URLSearchParams({ user: 'admin', pwd: '', alarm: 'a' }),
    });
    expect(await posted.text()).toBe('var a=0;\n');
  });
});

describe('authentication', () => {
  it('of the classic is Basic, query or session, and a challenge for nothing', async () => {
    const simulator = await camera();
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
    const simulator = await camera({ profile: 'soso' });
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
    const simulator = await camera({ profile: 'soso' });
    const args = ['-s', '-v', '--digest', '-u', 'admin:', `${simulator.url.href}get_status.cgi`];
    const { stderr } = await run('curl', args);
    const authorization = /> Authorization: (Digest [^\r\n]+)/.exec(stderr)?.[1] ?? '';
    const replay = await get(simulator, 'get_status.cgi', { authorization });
    expect(replay.status).toBe(401);
    expect(replay.headers.get('www-authenticate')).toContain('stale=true');
  });

  it('of the f99 breaks on any Authorization header', async () => {
    const simulator = await camera({ profile: 'f99' });
    const headers = 'Authorization: Basic YWRtaW46\r\n';
    const { received, end } = await wire(simulator, '/get_status.cgi', { headers });
    expect([received.toString(), end]).toEqual(["Can't parse request.", 'close']);
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });

  it('says by session 0 and group -1 that a login failed', async () => {
    const simulator = await camera();
    const { status, body } = await get(
      simulator,
      'create_session.cgi?user=admin&pwd=no&session=s&group=g',
    );
    expect([status, body]).toEqual([200, 'var s=0;\nvar g=-1;\n']);
  });

  it('locks everybody out for 160 s after ten wrong passwords', async () => {
    let time = Date.now();
    const simulator = await camera({ now: () => time });
    for (let n = 0; n < 10; n++) await get(simulator, 'get_status.cgi?user=admin&pwd=no');
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(401);
    const { body } = await get(simulator, 'get_badauth.cgi?json=1');
    expect(JSON.parse(body)).toMatchObject({
      retry_times: 10,
      denied_time_total: 160,
      denied_time_passed: 0,
    });
    time += 160_000;
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });

  it('never counts a missing password as a wrong one', async () => {
    const simulator = await camera();
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
    const simulator = await camera({ users });
    const guest = 'user=guest&pwd=g';
    expect((await get(simulator, `request_av.cgi?${guest}`)).status).toBe(403);
    expect((await get(simulator, `request_av.cgi?${guest}&audio=0`)).status).toBe(200);
    expect((await get(simulator, `av.asf?${guest}`)).status).toBe(403);
    expect((await get(simulator, `snapshot.cgi?${guest}`)).status).toBe(200);
    expect((await get(simulator, `snapshot.cgi?user=nobody&pwd=n`)).status).toBe(403);
  });

  it('keep the parameters with all secrets for the administrator', async () => {
    const simulator = await camera({ users });
    expect((await get(simulator, 'get_params.cgi?user=guest&pwd=g')).status).toBe(403);
    const { body } = await get(simulator, `get_params.cgi?${admin}`);
    for (const secret of Object.values(fakeSecrets)) expect(body).toContain(`='${secret}';`);
    expect(body).toContain("var pwd2='g';");
  });
});

describe('tickets', () => {
  async function ticket(simulator: CameraSimulator, query = ''): Promise<string> {
    const { body } = await get(simulator, `request_av.cgi?${admin}${query}&json=1`);
    return String((JSON.parse(body) as { id: number }).id);
  }

  it('open one stream without credentials, and only one', async () => {
    const simulator = await camera();
    const id = await ticket(simulator);
    const leave = await watch(simulator, `av.asf?id=${id}`);
    expect((await get(simulator, `av.asf?id=${id}`)).status).toBe(403);
    await leave();
    const kinds = simulator.journal.of('av.asf').map(({ authKind, status }) => [authKind, status]);
    expect(kinds).toEqual([
      ['ticket', 200],
      ['ticket', 403],
    ]);
  });

  it('are spent at once under that fault', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'spent-ticket' });
    expect((await get(simulator, `av.asf?id=${await ticket(simulator)}`)).status).toBe(403);
  });

  it('of a drone do not matter when the credentials are good', async () => {
    const simulator = await camera({ profile: 'drone' });
    const leave = await watch(simulator, `av.asf?id=1&${admin}`);
    expect(simulator.journal.openStreams).toHaveLength(1);
    await leave();
  });

  it('are refused while the schedule is closed and when all places are taken', async () => {
    const simulator = await camera({ viewerLimit: 1 });
    await simulator.faults.switchOn({ kind: 'schedule-closed' });
    expect((await get(simulator, `request_av.cgi?${admin}`)).body).toBe('var result=-1;\n');
    await simulator.faults.clear();
    const leave = await watch(simulator, `av.asf?${admin}`);
    expect((await get(simulator, `request_av.cgi?${admin}&json=1`)).body).toBe(
      '{"error":-2,"result":-2}',
    );
    expect((await get(simulator, `av.asf?${admin}`)).status).toBe(403);
    await leave();
    expect((await get(simulator, `request_av.cgi?${admin}`)).body).toContain('var result=0;');
  });

  it.each([
    ['401', 401, 'Unauthorized'],
    ['403', 403, 'Forbidden'],
    ['empty', 200, ''],
  ] as const)('are refused in the form %s', async (refusal, status, body) => {
    const simulator = await camera({ refusal });
    expect(await get(simulator, 'av.asf?id=5')).toMatchObject({ status, body });
  });

  it('are refused by a closed connection', async () => {
    const simulator = await camera({ refusal: 'close' });
    const { received, end } = await wire(simulator, '/av.asf?id=5');
    expect([received.length, end]).toEqual([0, 'close']);
  });
});

describe('snapshots', () => {
  it('are JPEGs with a name by the camera clock, in the asked size', async () => {
    const simulator = await camera();
    const response = await fetch(addressOf(simulator, 'snapshot.cgi'));
    expect(response.headers.get('content-disposition')).toMatch(
      /filename="snapshot_20\d{12}\.jpg"$/,
    );
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([bytes.readUInt16BE(0), bytes.readUInt16BE(bytes.length - 2)]).toEqual([0xffd8, 0xffd9]);
    const named = await fetch(addressOf(simulator, 'snapshot.cgi?filename=save.jpg&resolution=2'));
    expect(named.headers.get('content-disposition')).toContain('"save.jpg"');
    expect(sizeOfJpeg(Buffer.from(await named.arrayBuffer()))).toEqual([160, 120]);
  });

  it('of the f99 keep the size for everybody', async () => {
    const simulator = await camera({ profile: 'f99' });
    const take = async (query: string): Promise<Buffer> =>
      bodyOf((await wire(simulator, `/snapshot.cgi?${admin}${query}`)).received);
    expect(sizeOfJpeg(await take('&resolution=2'))).toEqual([160, 120]);
    await take('&resolution=9');
    expect(sizeOfJpeg(await take(''))).toEqual([160, 120]);
  });
});

describe('MJPEG push', () => {
  it('is an error where the stream is H.264', async () => {
    const simulator = await camera();
    expect(await get(simulator, `videostream.cgi?${admin}`)).toMatchObject({
      status: 200,
      body: 'var error=-2;\n',
    });
    expect(simulator.journal.openStreams).toEqual([]);
  });
});

describe('control over HTTP', () => {
  it('switches faults and shows the journal, without a login and without being journaled', async () => {
    const simulator = await camera();
    const post = (query: string) =>
      fetch(new URL(`_simulator/faults?${query}`, simulator.url), { method: 'POST' });
    expect(await (await post('on=garbage&bytes=7')).json()).toMatchObject({
      on: [{ kind: 'garbage', bytes: 7 }],
    });
    expect(simulator.faults.active('garbage')).toEqual({ kind: 'garbage', bytes: 7 });
    const wrong = await post('on=garbag');
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      { error: 'There is no fault "garbag"; did you mean "garbage"?' },
    ]);
    await post('off=garbage');
    expect(simulator.faults.list).toEqual([]);
    await get(simulator, `get_status.cgi?${admin}`);
    const journal = JSON.parse((await get(simulator, '_simulator/journal')).body) as {
      requests: object[];
    };
    expect(journal.requests).toMatchObject([
      { path: 'get_status.cgi', authKind: 'query', status: 200 },
    ]);
  });
});

/** Width and height of the frame header (SOF0, ITU-T T.81 B.2.2). */
function sizeOfJpeg(jpeg: Buffer): [number, number] {
  const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
}
