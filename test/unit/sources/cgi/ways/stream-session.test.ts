import { describe, expect, it } from 'vitest';
import type { UpstreamSession } from '../../../../../src/sources/cgi/cgi-session-types.ts';
import { RawServer } from '../raw-server.ts';
import {
  camera,
  clientOf,
  never,
  ok,
  picture,
  push,
  still,
  take,
  yieldOf,
} from './upstream-rig.ts';

describe('streams of other makers', () => {
  const open = (server: RawServer): Promise<UpstreamSession> =>
    clientOf(server, { via: 'http', url: new URL('/video', server.url) }).open(never);

  it('reads JPEGs one after another without any framing', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(Buffer.concat([still, picture, picture]));
    });
    const session = await open(server);
    expect(session).toMatchObject({ via: 'http', paceMs: undefined });
    expect((await take(session, 3)).map(({ type }) => type)).toEqual(['frame', 'frame', 'frame']);
    expect(server.requests).toHaveLength(1);
    await server.quiet();
  });

  it('asks again for a single picture, declared or not', async () => {
    const declared = Buffer.concat([
      Buffer.from(`HTTP/1.0 200 OK\r\nContent-Length: ${picture.length}\r\n\r\n`),
      picture,
    ]);
    for (const answer of [still, declared]) {
      await using server = await camera({ video: answer });
      expect(await take(await open(server), 2)).toHaveLength(2);
      expect(server.requests).toHaveLength(2);
    }
  });

  it.each([
    ['Content-Length: 0\r\nContent-Type: image/jpeg', 'pushed'],
    ['Content-Length: 999\r\nContent-Type: application/octet-stream', 'pushed'],
    ['Content-Length: 12', 'pushed'],
    ['Content-Length: 0\r\nContent-Type: image/jpeg', 'bare'],
    ['Content-Length: 12', 'bare'],
  ])('reads on where %j is stated for %s pictures without end', async (fields, form) => {
    await using server = await RawServer.start((socket) => {
      socket.write(`HTTP/1.0 200 OK\r\n${fields}\r\n\r\n`);
      const parts = form === 'bare' ? [picture] : ['--x\r\n\r\n', picture, '\r\n'];
      const part = Buffer.concat(parts.map((piece) => Buffer.from(piece)));
      socket.write(Buffer.concat(Array<Buffer>(5).fill(part)));
    });
    const units = await take(await open(server), 5);
    expect(units.map(({ type }) => type)).toEqual(Array<string>(5).fill('frame'));
    expect(server.requests).toHaveLength(1);
    await server.quiet();
  });

  it('counts one read of the socket as one batch', async () => {
    await using server = await camera({ video: push });
    const session = await open(server);
    const batches = [];
    for await (const batch of session.batches) batches.push(batch);
    const byteCount = batches.reduce((sum, batch) => sum + batch.byteCount, 0);
    expect(byteCount).toBe(push.length - push.indexOf('\r\n\r\n') - 4);
    expect(batches.flatMap(yieldOf).map(({ type }) => type)).toEqual(['frame']);
  });

  it.each(['{"error":-2}', '<html>busy</html>'])(
    'does not take %j for a stream because its Content-Type says so',
    async (words) => {
      await using server = await camera({
        video: ok('multipart/x-mixed-replace;boundary=x', words),
      });
      await expect(open(server)).rejects.toMatchObject({ reason: 'bad-answer' });
    },
  );

  it('fails when an ASF header turns out to be none', async () => {
    const guid = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
    const dataObject = Buffer.from('3626b2758e66cf11a6d900aa0062ce6c', 'hex');
    const broken = ok('video/x-ms-asf', guid, Buffer.alloc(14), dataObject, Buffer.alloc(100));
    await using server = await camera({ video: broken });
    const session = await open(server);
    await expect(take(session, 1)).rejects.toMatchObject({ reason: 'bad-answer' });
  });
});
