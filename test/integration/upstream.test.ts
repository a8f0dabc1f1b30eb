import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import {
  CameraSimulator,
  createSharedMedia,
  visitorGroup,
  type SimulatorOptions,
} from '../../src/simulator/camera-simulator.ts';
import {
  createUpstreamClient,
  type UpstreamClientOptions,
} from '../../src/upstream/upstream-client.ts';
import type { UpstreamClient, UpstreamSession, UpstreamUnit } from '../../src/upstream/upstream.ts';

const ffmpegPath = '/usr/bin/ffmpeg';
const media = createSharedMedia({ ffmpegPath, log: silentLog });
const never = new AbortController().signal;

const start = (options: Omit<SimulatorOptions, 'ffmpegPath' | 'media'>): Promise<CameraSimulator> =>
  CameraSimulator.start({ width: 320, height: 240, ...options, ffmpegPath, media });

type CameraOverrides = Partial<UpstreamClientOptions['camera']>;

function clientOf(
  simulator: CameraSimulator,
  overrides: CameraOverrides = {},
  timeouts: UpstreamClientOptions['timeouts'] = {},
): UpstreamClient {
  const camera = {
    id: 'front',
    url: simulator.url,
    ...simulator.credentials,
    via: 'auto' as const,
    stream: 1,
    audio: true,
    ...overrides,
  };
  return createUpstreamClient({ camera, log: silentLog, timeouts });
}

/** Reads until the condition holds, then closes the session. */
async function unitsUntil(
  session: UpstreamSession,
  isEnough: (units: readonly UpstreamUnit[]) => boolean,
): Promise<readonly UpstreamUnit[]> {
  const units: UpstreamUnit[] = [];
  for await (const batch of session.batches) {
    units.push(...batch.units);
    if (isEnough(units)) break;
  }
  await session.close();
  return units;
}

const countOf = (units: readonly UpstreamUnit[], type: UpstreamUnit['type']): number =>
  units.filter((unit) => unit.type === type).length;

/** Path and auth kind of every request, in order. */
const asked = (simulator: CameraSimulator): string[] =>
  simulator.journal.requests.map(({ path, authKind }) => `${path} ${authKind}`);

describe('the way into each kind of camera', () => {
  it('classic: Basic after the challenge, a ticket, one ASF stream with sound', async () => {
    await using simulator = await start({ profile: 'classic' });
    const client = clientOf(simulator);
    const session = await client.open(never);
    expect(session).toMatchObject({ via: 'av.asf', media: 'asf' });
    const units = await unitsUntil(session, (all) => countOf(all, 'asf-object') > 20);
    const [header] = units;
    expect(
      header?.type === 'asf-header' && header.header.streams.map(({ codec }) => codec),
    ).toEqual(['h264', 'adpcm_ima_wav']);
    expect(countOf(units, 'asf-packet')).toBeGreaterThan(5);
    expect(countOf(units, 'corrupt')).toBe(0);
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'request_av.cgi basic',
      'av.asf ticket',
    ]);
    expect(simulator.journal.of('av.asf')[0]?.parameters).toEqual({
      id: expect.stringMatching(/^\d+$/) as string,
    });
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);

    await unitsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(3)).toEqual(['request_av.cgi basic', 'av.asf ticket']);
    const tickets = simulator.journal.of('av.asf').map(({ parameters }) => parameters['id']);
    expect(new Set(tickets).size).toBe(2);
  });

  it('soso: Digest, whose nonce is used again without a new challenge', async () => {
    await using simulator = await start({ profile: 'soso' });
    const client = clientOf(simulator);
    await unitsUntil(await client.open(never), (all) => all.length > 0);
    await unitsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'request_av.cgi digest',
      'av.asf ticket',
      'request_av.cgi digest',
      'av.asf ticket',
    ]);
    expect(simulator.journal.requests.map(({ status }) => status)).toEqual([
      401, 200, 200, 200, 200,
    ]);
  });

  it('soso: an old nonce is renewed once', async () => {
    let nowMs = Date.now();
    await using simulator = await start({ profile: 'soso', now: () => nowMs });
    const client = clientOf(simulator);
    await unitsUntil(await client.open(never), (all) => all.length > 0);
    nowMs += 600_000;
    await unitsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(3)).toEqual([
      'request_av.cgi digest',
      'request_av.cgi digest',
      'av.asf ticket',
    ]);
  });

  it('drone: no challenge, so the empty password makes a session', async () => {
    await using simulator = await start({ profile: 'drone' });
    const client = clientOf(simulator);
    await unitsUntil(await client.open(never), (all) => countOf(all, 'asf-object') > 3);
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'close_session.cgi none',
      'create_session.cgi query',
      'request_av.cgi session',
      'av.asf ticket',
    ]);
    expect(simulator.journal.of('create_session.cgi')[0]?.parameters).toMatchObject({
      user: 'admin',
      pwd: '',
    });
    await client.dispose();
    expect(asked(simulator).slice(5)).toEqual(['close_session.cgi session']);
  });

  it('f99: no streams and no Authorization, so snapshots, at most 2.5 a second', async () => {
    await using simulator = await start({ profile: 'f99', snapshotLatencyMs: [20, 40] });
    const client = clientOf(simulator);
    const session = await client.open(never);
    expect(session).toMatchObject({ via: 'snapshot.cgi', media: 'jpeg' });
    const units = await unitsUntil(session, (all) => countOf(all, 'jpeg') === 4);
    expect(units).toHaveLength(4);
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'av.asf none',
      'videostream.asf none',
      'videostream.cgi none',
      'snapshot.cgi none',
      'close_session.cgi none',
      ...Array<string>(4).fill('snapshot.cgi query'),
    ]);
    const times = simulator.journal.of('snapshot.cgi').map(({ at }) => at);
    // Three pauses of 400 ms, less what requests take to arrive on a busy machine.
    expect((times[4] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(1150);
    const before = simulator.journal.requests.length;
    await unitsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(before)).toEqual(['snapshot.cgi query']);
  });

  it('foscam: videostream.asf with MJPEG, delivered as pictures, too', async () => {
    await using simulator = await start({ profile: 'foscam' });
    const client = clientOf(simulator);
    const session = await client.open(never);
    expect(session).toMatchObject({ via: 'av.asf', media: 'asf' });
    const units = await unitsUntil(session, (all) => countOf(all, 'jpeg') > 2);
    const picture = units.find((unit) => unit.type === 'jpeg');
    expect(picture?.frame).toMatchObject({ width: 320, height: 240 });
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'av.asf none',
      'videostream.asf none',
      'videostream.asf basic',
    ]);
    const before = simulator.journal.requests.length;
    await unitsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(before)).toEqual(['videostream.asf basic']);
  });

  it('a camera without ASF: videostream.cgi with a ticket', async () => {
    await using simulator = await start({ profile: 'classic', video: 'mjpeg', absent: ['av.asf'] });
    const session = await clientOf(simulator).open(never);
    expect(session).toMatchObject({ via: 'videostream.cgi', media: 'jpeg' });
    const units = await unitsUntil(session, (all) => countOf(all, 'jpeg') > 2);
    expect(countOf(units, 'corrupt')).toBe(0);
    expect(asked(simulator).at(-1)).toBe('videostream.cgi ticket');
  });

  it('H.264 without ASF: the error of videostream.cgi leads to snapshots', async () => {
    await using simulator = await start({
      profile: 'classic',
      absent: ['av.asf', 'request_av.cgi'],
    });
    const session = await clientOf(simulator).open(never);
    expect(session.via).toBe('snapshot.cgi');
    await session.close();
  });

  it('an address with a path of its own is taken as it is', async () => {
    await using simulator = await start({ profile: 'foscam' });
    const url = new URL('/videostream.cgi?rate=0', simulator.url);
    const session = await clientOf(simulator, { url }).open(never);
    expect(session).toMatchObject({ via: 'http', media: 'jpeg' });
    await unitsUntil(session, (all) => countOf(all, 'jpeg') > 1);
    expect(simulator.journal.requests.map(({ path, parameters }) => [path, parameters])).toEqual([
      ['videostream.cgi', { rate: '0' }],
      ['videostream.cgi', { rate: '0' }],
    ]);
  });

  it('the address of a single picture is asked for again and again', async () => {
    await using simulator = await start({ profile: 'foscam', snapshotLatencyMs: [5, 10] });
    const url = new URL('/snapshot.cgi', simulator.url);
    const session = await clientOf(simulator, { url }).open(never);
    expect(session).toMatchObject({ via: 'http', media: 'jpeg' });
    expect(await unitsUntil(session, (all) => countOf(all, 'jpeg') === 3)).toHaveLength(3);
  });

  it('a camera that has nothing of this', async () => {
    await using simulator = await start({
      profile: 'f99',
      absent: ['snapshot.cgi'],
    });
    await expect(clientOf(simulator).open(never)).rejects.toMatchObject({
      reason: 'endpoint-absent',
    });
  });
});

describe('sound', () => {
  it('is not asked for when it is not wanted', async () => {
    await using simulator = await start({ profile: 'classic' });
    const session = await clientOf(simulator, { audio: false }).open(never);
    const [header] = await unitsUntil(session, (all) => all.length > 0);
    expect(header?.type === 'asf-header' && header.header.streams).toHaveLength(1);
    expect(simulator.journal.of('request_av.cgi')[0]?.parameters).toEqual({
      video: '1',
      audio: '0',
      stream: '1',
    });
  });

  it('is given up once for an account that may not hear, with a ticket and without', async () => {
    const users = [{ name: 'visitor', password: 'v', group: visitorGroup }];
    for (const absent of [[], ['request_av.cgi']] as const) {
      await using simulator = await start({ profile: 'classic', users, absent });
      const client = clientOf(simulator);
      await unitsUntil(await client.open(never), (all) => all.length > 0);
      const before = simulator.journal.requests.length;
      await unitsUntil(await client.open(never), (all) => all.length > 0);
      const later = simulator.journal.requests.slice(before);
      expect(later[0]?.parameters).toMatchObject({ audio: '0' });
      expect(later).toHaveLength(absent.length === 0 ? 2 : 1);
    }
  });
});

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
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
    expect(simulator.journal.requests.every(({ authKind }) => authKind === 'none')).toBe(true);
  });

  it('a locked camera is told from a wrong password', async () => {
    await using simulator = await start({ profile: 'soso' });
    const wrong = Array.from({ length: 10 }, () =>
      clientOf(simulator, { password: 'wrong' }).open(never),
    );
    await Promise.allSettled(wrong);
    await new Promise((resolve) => setTimeout(resolve, 1100)); // the camera counts whole seconds
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
    await unitsUntil(await client.open(never), (all) => all.length > 0);
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
      await unitsUntil(await client.open(never), (all) => countOf(all, 'asf-packet') > 0);
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
    const client = clientOf(simulator, {}, { headerMs: 200 });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'timeout' });
    expect(simulator.journal.requests).toHaveLength(1);
  });
});

describe('the life of a session', () => {
  it('reads through odd heads, chunks and a wrong Content-Type', async () => {
    await using simulator = await start({ profile: 'classic', isChunked: true });
    await simulator.faults.switchOn({ kind: 'slow-headers', ms: 1 });
    await simulator.faults.switchOn({ kind: 'content-type', text: 'text/html' });
    const session = await clientOf(simulator).open(never);
    const units = await unitsUntil(session, (all) => countOf(all, 'asf-object') > 10);
    expect(countOf(units, 'corrupt')).toBe(0);
  });

  it('ends when the camera resets the connection', async () => {
    await using simulator = await start({ profile: 'classic' });
    const session = await clientOf(simulator).open(never);
    await simulator.faults.switchOn({ kind: 'reset' });
    // A reset right behind the last bytes is reported as an end by the system's event loop.
    const outcome = await unitsUntil(session, () => false).then(
      () => 'ended',
      (error: unknown) => (error as { reason: unknown }).reason,
    );
    expect(['ended', 'closed']).toContain(outcome);
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
  });

  it('close() ends a waiting reader and frees the camera', async () => {
    await using simulator = await start({ profile: 'classic' });
    const session = await clientOf(simulator).open(never);
    const read = unitsUntil(session, () => false);
    await session.close();
    await session.close();
    await read;
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
  });

  it('an abort ends the dial with its reason and leaves no connection', async () => {
    await using simulator = await start({ profile: 'classic' });
    await simulator.faults.switchOn({ kind: 'mute' });
    const controller = new AbortController();
    const reason = new Error('no viewer any more');
    const dial = clientOf(simulator).open(controller.signal);
    await simulator.journal.waitFor(({ requests }) => requests.length === 1);
    controller.abort(reason);
    await expect(dial).rejects.toBe(reason);
    await simulator.journal.waitFor(({ requests }) => requests[0]?.endedAt !== undefined);
  });
});
