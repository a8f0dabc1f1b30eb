import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HttpStats } from '../../../src/http/http-stats.ts';
import type { HttpServer } from '../../../src/http/server.ts';
import { Heartbeat } from '../../heartbeat.ts';
import { FakeCamera, FakeWindow, frameOf, jpeg, registryOf } from './fake-camera.ts';
import { ask, json, serve, serverConfig } from './serve.ts';

let server: HttpServer;
afterEach(() => server[Symbol.asyncDispose]());

/** Sends raw bytes and returns everything until the server closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(server.url.port), '127.0.0.1', () => socket.write(text));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

async function start(): Promise<FakeCamera> {
  const camera = new FakeCamera('front', new FakeWindow('a1'));
  server = await serve(registryOf(camera));
  return camera;
}

describe('startHttpServer', () => {
  it('says where it listens and what to do when it cannot', async () => {
    await start();
    expect(server.url.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const taken = { ...serverConfig, port: Number(server.url.port) };
    await expect(serve(registryOf(), { config: taken })).rejects.toMatchObject({
      code: 'address-in-use',
      message: expect.stringContaining('choose another port (--port, server.port)') as string,
    });
  });

  it.each(['nohost.invalid', '192.0.2.1'])(
    'says what would be right instead of %s',
    async (host) => {
      await start();
      const starting = serve(registryOf(), { config: { ...serverConfig, host } });
      await expect(starting).rejects.toMatchObject({
        code: 'address-in-use',
        message: expect.stringMatching(
          /^Cannot listen on \S+: (?!getaddrinfo).*\(--host, server\.host\): 127\.0\.0\.1 /,
        ) as string,
      });
    },
  );

  it.each([
    ['/cameras/%ZZ/index.m3u8', 404],
    ['/cameras/%00/snapshot.jpg', 404],
    ['/cameras/%66ront/index.m3u8', 200],
    ['/cameras//index.m3u8', 404],
    ['//cameras/front/index.m3u8', 404],
    ['/cameras/front/hls/../../../package.json', 404],
    ['/cameras/front/hls/a1/%2e%2e%2fsecret', 404],
    ['/cameras/front/hls/a1/', 404],
    ['/cameras/front/nothing', 404],
    ['/%ZZ', 404],
    ['/..%2f..%2fpackage.json', 404],
    [`/cameras/${'x'.repeat(10_000)}/index.m3u8`, 404],
    [`/${'x'.repeat(20_000)}`, 431],
  ])('%.60s is %d', async (path, status) => {
    await start();
    const answer = await ask(server, path);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('takes the absolute form of an address', async () => {
    await start();
    expect((await ask(server, 'http://gateway.example/cameras/front/index.m3u8')).status).toBe(200);
  });

  it('answers pipelined requests in order', async () => {
    await start();
    const get = (path: string, more = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const text = await raw(
      get('/cameras/front/index.m3u8') +
        get('/healthz') +
        get('/cameras/none/index.m3u8', 'Connection: close\r\n'),
    );
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
  });

  it.each([
    ['nonsense\r\n\r\n', 400, 'request-invalid'],
    ['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n', 400, 'request-invalid'],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'request-too-large'],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'request-invalid'],
    ['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nhost: y\r\n\r\n', 400, 'request-invalid'],
    ['GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n', 400, 'request-invalid'],
    ['CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'method-not-allowed'],
    [
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: cake\r\n\r\n',
      417,
      'expectation-unknown',
    ],
  ])('%.60s is %d %s', async (text, status, code) => {
    await start();
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({ type: `urn:camgate:error:${code}`, status, code });
    expect(answer).toContain('Access-Control-Allow-Origin: *');
    expect(answer).toContain('X-Content-Type-Options: nosniff');
    expect((await ask(server, '/healthz')).status).toBe(200);
  });

  it('counts answers by route and status', async () => {
    let stats = new HttpStats();
    const window = new FakeWindow('a1');
    server = await serve(registryOf(new FakeCamera('front', window)), {
      metrics: (http) => {
        stats = http;
        return { contentType: 'text/plain', render: () => Promise.resolve('') };
      },
    });
    const held = ask(server, '/cameras/front/hls/a1/0.0.m4s');
    await vi.waitFor(() => expect(window.waitCount).toBe(1));
    window.advance(Buffer.from('x'));
    await held;
    for (const path of [
      '/cameras/front/index.m3u8',
      '/cameras/front/hls/a1/9.m4s',
      '/healthz',
      '/no',
    ]) {
      await ask(server, path);
    }
    const counted = (): unknown[] =>
      [...stats.requests()].map(({ route, status, seconds }) => [route, status, seconds.count]);
    await vi.waitFor(() =>
      expect(counted()).toEqual([
        ['media-held', 200, 1],
        ['index', 200, 1],
        ['media', 404, 1],
        ['health', 200, 1],
        ['other', 404, 1],
      ]),
    );
  });
});

describe('disposal', () => {
  it('answers held requests, ends streams and is done soon', async () => {
    const camera = await start();
    const window = camera.live as FakeWindow;
    const held = ask(server, '/cameras/front/hls/a1/0.0.m4s');
    const waiting = ask(server, '/cameras/front/stream.mjpg');
    await vi.waitFor(() => expect([window.waitCount, camera.watchers.size]).toEqual([1, 1]));
    const stream = ask(server, '/cameras/front/stream.mjpg');
    await vi.waitFor(() => expect(camera.watchers.size).toBe(2));
    [...camera.watchers][1]?.(frameOf(jpeg));
    const heartbeat = new Heartbeat();
    const started = performance.now();
    await Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
    expect(performance.now() - started).toBeLessThan(1900 + heartbeat.lostMs);
    heartbeat.stop();
    for (const answer of await Promise.all([held, waiting])) {
      expect(answer.status).toBe(503);
      expect(json(answer)).toMatchObject({ code: 'shutting-down' });
    }
    expect((await stream).body.includes(jpeg)).toBe(true);
    expect(camera.watchers.size).toBe(0);
  });

  it('is not ready any more, which a probe under way is told', async () => {
    await start();
    const socket = connect(Number(server.url.port), '127.0.0.1');
    // The head of a request without its end keeps the connection from being idle.
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n');
    const answers: string[] = [];
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')));
    await vi.waitFor(() => expect(answers.join('')).toContain('{"status":"ready"}'));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const disposed = server[Symbol.asyncDispose]();
    socket.write('\r\n');
    await Promise.all([disposed, closed]);
    expect(answers.join('')).toMatch(/HTTP\/1\.1 503 [^]*"code":"shutting-down"/);
  });

  it('cuts off a viewer who never reads, after two seconds', async () => {
    const camera = await start();
    camera.live?.add('1.m4s', [Buffer.alloc(50_000_000)]);
    const socket = connect(Number(server.url.port), '127.0.0.1');
    socket.pause();
    socket.write('GET /cameras/front/hls/a1/1.m4s HTTP/1.1\r\nHost: x\r\n\r\n');
    await vi.waitFor(() => expect(camera.viewers.deliveredBytes.hls).toBe(50_000_000));
    const heartbeat = new Heartbeat();
    const started = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(3000 + heartbeat.lostMs);
    heartbeat.stop();
    socket.destroy();
  });

  it('frees its address', async () => {
    await start();
    const port = Number(server.url.port);
    await server[Symbol.asyncDispose]();
    const next = createServer();
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => next.close(resolve));
  });
});
