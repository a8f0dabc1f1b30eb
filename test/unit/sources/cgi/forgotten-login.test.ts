import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../src/lib/log.ts';
import { createUpstreamClient } from '../../../../src/sources/cgi/cgi-source.ts';
import type {
  UpstreamClient,
  UpstreamSession,
} from '../../../../src/sources/cgi/cgi-session-types.ts';
import { fakeJpeg } from '../../media/support.ts';
import { RawServer } from './raw-server.ts';

const never = new AbortController().signal;
const still = Buffer.concat([
  Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n'),
  fakeJpeg({ dataBytes: 200 }),
]);
const ok = (body: string): string => `HTTP/1.0 200 OK\r\n\r\n${body}`;
const challenge = 'HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n';

function clientOf(server: RawServer, account = { username: 'u', password: 'p' }): UpstreamClient {
  const camera = {
    ...{ id: 'front', url: new URL('/snapshot.cgi', server.url), ...account },
    ...{ via: 'snapshot.cgi' as const, stream: 1, audio: true, paceMs: 1 },
  };
  return createUpstreamClient({ camera, log: silentLog });
}

async function stills(session: UpstreamSession, count: number): Promise<void> {
  let frameCount = 0;
  for await (const { events } of session.batches) {
    frameCount += events.filter(({ type }) => type === 'frame').length;
    if (frameCount >= count) break;
  }
  await session.close();
}

const refusals = [
  '{"code":1,"msg":"please login first"}',
  '[{"cmd":"Snap","code":1,"error":{"detail":"please login first","rspCode":-6}}]',
  '<html><body>Please login first</body></html>',
  '<html><form><input type="password"></form></html>',
  'not logged in',
];

/** Knows a login until the third request with it, and then no more before somebody has come without one. */
function forgetful(
  refusal: string,
  isLogin: (request: string) => boolean,
): (request: string) => string | Buffer {
  let loginCount = 0;
  return (request) => {
    if (!isLogin(request)) {
      loginCount = 0;
      return challenge;
    }
    loginCount += 1;
    return loginCount <= 3 ? still : ok(refusal);
  };
}

describe('a camera that forgets a login while it is asked for stills', () => {
  it.each(refusals)('is logged in at again within the session: %s', async (refusal) => {
    const answer = forgetful(refusal, (request) => request.includes('Authorization: Basic'));
    await using server = await RawServer.start((socket, request) => socket.end(answer(request)));
    const client = clientOf(server);
    await stills(await client.open(never), 10);
    await client.dispose();
  });

  it('of which only the cookie counts is given a new one', async () => {
    let usesLeft = 0;
    await using server = await RawServer.start((socket, request) => {
      if (!request.includes('Cookie:')) {
        usesLeft = 3;
        socket.end('HTTP/1.0 302 x\r\nLocation: /snapshot.cgi\r\nSet-Cookie: a=1\r\n\r\n');
      } else socket.end(usesLeft-- > 0 ? still : ok('{"msg":"session expired"}'));
    });
    await stills(await clientOf(server, { username: '', password: '' }).open(never), 8);
  });

  it('by a redirect to its login page is asked for the still again', async () => {
    let isForgotten = false;
    let stillCount = 0;
    await using server = await RawServer.start((socket, request) => {
      if (request.startsWith('GET /login')) socket.end(ok('<title>Login</title>'));
      else if (!request.includes('Authorization')) {
        isForgotten = false;
        socket.end(challenge);
      } else if (isForgotten) socket.end('HTTP/1.0 302 x\r\nLocation: /login.htm\r\n\r\n');
      else {
        isForgotten = ++stillCount % 3 === 0;
        socket.end(still);
      }
    });
    await stills(await clientOf(server).open(never), 8);
  });

  it.each([
    ['wrong-password', { username: 'u', password: 'p' }],
    ['no-password', { username: '', password: '' }],
  ])('for good ends the session with %s', async (reason, account) => {
    for (const refusal of refusals) {
      let count = 0;
      await using server = await RawServer.start((socket) =>
        socket.end(++count <= 2 ? still : ok(refusal)),
      );
      const session = await clientOf(server, account).open(never);
      await expect(stills(session, 5)).rejects.toMatchObject({
        reason,
        message: expect.stringContaining('login') as string,
      });
      const sent = server.requests.filter((request) => /Authorization|pwd=/.test(request));
      expect(sent.length).toBeLessThanOrEqual(1);
    }
  });

  it('and takes another password since is sent the old one once', async () => {
    let isChanged = false;
    let sentCount = 0;
    await using server = await RawServer.start((socket, request) => {
      const isSent = request.includes('Authorization');
      if (isSent && isChanged) sentCount += 1;
      if (!isSent) socket.end(request.includes('snapshot') ? challenge : 'HTTP/1.0 404 No\r\n\r\n');
      else if (!isChanged) socket.end(still);
      else socket.end(sentCount === 1 ? ok(refusals[0] ?? '') : challenge);
    });
    const session = await clientOf(server).open(never);
    const reading = stills(session, Infinity);
    isChanged = true;
    await expect(reading).rejects.toMatchObject({ reason: 'wrong-password' });
    // With the poll that found out, and to log in again.
    expect(sentCount).toBe(2);
  });
});

describe('a camera that asks for a login in words', () => {
  it.each(refusals)('says so where none is configured: %s', async (refusal) => {
    await using server = await RawServer.start((socket) => socket.end(ok(refusal)));
    const client = clientOf(server, { username: '', password: '' });
    await expect(client.open(never)).rejects.toMatchObject({ reason: 'no-password' });
  });

  it.each(refusals)('is sent the password as it wants it: %s', async (refusal) => {
    await using server = await RawServer.start((socket, request) => {
      if (request.includes('session')) socket.end(ok('File not found.'));
      else socket.end(request.includes('pwd=p') ? still : ok(refusal));
    });
    const client = clientOf(server);
    await stills(await client.open(never), 2);
    await client.dispose();
  });
});
