import { describe, expect, it } from 'vitest';
import { parseJpeg } from '../../../src/media/jpeg/jpeg.ts';
import { visitorGroup } from '../../../src/simulator/camera-simulator.ts';
import { SettableClock } from '../../settable-clock.ts';
import { asked, clientOf, countOf, eventsUntil, never, start, tracksOf } from './rig.ts';

describe('the way into each kind of camera', () => {
  it('classic: Basic after the challenge, a ticket, one ASF stream with audio', async () => {
    await using simulator = await start({ profile: 'classic' });
    const client = clientOf(simulator);
    const session = await client.open(never);
    expect(session.via).toBe('av.asf');
    const events = await eventsUntil(session, (all) => countOf(all, 'frame') > 20);
    expect(tracksOf(events)).toMatchObject({
      video: { codec: 'h264' },
      audio: { codec: 'adpcm_ima_wav' },
    });
    expect(countOf(events, 'corrupt')).toBe(0);
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'request_av.cgi basic',
      'av.asf ticket',
    ]);
    expect(simulator.journal.of('av.asf')[0]?.parameters).toEqual({
      id: expect.stringMatching(/^\d+$/) as string,
    });
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);

    await eventsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(3)).toEqual(['request_av.cgi basic', 'av.asf ticket']);
    const tickets = simulator.journal.of('av.asf').map(({ parameters }) => parameters['id']);
    expect(new Set(tickets).size).toBe(2);
  });

  it('soso: Digest, whose nonce is used again without a new challenge', async () => {
    await using simulator = await start({ profile: 'soso' });
    const client = clientOf(simulator);
    await eventsUntil(await client.open(never), (all) => all.length > 0);
    await eventsUntil(await client.open(never), (all) => all.length > 0);
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
    const clock = new SettableClock();
    await using simulator = await start({ profile: 'soso', clock });
    const client = clientOf(simulator);
    await eventsUntil(await client.open(never), (all) => all.length > 0);
    clock.pass(600_000);
    await eventsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(3)).toEqual([
      'request_av.cgi digest',
      'request_av.cgi digest',
      'av.asf ticket',
    ]);
  });

  it('drone: no challenge, so the empty password makes a session', async () => {
    await using simulator = await start({ profile: 'drone' });
    const client = clientOf(simulator);
    await eventsUntil(await client.open(never), (all) => countOf(all, 'frame') > 3);
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
    expect(session).toMatchObject({ via: 'snapshot.cgi', paceMs: 400 });
    const events = await eventsUntil(session, (all) => countOf(all, 'frame') === 4);
    expect(tracksOf(events).video?.codec).toBe('mjpeg');
    expect(countOf(events, 'frame')).toBe(4);
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
    await eventsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(before)).toEqual(['snapshot.cgi query']);
  });

  it('foscam: videostream.asf with MJPEG, delivered as JPEG frames, too', async () => {
    await using simulator = await start({ profile: 'foscam' });
    const client = clientOf(simulator);
    const session = await client.open(never);
    expect(session.via).toBe('av.asf');
    const events = await eventsUntil(session, (all) => countOf(all, 'frame') > 2);
    expect(tracksOf(events).video?.codec).toBe('mjpeg');
    const frame = events.find((event) => event.type === 'frame')?.frame;
    expect(parseJpeg(Buffer.concat(frame?.data ?? []))).toMatchObject({ width: 320, height: 240 });
    expect(asked(simulator)).toEqual([
      'request_av.cgi none',
      'av.asf none',
      'videostream.asf none',
      'videostream.asf basic',
    ]);
    const before = simulator.journal.requests.length;
    await eventsUntil(await client.open(never), (all) => all.length > 0);
    expect(asked(simulator).slice(before)).toEqual(['videostream.asf basic']);
  });

  it('a camera without ASF: videostream.cgi with a ticket', async () => {
    await using simulator = await start({ profile: 'classic', video: 'mjpeg', absent: ['av.asf'] });
    const session = await clientOf(simulator).open(never);
    expect(session.via).toBe('videostream.cgi');
    const events = await eventsUntil(session, (all) => countOf(all, 'frame') > 2);
    expect(countOf(events, 'corrupt')).toBe(0);
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
    expect(session.via).toBe('http');
    await eventsUntil(session, (all) => countOf(all, 'frame') > 1);
    expect(simulator.journal.requests.map(({ path, parameters }) => [path, parameters])).toEqual([
      ['videostream.cgi', { rate: '0' }],
      ['videostream.cgi', { rate: '0' }],
    ]);
  });

  it('the address of a single picture is asked for again and again', async () => {
    await using simulator = await start({ profile: 'foscam', snapshotLatencyMs: [5, 10] });
    const url = new URL('/snapshot.cgi', simulator.url);
    const session = await clientOf(simulator, { url }).open(never);
    expect(session.via).toBe('http');
    const events = await eventsUntil(session, (all) => countOf(all, 'frame') === 3);
    expect(countOf(events, 'frame')).toBe(3);
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

describe('audio', () => {
  it('is not asked for when it is not wanted', async () => {
    await using simulator = await start({ profile: 'classic' });
    const session = await clientOf(simulator, { audio: false }).open(never);
    const events = await eventsUntil(session, (all) => all.length > 0);
    expect(tracksOf(events)).toMatchObject({ video: { codec: 'h264' }, audio: undefined });
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
      await eventsUntil(await client.open(never), (all) => all.length > 0);
      const before = simulator.journal.requests.length;
      await eventsUntil(await client.open(never), (all) => all.length > 0);
      const later = simulator.journal.requests.slice(before);
      expect(later[0]?.parameters).toMatchObject({ audio: '0' });
      expect(later).toHaveLength(absent.length === 0 ? 2 : 1);
    }
  });
});
