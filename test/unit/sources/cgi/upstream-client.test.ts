import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../../../src/lib/log.ts';
import {
  createUpstreamClient,
  type UpstreamClientOptions,
} from '../../../../src/sources/cgi/cgi-source.ts';
import type {
  UpstreamClient,
  UpstreamSession,
} from '../../../../src/sources/cgi/cgi-session-types.ts';
import type { SourceBatch, SourceEvent } from '../../../../src/sources/source.ts';
import { fakeJpeg } from '../../media/support.ts';
import { RawServer } from './raw-server.ts';
import { stopTimers } from './stopped-timers.ts';

const never = new AbortController().signal;
const picture = fakeJpeg({ dataBytes: 200 });
const ok = (type: string, ...body: (string | Buffer)[]): Buffer =>
  Buffer.concat(
    [`HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n`, ...body].map((piece) =>
      Buffer.from(piece),
    ),
  );
const still = ok('image/jpeg', picture);
const push = ok('multipart/x-mixed-replace;boundary=ipcamera', '--ipcamera\r\n\r\n', picture);
const text = (words: string): Buffer => ok('text/plain', words);

function clientOf(
  server: RawServer,
  camera: Partial<UpstreamClientOptions['camera']> = {},
  timeouts: UpstreamClientOptions['timeouts'] = {},
): UpstreamClient {
  const whole = {
    id: 'front',
    url: server.url,
    username: '',
    password: '',
    via: 'auto' as const,
    stream: 1,
    audio: true,
    ...camera,
  };
  return createUpstreamClient({ camera: whole, log: silentLog, timeouts });
}

const paths = (server: RawServer): string[] =>
  server.requests.map((request) => /^GET \/([^? ]*)/.exec(request)?.[1] ?? '');

/** Frames, and what was found in place of one. */
const yieldOf = ({ events }: SourceBatch): readonly SourceEvent[] =>
  events.filter(({ type }) => type !== 'tracks');

/** The first frames, and what was found in place of one, then closes the session. */
async function take(session: UpstreamSession, count: number): Promise<readonly SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const batch of session.batches) {
    events.push(...yieldOf(batch));
    if (events.length >= count) break;
  }
  await session.close();
  return events;
}

/** A camera that has these paths; values may change while it runs. */
function camera(has: Record<string, Buffer>): Promise<RawServer> {
  return RawServer.start((socket, request) => {
    const path = /^GET \/([^? ]*)/.exec(request)?.[1] ?? '';
    socket.end(has[path] ?? text('File not found.'));
  });
}

describe('probing', () => {
  it('begins with what worked last, and looks further when that is gone', async () => {
    const has: Record<string, Buffer> = { 'videostream.cgi': push };
    await using server = await camera(has);
    const client = clientOf(server);
    expect((await client.open(never)).via).toBe('videostream.cgi');
    expect(paths(server)).toEqual([
      'request_av.cgi',
      'av.asf',
      'videostream.asf',
      'videostream.cgi',
    ]);
    await client.open(never);
    expect(paths(server).slice(4)).toEqual(['videostream.cgi']);

    delete has['videostream.cgi'];
    has['snapshot.cgi'] = still;
    expect((await client.open(never)).via).toBe('snapshot.cgi');
    expect(paths(server).slice(5)).toEqual([
      'videostream.cgi',
      'av.asf',
      'videostream.asf',
      'snapshot.cgi',
    ]);
    await client.dispose();
  });

  it('ends with the first reason that is not absence', async () => {
    await using server = await camera({
      'av.asf': Buffer.from('HTTP/1.0 401 No\r\n\r\n'),
      'snapshot.cgi': still,
    });
    await expect(clientOf(server).open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
    expect(paths(server)).not.toContain('snapshot.cgi');
  });

  it('tries only the configured way', async () => {
    await using server = await camera({ 'av.asf': text('hello'), 'snapshot.cgi': still });
    const client = clientOf(server, { via: 'videostream.cgi' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'endpoint-absent' });
    expect(paths(server)).toEqual(['request_av.cgi', 'videostream.cgi']);
  });

  it('goes on to the camera behind the address of a page', async () => {
    await using server = await camera({
      'web/index.htm': ok('text/html', '<html></html>'),
      'web/videostream.cgi': push,
    });
    const client = clientOf(server, { url: new URL('/web/index.htm', server.url) });
    expect((await client.open(never)).via).toBe('videostream.cgi');
  });

  it('takes a stream at the bare address, last', async () => {
    await using server = await camera({ '': push });
    expect((await clientOf(server).open(never)).via).toBe('http');
    expect(paths(server)).toEqual([
      'request_av.cgi',
      'av.asf',
      'videostream.asf',
      'videostream.cgi',
      'snapshot.cgi',
      '',
    ]);
  });

  it('takes a bare address with a query at its word, first and as it is', async () => {
    await using server = await RawServer.start((socket, request) => {
      const isStream = request.startsWith('GET /?action=stream ');
      socket.end(isStream ? push : 'HTTP/1.0 501 Not Implemented\r\n\r\n');
    });
    const client = clientOf(server, { url: new URL('/?action=stream', server.url) });
    expect((await client.open(never)).via).toBe('http');
    expect(server.requests).toHaveLength(1);
  });

  it('concludes nothing from the page at the bare address', async () => {
    await using server = await camera({ '': ok('text/html', '<html></html>') });
    await expect(clientOf(server).open(never)).rejects.toMatchObject({ reason: 'endpoint-absent' });
  });

  it.each([
    ['400', 'HTTP/1.0 400 Bad Request\r\n\r\n'],
    ['405', 'HTTP/1.0 405 Method Not Allowed\r\n\r\n'],
    ['500', 'HTTP/1.0 500 Oops\r\n\r\n'],
    ['501', 'HTTP/1.0 501 Not Implemented\r\n\r\n'],
    ['a closed connection', ''],
    ['a page', ok('text/html', '<html></html>')],
    ['words', text('hello')],
  ])('finds the only stream of a server that answers %s to all else', async (_, answer) => {
    const ways: [path: string, via: string, media: Buffer][] = [
      ['videostream.cgi', 'videostream.cgi', push],
      ['videostream.asf', 'av.asf', push],
      ['snapshot.cgi', 'snapshot.cgi', still],
      ['', 'http', push],
    ];
    for (const [path, via, media] of ways) {
      await using server = await RawServer.start((socket, request) => {
        socket.end(request.startsWith(`GET /${path}${path === '' ? ' ' : ''}`) ? media : answer);
      });
      for (const account of [{}, { username: 'u', password: 'p' }]) {
        const client = clientOf(server, account);
        const session = await client.open(never);
        expect(session.via).toBe(via);
        await session.close();
        expect(server.requests.join('')).not.toMatch(/Authorization|pwd=/);
        await client.dispose();
      }
      expect(server.requests.length).toBeLessThanOrEqual(2 * 8);
    }
  });

  it('stays with a way that has worked while it is closed, and looks further the third time', async () => {
    let isOpen = true;
    await using server = await RawServer.start((socket, request) => {
      if (/GET \/(request_av|av|videostream)/.test(request)) {
        if (request.startsWith('GET /videostream.cgi')) socket.end(isOpen ? push : '');
        else socket.end(text('File not found.'));
      } else socket.end(still);
    });
    const client = clientOf(server);
    await (await client.open(never)).close();
    isOpen = false;
    for (let dial = 0; dial < 2; dial++) {
      const before = server.requests.length;
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'closed' });
      expect(server.requests.length - before).toBe(1);
    }
    const session = await client.open(never);
    expect(session.via).toBe('snapshot.cgi');
    await session.close();
    isOpen = true;
    const again = await client.open(never);
    expect(again.via).toBe('videostream.cgi');
    await again.close();
  });

  it('names what was there when nothing is a stream', async () => {
    await using server = await camera({ 'index.htm': ok('text/html', '<html></html>') });
    const client = clientOf(server, { url: new URL('/index.htm', server.url) });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'bad-answer' });
  });

  it('is bounded as a whole', async () => {
    await using server = await RawServer.start(() => undefined);
    const client = clientOf(server, {}, { openMs: 50 });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'timeout' });
    await server.quiet();
  });

  it('is ended by dispose(), after which nothing is dialled', async () => {
    await using server = await RawServer.start(() => void client.dispose());
    const client = clientOf(server);
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'closed' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'closed' });
    expect(server.requests).toHaveLength(1);
    await server.quiet();
  });
});

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
