import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../../../src/lib/errors.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { FruitlessConnections } from '../../../../src/sources/cgi/http/fruitless-connections.ts';
import { defaultTimeouts } from '../../../../src/sources/cgi/http/timeouts.ts';
import { createUpstreamClient } from '../../../../src/sources/cgi/cgi-source.ts';
import type { UpstreamClient } from '../../../../src/sources/cgi/cgi-session-types.ts';
import { fakeJpeg } from '../../media/support.ts';
import { RawServer } from './raw-server.ts';
import { stopTimers } from './stopped-timers.ts';

const never = new AbortController().signal;
const challenge = 'HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n';
const absent = 'HTTP/1.0 404 No\r\n\r\n';
const picture = Buffer.concat([
  Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n--x\r\n\r\n'),
  fakeJpeg(),
]);
const isShow = (request: string): boolean => /pwd=|Authorization:/.test(request);
const shows = (server: RawServer): number => server.requests.filter(isShow).length;

function clientOf(url: URL): UpstreamClient {
  const camera = {
    ...{ id: 'front', url, username: 'u', password: 'p' },
    ...{ via: 'auto' as const, stream: 1, audio: true },
  };
  return createUpstreamClient({ camera, log: silentLog });
}

interface Guarded extends AsyncDisposable {
  readonly server: RawServer;
  /** Credentials have arrived. */
  readonly shown: Promise<void>;
}

/** A camera that strangers get a challenge from, and `judge` decides what an Authorization gets. */
async function guarded(
  judge: (answer: (bytes: string | Buffer) => void, request: string) => void,
): Promise<Guarded> {
  let onShown = (): void => undefined;
  const shown = new Promise<void>((resolve) => (onShown = resolve));
  const server = await RawServer.start((socket, request) => {
    if (!isShow(request)) {
      socket.end(request.includes('badauth') ? absent : challenge);
      return;
    }
    onShown();
    judge((bytes) => void socket.end(bytes), request);
  });
  return { server, shown, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('a dial that is given up while the password is on its way', () => {
  it('still learns that it is wrong', async () => {
    await using camera = await guarded((answer) => setTimeout(answer, 100, challenge));
    const { server, shown } = camera;
    const abort = new AbortController();
    const dial = clientOf(server.url).open(abort.signal);
    void shown.then(() => abort.abort());
    await expect(dial).rejects.toMatchObject({ reason: 'wrong-password' });
    expect(shows(server)).toBe(1);
    await server.quiet();
  });

  it('ends by the abort when it is right, and leaves no connection', async () => {
    await using camera = await guarded((answer) => setTimeout(answer, 100, picture));
    const { server, shown } = camera;
    const abort = new AbortController();
    const client = clientOf(server.url);
    const dial = client.open(abort.signal);
    void shown.then(() => abort.abort());
    await expect(dial).rejects.toMatchObject({ name: 'AbortError' });
    await server.quiet();
    const before = server.requests.length;
    const session = await client.open(never);
    await session.close();
    expect(server.requests.slice(before).every(isShow)).toBe(true);
  });

  it('shows it in no further way', async () => {
    await using camera = await guarded((answer) =>
      setTimeout(answer, 100, "HTTP/1.0 200 OK\r\n\r\nCan't parse request."),
    );
    const { server, shown } = camera;
    const abort = new AbortController();
    const dial = clientOf(server.url).open(abort.signal);
    void shown.then(() => abort.abort());
    await expect(dial).rejects.toMatchObject({ name: 'AbortError' });
    expect(shows(server)).toBe(1);
  });

  it('ends at once when the gateway leaves the camera', async () => {
    await using camera = await guarded(() => undefined);
    const { server, shown } = camera;
    const client = clientOf(server.url);
    const dial = client.open(never);
    void shown.then(() => client.dispose());
    await expect(dial).rejects.toMatchObject({ reason: 'closed' });
    await server.quiet();
  });
});

describe('a password that is swallowed', () => {
  it('counts also where the connection is closed behind a dial that was given up', async () => {
    await using camera = await guarded((answer) => setTimeout(answer, 100, ''));
    const { server, shown } = camera;
    const abort = new AbortController();
    const dial = clientOf(server.url).open(abort.signal);
    void shown.then(() => abort.abort());
    await expect(dial).rejects.toMatchObject({ reason: 'closed', retryAfterMs: 0 });
    expect(shows(server)).toBe(1);
  });

  it('is shown once in a dial, and from the third time on at intervals of a minute', async () => {
    using timers = stopTimers();
    let isAlive = false;
    await using camera = await guarded((answer) => {
      if (isAlive) answer(picture);
      else timers.pass(defaultTimeouts.headerMs);
    });
    const { server } = camera;
    const client = clientOf(server.url);
    for (const [index, retryAfterMs] of [0, 0, 60_000, 60_000].entries()) {
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'timeout', retryAfterMs });
      expect(shows(server)).toBe(index + 1);
    }
    isAlive = true;
    await (await client.open(never)).close();
  });

  it('begins the count anew once it was judged', async () => {
    using timers = stopTimers();
    let isAnswering = false;
    await using camera = await guarded((answer) => {
      if (isAnswering) answer(challenge);
      else timers.pass(defaultTimeouts.headerMs);
    });
    const { server } = camera;
    const client = clientOf(server.url);
    for (const answers of [false, false, true, false, false]) {
      isAnswering = answers;
      const expected = answers
        ? { reason: 'wrong-password' }
        : { reason: 'timeout', retryAfterMs: 0 };
      await expect(client.open(never)).rejects.toMatchObject(expected);
    }
  });
});

describe('connections that lead to nothing', () => {
  it.each([
    ['closed ones', (): string => '', 'closed', 7, 2],
    [
      'circles of redirects',
      (request: string): string =>
        `HTTP/1.0 302 Found\r\nLocation: ${request.includes('/login') ? '/' : '/login'}\r\n\r\n`,
      'bad-answer',
      14,
      4,
    ],
  ] as const)('are bounded: %s', async (_, answer, reason, full, brief) => {
    await using server = await RawServer.start((socket, request) => socket.end(answer(request)));
    const client = clientOf(server.url);
    await expect(client.open(never)).rejects.toMatchObject({ reason });
    expect(server.requests.length).toBeLessThanOrEqual(full);
    for (let dial = 1; dial <= 9; dial++) {
      const before = server.requests.length;
      await expect(client.open(never)).rejects.toMatchObject({ reason });
      expect(server.requests.length - before).toBeLessThanOrEqual(brief);
    }
    expect(shows(server)).toBe(0);
  });

  it('are no reason to leave a camera that answers again', async () => {
    let isBack = false;
    await using server = await RawServer.start((socket, request) => {
      if (!isBack) socket.end();
      else socket.end(request.includes('/snapshot.cgi') ? picture : absent);
    });
    const client = clientOf(server.url);
    for (let dial = 0; dial < 2; dial++) {
      await expect(client.open(never)).rejects.toMatchObject({ reason: 'closed' });
    }
    isBack = true;
    await (await client.open(never)).close();
  });

  it('are all tried again after a minute', async () => {
    let nowMs = 0;
    const fruitless = new FruitlessConnections(() => nowMs);
    const closesInADial = async (): Promise<number> => {
      fruitless.beginDial();
      let count = 0;
      while (!fruitless.isExhausted) {
        count += 1;
        const closed = Promise.reject(new UpstreamError('closed', 'closed'));
        await expect(fruitless.bound(() => closed)).rejects.toMatchObject({ reason: 'closed' });
      }
      return count;
    };
    const dials = [await closesInADial(), await closesInADial(), await closesInADial()];
    expect(dials).toEqual([7, 2, 2]);
    nowMs = 60_000;
    expect([await closesInADial(), await closesInADial()]).toEqual([7, 2]);
  });
});
