import { afterEach, describe, expect, it } from 'vitest';
import { mediaPlaylistPath } from '../playlist-watch.ts';
import { eventually, startRig, type Rig } from '../rig.ts';

const streams = ['av.asf', 'videostream.cgi'];

function streamRequests(rig: Rig): number {
  return rig.camera.journal.requests.filter(
    ({ path, status }) => streams.includes(path) && status === 200,
  ).length;
}

describe('one session per camera', () => {
  let rig: Rig;
  afterEach(() => rig[Symbol.asyncDispose]());

  it('serves ten viewers of a cold camera, arriving together, from one connection', async () => {
    rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        rig.get(index % 2 === 0 ? '/cameras/cam0/index.m3u8' : '/cameras/cam0/snapshot.jpg'),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(streamRequests(rig)).toBe(1);
    expect(rig.camera.journal.mostOpenStreams).toBe(1);
  });

  it('serves ten snapshots one after another from one connection', async () => {
    rig = await startRig([{ video: 'mjpeg', audio: 'none' }]);
    for (let index = 0; index < 10; index++) {
      const answer = await rig.get('/cameras/cam0/snapshot.jpg');
      expect(answer.status).toBe(200);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(bytes.subarray(0, 2).toString('hex')).toBe('ffd8');
    }
    expect(streamRequests(rig)).toBe(1);
  });

  it('counts everyone who waits for one part', async () => {
    rig = await startRig([{ video: 'h264', audio: 'none' }], { alwaysOn: true, stallMs: 60_000 });
    const path = await mediaPlaylistPath(rig);
    await rig.camera.faults.switchOn({ kind: 'stall' });
    const text = await (await rig.get(path)).text();
    const openMsn = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]) + text.split('#EXTINF').length;
    const end = new AbortController();
    const asked = Array.from({ length: 20 }, (_, index) =>
      rig.get(`${path}?_HLS_msn=${openMsn}&t=${index % 4}`, { signal: end.signal }),
    );
    const waiting = async (): Promise<string | undefined> =>
      /^camgate_hls_blocked_requests.* (\d+)$/m.exec(await (await rig.get('/metrics')).text())?.[1];
    await eventually(waiting, (count) => count === '20');
    end.abort();
    await Promise.allSettled(asked);
    await eventually(waiting, (count) => count === '0');
  });

  it('ends the session a linger after the last viewer', async () => {
    rig = await startRig([{ video: 'h264', audio: 'none' }], { lingerMs: 300 });
    const askedAt = Date.now();
    await rig.get('/cameras/cam0/snapshot.jpg');
    await rig.camera.journal.waitFor((journal) => journal.openStreams.length === 0, 10_000);
    const streams = rig.camera.journal.requests.filter(({ isStream }) => isStream);
    expect(streams).toHaveLength(1);
    expect((streams[0]?.endedAt ?? 0) - askedAt).toBeGreaterThanOrEqual(300);
    expect((await rig.status()).state).toBe('idle');
  });

  it('keeps the session of an alwaysOn camera', async () => {
    rig = await startRig([{ video: 'h264', audio: 'none' }], { alwaysOn: true, lingerMs: 100 });
    await rig.camera.journal.waitFor((journal) => journal.openStreams.length === 1);
    await rig.get('/cameras/cam0/snapshot.jpg');
    await eventually(
      () => rig.status(),
      ({ state }) => state === 'live',
    );
    expect(streamRequests(rig)).toBe(1);
  });

  it('never sends Authorization before a challenge and uses a ticket once', async () => {
    rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    await rig.get('/cameras/cam0/snapshot.jpg');
    const { requests } = rig.camera.journal;
    expect(requests[0]?.authKind).toBe('none');
    const tickets = requests.flatMap(({ path, parameters }) =>
      path === 'av.asf' && parameters['id'] !== undefined ? [parameters['id']] : [],
    );
    expect(new Set(tickets).size).toBe(tickets.length);
  });

  it('leaves no stream open at shutdown', async () => {
    rig = await startRig([{ video: 'h264', audio: 'none' }]);
    await rig.get('/cameras/cam0/index.m3u8');
    await rig.gateway[Symbol.asyncDispose]();
    await rig.camera.journal.waitFor((journal) => journal.openStreams.length === 0, 10_000);
  });
});

describe('failing cameras', () => {
  let rig: Rig;
  afterEach(() => rig[Symbol.asyncDispose]());

  it('tries a wrong password once and tells the reason', async () => {
    rig = await startRig([{ video: 'h264' }], { password: 'not-the-password-xyzzy' });
    const askedAtMs = performance.now();
    const answer = await rig.get('/cameras/cam0/snapshot.jpg');
    const tookSeconds = (performance.now() - askedAtMs) / 1000;
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    // Three minutes from the refusal on, which came while this was asked.
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(179 - tookSeconds);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'wrong-password', status: 503 });
    expect(text).not.toContain('xyzzy');
    const withCredentials = rig.camera.journal.requests.filter(
      ({ authKind }) => authKind !== 'none',
    );
    expect(withCredentials).toHaveLength(1);
    await Promise.all(Array.from({ length: 5 }, () => rig.get('/cameras/cam0/snapshot.jpg')));
    expect(rig.camera.journal.requests.filter(({ authKind }) => authKind !== 'none')).toHaveLength(
      1,
    );
    const status = await rig.status();
    expect(status).toMatchObject({ state: 'refused', reason: 'wrong-password' });
    expect(status.stateText).toMatch(/^offline: wrong password, next try in \d min \d+ s$/);
  });

  it('says 503 with the reason when nobody answers at the address', async () => {
    rig = await startRig([{ video: 'h264' }]);
    await rig.camera[Symbol.asyncDispose]();
    const answer = await rig.get('/cameras/cam0/index.m3u8');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'unreachable' });
  });

  it('reconnects after a reset and continues the same playlist with a discontinuity', async () => {
    rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    const master = await (await rig.get('/cameras/cam0/index.m3u8')).text();
    const path = `/cameras/cam0/${master.split('\n').find((line) => line.endsWith('.m3u8')) ?? ''}`;
    await eventually(
      async () => (await rig.get(path)).text(),
      (text) => text.includes('#EXTINF'),
    );
    await rig.camera.faults.switchOn({ kind: 'reset' });
    await eventually(
      async () => (await rig.get(path)).text(),
      (text) => /#EXT-X-MAP[^]*#EXT-X-DISCONTINUITY\n[^]*#EXT-X-MAP/.test(text),
    );
    expect(rig.camera.journal.mostOpenStreams).toBe(1);
  });

  it('takes a silent camera for failed and dials again', async () => {
    rig = await startRig([{ video: 'h264', audio: 'none' }], { alwaysOn: true, stallMs: 1_500 });
    await eventually(
      () => rig.status(),
      ({ state }) => state === 'live',
    );
    await rig.camera.faults.switchOn({ kind: 'stall' });
    await eventually(
      () => rig.status(),
      ({ reason }) => reason === 'stalled',
    );
    await rig.camera.faults.clear();
    await eventually(
      () => rig.status(),
      ({ state }) => state === 'live',
    );
  });
});
