import { describe, expect, it } from 'vitest';
import type { Via } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { createUpstreamClient } from '../../../../src/sources/cgi/cgi-source.ts';
import type { UpstreamClient } from '../../../../src/sources/cgi/cgi-session-types.ts';
import { fakeJpeg } from '../../media/support.ts';
import { RawServer } from './raw-server.ts';

const never = new AbortController().signal;
const html = '<html><body><form>login</form></body></html>';
const ok = (body: string): string => `HTTP/1.0 200 OK\r\n\r\n${body}`;
const notFound = 'HTTP/1.0 404 Not Found\r\n\r\n';
const basic = 'HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n';
const digest =
  'HTTP/1.0 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="1", qop="auth"\r\n\r\n';
const stream = Buffer.concat([
  Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n\r\n'),
  Buffer.from('--x\r\n\r\n'),
  fakeJpeg({ dataBytes: 200 }),
]);

function clientOf(server: RawServer, via: Via): UpstreamClient {
  const camera = {
    id: 'front',
    url: new URL('/video', server.url),
    username: 'u',
    password: 'secret',
    via,
    stream: 1,
    audio: true,
  };
  return createUpstreamClient({ camera, log: silentLog });
}

const sent = (server: RawServer): string => server.requests.join('');
const isVideo = (request: string): boolean => request.startsWith('GET /video');

describe('an address that is taken at its word', () => {
  const answers: [string, string, string][] = [
    ['a page', ok(html), 'bad-answer'],
    ['words', ok('busy, come back later'), 'bad-answer'],
    ['values that are no refusal', ok('{"error":0,"id":7}'), 'bad-answer'],
    ['nothing', ok(''), 'closed'],
    ['a closed connection', '', 'closed'],
  ];
  const elsewhere: [string, string][] = [
    ['the same', 'the same'],
    ['404', notFound],
    ['403', 'HTTP/1.0 403 No\r\n\r\n'],
    ['a page', ok('<!doctype html><title>app</title>')],
    ['words', ok('hello')],
  ];
  for (const via of ['http', 'auto'] as const) {
    for (const [name, answer, reason] of answers) {
      // With `auto` a 403 of the other ways is a plain no to them.
      it.each(elsewhere.filter(([other]) => via === 'http' || other !== '403'))(
        `is shown no password where ${name} is what it gives, by ${via}, and other paths give %s`,
        async (_, other) => {
          await using server = await RawServer.start((socket, request) =>
            socket.end(isVideo(request) || other === 'the same' ? answer : other),
          );
          const client = clientOf(server, via);
          await expect(client.open(never)).rejects.toMatchObject({ reason });
          expect(sent(server)).not.toMatch(/secret|pwd=|Authorization/);
          await client.dispose();
        },
      );
    }
  }

  it('of a camera with the CGI is shown the password where a page or silence is its refusal', async () => {
    for (const refusal of [ok(html), ok('')]) {
      await using server = await RawServer.start((socket, request) => {
        if (/session|badauth/.test(request)) socket.end(ok('File not found.'));
        else socket.end(request.includes('pwd=secret') ? stream : refusal);
      });
      const client = clientOf(server, 'http');
      await (await client.open(never)).close();
      await client.dispose();
    }
  });

  it.each([
    ['404', notFound],
    ['401', 'HTTP/1.0 401 No\r\n\r\n'],
    ['401 with an empty challenge', 'HTTP/1.0 401 No\r\nWWW-Authenticate:\r\n\r\n'],
    ['a page', ok(html)],
  ])(
    'is sent Basic where it wants a login, names none, and other paths give %s',
    async (_, other) => {
      const bare = other.startsWith('HTTP/1.0 401') ? other : 'HTTP/1.0 401 No\r\n\r\n';
      for (const via of ['http', 'auto'] as const) {
        await using server = await RawServer.start((socket, request) => {
          const isRight = request.includes('Authorization: Basic dTpzZWNyZXQ=');
          if (!isVideo(request)) socket.end(other);
          else socket.end(isRight ? stream : bare);
        });
        const client = clientOf(server, via);
        await (await client.open(never)).close();
        await (await client.open(never)).close();
        expect(sent(server)).not.toContain('pwd=');
        await client.dispose();
      }
    },
  );

  it('is sent it in one form a dial, until one is right', async () => {
    await using server = await RawServer.start((socket, request) => {
      const isRight = isVideo(request) && request.includes('pwd=secret');
      socket.end(isRight ? stream : 'HTTP/1.0 401 No\r\n\r\n');
    });
    const client = clientOf(server, 'http');
    for (let dial = 1; dial <= 2; dial++) {
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
      const shown = server.requests.filter((text) => /Authorization|pwd=/.test(text));
      expect(shown).toHaveLength(dial);
    }
    await (await client.open(never)).close();
  });

  it('is shown the password where it answers with an error of the CGI', async () => {
    await using server = await RawServer.start((socket, request) => {
      if (!isVideo(request)) socket.end(notFound);
      else socket.end(request.includes('pwd=secret') ? stream : ok('{"error":-14}'));
    });
    const client = clientOf(server, 'http');
    await (await client.open(never)).close();
    await client.dispose();
  });

  it.each([
    ['Basic', basic],
    ['Digest', digest],
  ])(
    'gets no password in clear where its answer to %s is a closed connection',
    async (_, challenge) => {
      await using server = await RawServer.start((socket, request) => {
        if (!isVideo(request)) socket.end(notFound);
        else socket.end(request.includes('Authorization') ? '' : challenge);
      });
      const client = clientOf(server, 'http');
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'closed' });
      expect(sent(server)).not.toContain('pwd=');
      const shown = server.requests.filter((request) => request.includes('Authorization'));
      expect(shown).toHaveLength(1);
      await client.dispose();
    },
  );
});
