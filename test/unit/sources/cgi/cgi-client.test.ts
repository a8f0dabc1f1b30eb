import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../src/lib/log.ts';
import { cameraUrl } from '../../../../src/sources/cgi/camera-request.ts';
import { CgiClient } from '../../../../src/sources/cgi/cgi-client.ts';
import {
  defaultTimeouts,
  type UpstreamTimeouts,
} from '../../../../src/sources/cgi/http/timeouts.ts';
import { RawServer } from './raw-server.ts';

const never = new AbortController().signal;
const ok = (body: string): string => `HTTP/1.0 200 OK\r\n\r\n${body}`;
const unauthorized = (challenge = ''): string =>
  `HTTP/1.0 401 No\r\n${challenge === '' ? '' : `WWW-Authenticate: ${challenge}\r\n`}\r\n`;

function clientOf(server: RawServer, timeouts: Partial<UpstreamTimeouts> = {}): CgiClient {
  return new CgiClient({
    base: server.url,
    credentials: { username: 'admin', password: 'pa ss&1' },
    timeouts: { ...defaultTimeouts, ...timeouts },
    log: silentLog,
  });
}

/** Path and query of every request. */
const targets = (server: RawServer): string[] =>
  server.requests.map((text) => text.split(' ')[1] ?? '');

/** A camera that knows sessions only: the first has the id 100. */
function sessionCamera(): { answer: (request: string) => string; forget: () => void } {
  let lastId = 99;
  let isAlive = false;
  return {
    answer: (request) => {
      const [path = ''] = (request.split(' ')[1] ?? '').split('?');
      const isKnown = isAlive && request.includes(`session=${lastId} `);
      if (path === '/create_session.cgi') {
        isAlive = true;
        return ok(`var session=${++lastId};\nvar group=131071;\n`);
      }
      if (!isKnown) return unauthorized();
      if (path === '/close_session.cgi') isAlive = false;
      return ok('var result=0;\n');
    },
    forget: () => {
      isAlive = false;
    },
  };
}

describe('CgiClient with sessions', () => {
  it('makes one where nothing else helps, uses it again and closes it once', async () => {
    const camera = sessionCamera();
    await using server = await RawServer.start((socket, text) => socket.end(camera.answer(text)));
    const client = clientOf(server);
    const url = cameraUrl(server.url, 'request_av.cgi', { video: 1 });
    expect(await client.ask(url, never)).toMatchObject({ content: { kind: 'values' } });
    await client.ask(url, never);
    await Promise.all([client.dispose(), client.dispose()]);
    await client.dispose();
    expect(targets(server)).toEqual([
      '/request_av.cgi?video=1',
      '/close_session.cgi',
      '/create_session.cgi?user=admin&pwd=pa%20ss%261',
      '/request_av.cgi?video=1&session=100',
      '/request_av.cgi?video=1&session=100',
      '/close_session.cgi?session=100',
    ]);
  });

  it('makes a new one when the camera has forgotten the old', async () => {
    const camera = sessionCamera();
    await using server = await RawServer.start((socket, text) => socket.end(camera.answer(text)));
    const client = clientOf(server);
    const url = cameraUrl(server.url, 'request_av.cgi', {});
    await client.ask(url, never);
    camera.forget();
    await client.ask(url, never);
    await client.dispose();
    expect(targets(server).slice(4)).toEqual([
      '/request_av.cgi?session=100',
      '/close_session.cgi?session=100',
      '/create_session.cgi?user=admin&pwd=pa%20ss%261',
      '/request_av.cgi?session=101',
      '/close_session.cgi?session=101',
    ]);
  });

  it('keeps it alive', async () => {
    const camera = sessionCamera();
    let signsOfLife = 0;
    const { promise: thirdSign, resolve } = deferred();
    await using server = await RawServer.start((socket, text) => {
      socket.end(camera.answer(text));
      if (text.startsWith('GET /get_status.cgi?session=100 ') && ++signsOfLife === 3) resolve();
    });
    const client = clientOf(server, { keepAliveMs: 20 });
    await client.ask(cameraUrl(server.url, 'request_av.cgi', {}), never);
    await thirdSign;
    await client.dispose();
    expect(targets(server).at(-1)).toBe('/close_session.cgi?session=100');
  });

  it('waits for a camera that does not say goodbye only as long as it should', async () => {
    const camera = sessionCamera();
    await using server = await RawServer.start((socket, text) => {
      if (!text.startsWith('GET /close_session.cgi?')) socket.end(camera.answer(text));
    });
    const client = clientOf(server, { disposeMs: 50 });
    await client.ask(cameraUrl(server.url, 'request_av.cgi', {}), never);
    await client.dispose();
    await server.quiet();
  });
});

describe('CgiClient', () => {
  it('goes on with the query where the header breaks the camera, in both known forms', async () => {
    for (const brokenAnswer of ["Can't parse request.", '']) {
      await using server = await RawServer.start((socket, text) => {
        if (text.includes('Authorization')) socket.end(brokenAnswer);
        else if (text.includes('pwd=')) socket.end(ok('var result=0;'));
        else socket.end(unauthorized('Basic realm="x"'));
      });
      const client = clientOf(server);
      const url = cameraUrl(server.url, 'request_av.cgi', {});
      await client.ask(url, never);
      await client.ask(url, never);
      expect(server.requests.filter((text) => text.includes('Authorization'))).toHaveLength(1);
      expect(server.requests).toHaveLength(4);
    }
  });

  it('answers the challenge where the redirect led', async () => {
    await using server = await RawServer.start((socket, text) => {
      if (!text.startsWith('GET /new')) socket.end('HTTP/1.0 301 x\r\nLocation: /new?a=1\r\n\r\n');
      else if (text.includes('Authorization')) socket.end(ok('var result=0;'));
      else socket.end(unauthorized('Basic realm="x"'));
    });
    await clientOf(server).ask(cameraUrl(server.url, 'request_av.cgi', {}), never);
    expect(targets(server)).toEqual(['/request_av.cgi', '/new?a=1', '/new?a=1']);
  });

  it('does not take a page without sessions for a wrong password', async () => {
    await using server = await RawServer.start((socket, text) =>
      socket.end(ok(text.includes('create_session') ? 'File not found.' : '<html>hello</html>')),
    );
    const answer = await clientOf(server).ask(new URL('/index.html', server.url), never);
    expect(answer).toMatchObject({ type: 'text', content: { kind: 'html' } });
  });

  it('takes session=0 for a wrong password', async () => {
    await using server = await RawServer.start((socket, text) => {
      const isSession = text.includes('create_session');
      socket.end(isSession ? ok('var session=0;\nvar group=-1;\n') : unauthorized());
    });
    const asked = clientOf(server).ask(cameraUrl(server.url, 'request_av.cgi', {}), never);
    await expect(asked).rejects.toMatchObject({ reason: 'wrong-password' });
  });

  it('reads a small answer of a camera that never closes', async () => {
    await using server = await RawServer.start((socket) => socket.write(ok('var result=-2;')));
    const client = new CgiClient({
      base: server.url,
      credentials: { username: '', password: '' },
      timeouts: { ...defaultTimeouts, answerMs: 50 },
      log: silentLog,
    });
    expect(await client.ask(server.url, never)).toMatchObject({ content: { kind: 'values' } });
    await server.quiet();
  });

  it('gives up on a stream that opens and never begins', async () => {
    await using server = await RawServer.start((socket) => socket.write(ok('')));
    const asked = clientOf(server, { firstBytesMs: 50 }).ask(server.url, never);
    await expect(asked).rejects.toMatchObject({ reason: 'timeout' });
    await server.quiet();
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
