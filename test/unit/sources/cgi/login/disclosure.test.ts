import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../../../src/lib/log.ts';
import { createUpstreamClient } from '../../../../../src/sources/cgi/cgi-source.ts';
import type { UpstreamClient } from '../../../../../src/sources/cgi/cgi-session-types.ts';
import { fakeJpeg } from '../../../media/support.ts';
import { RawServer } from '../raw-server.ts';

const never = new AbortController().signal;
const html = '<html><body><form>login</form></body></html>';
const stream = Buffer.concat([
  Buffer.from(
    'HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n\r\n--x\r\n\r\n',
  ),
  fakeJpeg({ dataBytes: 200 }),
]);
const ok = (body: string): string => `HTTP/1.0 200 OK\r\n\r\n${body}`;
const unauthorized = (challenge = ''): string =>
  `HTTP/1.0 401 No\r\n${challenge === '' ? '' : `WWW-Authenticate: ${challenge}\r\n`}\r\n`;

function clientOf(server: RawServer, password = 'right'): UpstreamClient {
  const camera = {
    id: 'front',
    url: server.url,
    username: 'u',
    password,
    via: 'auto' as const,
    stream: 1,
    audio: true,
  };
  return createUpstreamClient({ camera, log: silentLog });
}

const target = (request: string): string => request.split(' ')[1] ?? '';
const pathOf = (request: string): string => target(request).split('?')[0] ?? '';
const shows = (server: RawServer): string[] =>
  server.requests.filter((text) => /pwd=|Authorization:/.test(text)).map(pathOf);

describe('a password that is not accepted is shown once in a dial', () => {
  it.each<[string, (request: string) => string]>([
    ['a login page for everything', () => ok(html)],
    ['an error for everything', () => ok('{"error":-14}')],
    ['401 without a challenge for everything', () => unauthorized()],
    ['Basic', () => unauthorized('Basic realm="x"')],
    [
      '401 for all streams and no sessions',
      (request) => (/session|badauth/.test(request) ? ok('File not found.') : unauthorized()),
    ],
    [
      'a page for all streams and no sessions',
      (request) => (/session|badauth/.test(request) ? ok('File not found.') : ok(html)),
    ],
    [
      'session=0',
      (request) =>
        request.includes('create_session')
          ? ok('var session=0;\nvar group=-1;')
          : request.includes('session')
            ? ok('var result=-1;')
            : unauthorized(),
    ],
    [
      'a closed connection in answer to the query',
      (request) =>
        request.includes('pwd=')
          ? ''
          : /session|badauth/.test(request)
            ? ok('File not found.')
            : unauthorized(),
    ],
  ])('%s', async (_, answer) => {
    await using server = await RawServer.start((socket, request) => socket.end(answer(request)));
    const client = clientOf(server);
    for (let dial = 1; dial <= 4; dial++) {
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
      expect(shows(server)).toHaveLength(dial);
    }
    await client.dispose();
  });

  it('also when it was right and has been changed, however the camera says so', async () => {
    for (const refusal of [unauthorized(), unauthorized('Basic realm="x"'), ok(html)]) {
      let password = 'right';
      await using server = await RawServer.start((socket, request) => {
        if (/session|badauth/.test(request)) socket.end(ok('File not found.'));
        else if (!request.includes(`pwd=${password} `))
          socket.end(password === 'right' ? unauthorized() : refusal);
        else if (pathOf(request) === '/videostream.cgi') socket.end(stream);
        else socket.end(ok('File not found.'));
      });
      const client = clientOf(server);
      await (await client.open(never)).close();
      password = 'changed';
      for (let dial = 1; dial <= 2; dial++) {
        const before = shows(server).length;
        await expect(client.open(never)).rejects.toMatchObject({ reason: 'wrong-password' });
        expect(shows(server).length - before).toBe(1);
      }
    }
  });
});

describe('a password is kept for where it is wanted', () => {
  it.each([
    ['a page', ok(html)],
    ['a closed connection', ''],
  ])('although %s answers everything else', async (_, answer) => {
    await using server = await RawServer.start((socket, request) => {
      if (pathOf(request) !== '/videostream.cgi') socket.end(answer);
      else socket.end(/Authorization/.test(request) ? stream : unauthorized('Basic realm="x"'));
    });
    const session = await clientOf(server).open(never);
    expect(session.via).toBe('videostream.cgi');
    await session.close();
    expect(shows(server)).toEqual(['/videostream.cgi']);
  });
});

describe('a login that is not known', () => {
  it.each(['Digest realm="x", nonce="1", algorithm=SHA-1', 'Digest nonce="1", qop="auth-int"'])(
    'gets no password in clear: %s',
    async (challenge) => {
      for (const first of [unauthorized(challenge), ok(html)]) {
        await using server = await RawServer.start((socket, request) =>
          socket.end(request.includes('close_session') ? unauthorized(challenge) : first),
        );
        const client = clientOf(server);
        await expect(client.open(never)).rejects.toMatchObject({
          reason: 'bad-answer',
          message: expect.stringContaining('set its login to Digest') as string,
          retryAfterMs: 60_000,
        });
        expect(shows(server)).toEqual([]);
      }
    },
  );
});

describe('a camera whose every port is closed to strangers', () => {
  it('is shown nothing while it answers nothing at all', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    await expect(clientOf(server).open(never)).rejects.toMatchObject({ reason: 'closed' });
    expect(shows(server)).toEqual([]);
  });
});

/** Knows nobody without a session; only videostream.cgi is there. */
function sessionCamera(refusal: string, firstId = 100): (request: string) => string | Buffer {
  let lastId = firstId - 1;
  return (request) => {
    const path = pathOf(request);
    if (path === '/create_session.cgi') {
      const isRight = request.includes('user=u&pwd=right ');
      return ok(isRight ? `var session=${++lastId};\nvar group=131071;` : 'var session=0;');
    }
    if (path === '/close_session.cgi') return ok('var result=0;');
    if (path === '/get_badauth.cgi') return ok('File not found.');
    if (!request.includes(`session=${lastId} `) && !request.includes(`session=${lastId}&`))
      return refusal;
    return path === '/videostream.cgi' ? stream : ok('File not found.');
  };
}

describe('a camera that takes sessions only', () => {
  it.each([
    ['401', unauthorized()],
    ['a login page', ok(html)],
  ])(
    'is given one, and the password once, where it answers strangers by %s',
    async (_, refusal) => {
      const answer = sessionCamera(refusal);
      await using server = await RawServer.start((socket, request) => socket.end(answer(request)));
      const client = clientOf(server);
      const session = await client.open(never);
      expect(session.via).toBe('videostream.cgi');
      await session.close();
      expect(shows(server)).toEqual(['/create_session.cgi']);
      await (await client.open(never)).close();
      expect(target(server.requests.at(-1) ?? '')).toBe('/videostream.cgi?stream=1&session=100');
      await client.dispose();
      expect(server.requests.map(target).filter((path) => path.includes('close_session'))).toEqual([
        '/close_session.cgi',
        '/close_session.cgi?session=100',
      ]);
    },
  );

  it.each([
    ['401', unauthorized()],
    ['a login page', ok(html)],
  ])('gets the old one closed where it has forgotten it and answers by %s', async (_, refusal) => {
    let answer = sessionCamera(refusal);
    await using server = await RawServer.start((socket, request) => socket.end(answer(request)));
    const client = clientOf(server);
    await (await client.open(never)).close();
    answer = sessionCamera(refusal, 200);
    const before = server.requests.length;
    await (await client.open(never)).close();
    expect(server.requests.slice(before).map(target)).toEqual([
      '/videostream.cgi?stream=1&session=100',
      '/close_session.cgi?session=100',
      '/create_session.cgi?user=u&pwd=right',
      '/videostream.cgi?stream=1&session=200',
    ]);
    await client.dispose();
  });
});

describe('a right password', () => {
  it('finds its way where sessions are given and not taken', async () => {
    await using server = await RawServer.start((socket, request) => {
      if (pathOf(request) === '/create_session.cgi') socket.end(ok('var session=7;'));
      else if (pathOf(request) === '/close_session.cgi') socket.end(ok('var result=0;'));
      else if (!request.includes('pwd=right')) socket.end(unauthorized());
      else socket.end(pathOf(request) === '/videostream.cgi' ? stream : ok('File not found.'));
    });
    const client = clientOf(server);
    const session = await client.open(never);
    expect(session.via).toBe('videostream.cgi');
    await session.close();
    expect(server.requests.map(target)).toContain('/close_session.cgi?session=7');
    await client.dispose();
  });

  it('opens a camera again that answers a page for what it does not have', async () => {
    await using server = await RawServer.start((socket, request) => {
      if (pathOf(request) !== '/videostream.cgi') socket.end(ok(html));
      else socket.end(request.includes('pwd=right') ? stream : unauthorized());
    });
    const client = clientOf(server);
    for (let dial = 0; dial < 3; dial++) {
      const session = await client.open(never);
      expect(session.via).toBe('videostream.cgi');
      await session.close();
    }
    expect(shows(server)).toEqual(Array<string>(3).fill('/videostream.cgi'));
    await client.dispose();
  });

  it('goes into the query of a camera that judges it before it looks for the path', async () => {
    await using server = await RawServer.start((socket, request) => {
      if (!request.includes('pwd=right')) socket.end(unauthorized());
      else if (pathOf(request) === '/videostream.cgi') socket.end(stream);
      else socket.end('HTTP/1.0 404 No\r\n\r\n');
    });
    const session = await clientOf(server).open(never);
    expect(session.via).toBe('videostream.cgi');
    await session.close();
  });
});
