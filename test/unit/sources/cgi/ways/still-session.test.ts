import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UpstreamSession } from '../../../../../src/sources/cgi/cgi-session-types.ts';
import { RawServer } from '../raw-server.ts';
import { stopTimers } from '../stopped-timers.ts';
import { camera, clientOf, never, ok, picture, still, take, text } from './upstream-rig.ts';

describe('snapshots', () => {
  afterEach(() => void vi.useRealTimers());

  const open = (server: RawServer): Promise<UpstreamSession> =>
    clientOf(server, { via: 'snapshot.cgi' }).open(never);

  it('a broken picture costs one picture', async () => {
    const answers = [still, ok('image/jpeg', picture.subarray(0, 100)), still];
    await using server = await RawServer.start((socket) => {
      socket.end(answers[server.requests.length - 1] ?? '');
    });
    const units = await take(await open(server), 3);
    expect(units.map(({ type }) => type)).toEqual(['frame', 'corrupt', 'frame']);
  });

  it('a camera that never closes costs no time', async () => {
    stopTimers(); // whoever waited for the end of an answer would wait for ever
    await using server = await RawServer.start((socket) => socket.write(still));
    expect(await take(await open(server), 2)).toHaveLength(2);
    await server.quiet();
  });

  it('waits longer each time while the camera cannot take one', async () => {
    const times: number[] = [];
    await using server = await RawServer.start((socket) => {
      times.push(performance.now());
      socket.end(times.length === 1 || times.length === 4 ? still : text('Snapshot Failed.'));
    });
    const units = await take(await open(server), 4);
    expect(units.map(({ type }) => type)).toEqual(['frame', 'corrupt', 'corrupt', 'frame']);
    const [first = 0, , , fourth = 0] = times;
    // 0.4, 0.8 and 1.6 s from request to request; the first counts from the answer, so that none can arrive too early.
    expect(fourth - first).toBeGreaterThan(2_790);
  });

  it('end with the reason when the camera refuses', async () => {
    await using server = await RawServer.start((socket) => {
      socket.end(server.requests.length === 1 ? still : Buffer.from('HTTP/1.0 403 No\r\n\r\n'));
    });
    const session = await open(server);
    await expect(take(session, 2)).rejects.toMatchObject({ reason: 'no-permission' });
  });

  it('end quietly at close(), also between two of them', async () => {
    await using server = await camera({ 'snapshot.cgi': still });
    const session = await open(server);
    const batches = session.batches[Symbol.asyncIterator]();
    expect(await batches.next()).toMatchObject({ done: false });
    const next = batches.next();
    await session.close();
    expect(await next).toEqual({ done: true, value: undefined });
    await server.quiet();
  });
});
