import { describe, expect, it } from 'vitest';
import { RawServer } from '../raw-server.ts';
import { camera, clientOf, never, ok, push, still, text } from './upstream-rig.ts';

const paths = (server: RawServer): string[] =>
  server.requests.map((request) => /^GET \/([^? ]*)/.exec(request)?.[1] ?? '');

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
    await expect(clientOf(server).open(never)).rejects.toMatchObject({ reason: 'no-password' });
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
