import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../../src/lib/log.ts';
import type { CameraAnswer } from '../../../../../src/sources/cgi/http/camera-answer.ts';
import { CgiClient } from '../../../../../src/sources/cgi/cgi-client.ts';
import { defaultTimeouts } from '../../../../../src/sources/cgi/http/timeouts.ts';
import { RawServer } from '../raw-server.ts';

const never = new AbortController().signal;
const found = 'HTTP/1.0 200 OK\r\n\r\nvar result=0;';
const redirect = (location: string): string =>
  `HTTP/1.0 302 Found\r\nLocation: ${location}\r\n\r\n`;
const unauthorized = (challenge: string): string =>
  `HTTP/1.0 401 No\r\nWWW-Authenticate: ${challenge}\r\n\r\n`;

const clientOf = (base: URL): CgiClient =>
  new CgiClient({
    base,
    credentials: { username: 'admin', password: 'secret' },
    timeouts: defaultTimeouts,
    log: silentLog,
  });

/** Path and scheme of every request. */
const asked = (server: RawServer): string[] =>
  server.requests.map((text) => {
    const scheme = /^Authorization: (\w+)/m.exec(text)?.[1] ?? 'bare';
    return `${text.split(' ')[1] ?? ''} ${scheme}`;
  });

const isRight = (answer: CameraAnswer): boolean =>
  answer.type === 'text' && answer.content.kind === 'values';

describe('redirects', () => {
  it('are followed within the host', async () => {
    await using server = await RawServer.start((socket, request) =>
      socket.end(request.startsWith('GET /new') ? found : redirect('/new?a=1')),
    );
    expect(isRight(await clientOf(server.url).ask(server.url, never))).toBe(true);
    expect(asked(server)).toEqual(['/ bare', '/new?a=1 bare']);
  });

  it.each([
    'http://example.org/',
    'http://localhost.example.org/',
    'file:///etc/passwd',
    'http://',
  ])('to %s are not followed', async (location) => {
    await using server = await RawServer.start((socket) => socket.end(redirect(location)));
    const answer = await clientOf(server.url).ask(server.url, never);
    expect(answer).toMatchObject({ type: 'text', status: 302 });
    expect(server.requests).toHaveLength(1);
  });

  it.each(['', 'Authorization: Basic'])(
    'with a cookie to the same address are followed, with the cookie, behind %j',
    async (wanted) => {
      await using server = await RawServer.start((socket, request) => {
        if (!request.includes(wanted)) socket.end(unauthorized('Basic realm="x"'));
        else if (request.includes('\r\nCookie: sid=4\r\n')) socket.end(found);
        else socket.end(redirect('/?a=1\r\nSet-Cookie: sid=4; Path=/'));
      });
      const client = clientOf(server.url);
      const url = new URL('/?a=1', server.url);
      expect(isRight(await client.ask(url, never))).toBe(true);
      const before = server.requests.length;
      expect(isRight(await client.ask(url, never))).toBe(true);
      expect(server.requests.length - before).toBe(1);
    },
  );

  it('by way of another address that sets the cookie lead back', async () => {
    await using server = await RawServer.start((socket, request) => {
      if (request.includes('Cookie: sid=4')) socket.end(found);
      else if (request.startsWith('GET /hello')) socket.end(redirect('/\r\nSet-Cookie: sid=4'));
      else socket.end(redirect('/hello'));
    });
    expect(isRight(await clientOf(server.url).ask(server.url, never))).toBe(true);
  });

  it('that set the same cookie again and again are a circle', async () => {
    await using server = await RawServer.start((socket) =>
      socket.end(redirect('/\r\nSet-Cookie: sid=4')),
    );
    const asking = clientOf(server.url).ask(server.url, never);
    await expect(asking).rejects.toMatchObject({ reason: 'bad-answer' });
    expect(server.requests).toHaveLength(2);
  });

  it('take a cookie to no other port of the host, and a new dial begins without', async () => {
    await using other = await RawServer.start((socket) => socket.end(found));
    await using server = await RawServer.start((socket) =>
      socket.end(redirect(`${other.url.href}\r\nSet-Cookie: sid=4`)),
    );
    const client = clientOf(server.url);
    await client.ask(server.url, never);
    await client.ask(server.url, never);
    client.beginDial(false, never);
    await client.ask(server.url, never);
    expect(other.requests.join('')).not.toContain('Cookie');
    const cookies = server.requests.map((request) => request.includes('Cookie: sid=4'));
    expect(cookies).toEqual([false, true, false]);
  });

  it('in a circle end where they begin anew', async () => {
    await using server = await RawServer.start((socket, request) =>
      socket.end(redirect(request.startsWith('GET /a ') ? '/b' : '/a')),
    );
    const asking = clientOf(server.url).ask(new URL('/a', server.url), never);
    await expect(asking).rejects.toMatchObject({ reason: 'bad-answer' });
    expect(asked(server)).toEqual(['/a bare', '/b bare']);
  });

  it('to ever new addresses end', async () => {
    let count = 0;
    await using server = await RawServer.start((socket) => socket.end(redirect(`/${++count}`)));
    const asking = clientOf(server.url).ask(server.url, never);
    await expect(asking).rejects.toMatchObject({ reason: 'bad-answer' });
    expect(server.requests).toHaveLength(4);
  });

  it.each(['the target', 'both'] as const)(
    'to an address behind Basic open it again and again, where %s wants to know who asks',
    async (where) => {
      await using server = await RawServer.start((socket, request) => {
        const isOpen = request.includes('Authorization: Basic');
        const isFirst = request.startsWith('GET /video');
        if (!isOpen && (where === 'both' || !isFirst)) socket.end(unauthorized('Basic realm="x"'));
        else socket.end(isFirst ? redirect('/real') : found);
      });
      const client = clientOf(server.url);
      const url = new URL('/video', server.url);
      expect(isRight(await client.ask(url, never))).toBe(true);
      const before = server.requests.length;
      expect(isRight(await client.ask(url, never))).toBe(true);
      expect(asked(server).slice(before)).toEqual(['/video Basic', '/real Basic']);
    },
  );

  it('answer a Digest challenge of each address with its own nonce', async () => {
    let lastNonce = 0;
    const nonces = new Map<string, number>();
    await using server = await RawServer.start((socket, request) => {
      const path = request.split(' ')[1] ?? '';
      const isOpen =
        request.includes(`nonce="${nonces.get(path) ?? 'none'}"`) &&
        request.includes(`uri="${path}"`);
      nonces.set(path, ++lastNonce);
      if (!isOpen) socket.end(unauthorized(`Digest realm="x", nonce="${lastNonce}", qop="auth"`));
      else socket.end(path === '/video' ? redirect('/real') : found);
    });
    const client = clientOf(server.url);
    for (let turn = 0; turn < 3; turn++) {
      expect(isRight(await client.ask(new URL('/video', server.url), never))).toBe(true);
    }
  });

  it('show credentials to no other port of the host', async () => {
    await using other = await RawServer.start((socket) =>
      socket.end(unauthorized('Basic realm="router"')),
    );
    await using server = await RawServer.start((socket, request) =>
      socket.end(
        request.includes('Authorization')
          ? redirect(other.url.href)
          : unauthorized('Basic realm="x"'),
      ),
    );
    const client = clientOf(server.url);
    for (let turn = 0; turn < 2; turn++) {
      await expect(client.ask(server.url, never)).rejects.toMatchObject({
        reason: 'endpoint-absent',
        message: expect.stringContaining(`redirects to ${other.url.href} `) as string,
      });
    }
    expect(asked(other)).toEqual(['/ bare', '/ bare']);
  });
});
