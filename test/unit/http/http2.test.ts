import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect, type PeerCertificate } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpStats } from '../../../src/http/http-stats.ts';
import type { HttpServer } from '../../../src/http/server.ts';
import { silentLog, type Log } from '../../../src/lib/log.ts';
import { makeKeyPair } from '../../key-pairs.ts';
import { FakeCamera, FakeWindow, frameOf, jpeg, registryOf } from './fake-camera.ts';
import { serve, serverConfig } from './serve.ts';

const pair = makeKeyPair('first');
let folder: string;
let server: HttpServer;
const sessions: ClientHttp2Session[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'camgate-tls-'));
  writePair(folder, pair);
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function writePair(into: string, { certificate, key }: typeof pair): void {
  writeFileSync(join(into, 'tls.crt'), certificate);
  writeFileSync(join(into, 'tls.key'), key);
}

async function start(camera: FakeCamera, log: Log = silentLog): Promise<void> {
  const tls = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') };
  server = await serve(registryOf(camera), { config: { ...serverConfig, tls }, log });
}

function open(): ClientHttp2Session {
  const session = connect(server.url.href, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  sessions.push(session);
  return session;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** How the stream ended. */
  readonly code: number;
}

function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve) => {
    let headers: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => (headers = received));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('close', () =>
      resolve({
        status: Number(headers[':status']),
        headers,
        body: Buffer.concat(chunks),
        code: stream.rstCode,
      }),
    );
  });
}

function ask(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return answerOf(session.request({ ':path': path, ...headers }));
}

function camera(): { camera: FakeCamera; window: FakeWindow } {
  const window = new FakeWindow('a1');
  window.add('42.m4s', [Buffer.from('0123'), Buffer.from('45'), Buffer.from('6789')]);
  window.playlistLines = '#EXT-X-PART:DURATION=0.2,URI="part.m4s"\n'.repeat(30);
  return { camera: new FakeCamera('front', window), window };
}

describe('HTTP/2', () => {
  it('answers every kind of address over one connection', async () => {
    const { camera: front } = camera();
    await start(front);
    expect(server.url.protocol).toBe('https:');
    const session = open();
    const paths = [
      '/cameras/front/index.m3u8',
      '/cameras/front/hls/a1/live.m3u8',
      '/cameras/front/hls/a1/42.m4s',
      '/cameras/front/snapshot.jpg',
      '/',
      '/app.js',
      '/api/cameras',
      '/metrics',
      '/healthz',
    ];
    for (const path of paths) {
      const [get, head] = await Promise.all([
        ask(session, path),
        ask(session, path, { ':method': 'HEAD' }),
      ]);
      expect([path, get.status, get.code]).toEqual([path, 200, constants.NGHTTP2_NO_ERROR]);
      expect(get.headers['content-length'], path).toBe(String(get.body.length));
      expect(get.headers).not.toHaveProperty('connection');
      expect(get.headers['access-control-allow-origin'], path).toBe('*');
      expect(head.body).toHaveLength(0);
      const stable = ({ headers }: Answer): object => ({ ...headers, date: '', etag: '' });
      if (path !== '/api/cameras') expect(stable(head), path).toEqual(stable(get));
    }
    expect((await ask(session, '/cameras/front/hls/a1/42.m4s')).body.toString()).toBe('0123456789');
    expect(session.alpnProtocol).toBe('h2');
  });

  it('speaks ranges, codings, validators, preflights and problems as HTTP/1.1 does', async () => {
    const { camera: front } = camera();
    await start(front);
    const session = open();
    const range = await ask(session, '/cameras/front/hls/a1/42.m4s', { range: 'bytes=-3' });
    expect([range.status, range.body.toString()]).toEqual([206, '789']);
    const playlist = '/cameras/front/hls/a1/live.m3u8';
    const coded = await ask(session, playlist, { 'accept-encoding': 'gzip' });
    expect(gunzipSync(coded.body).toString()).toContain('#EXTM3U');
    const known = { 'accept-encoding': 'gzip', 'if-none-match': String(coded.headers['etag']) };
    const again = await ask(session, playlist, known);
    expect([again.status, again.body.length]).toEqual([304, 0]);
    for (const path of [playlist, '/api/cameras']) {
      expect((await ask(session, path, { ':method': 'OPTIONS' })).status).toBe(204);
      const refused = await ask(session, path, { ':method': 'DELETE' });
      expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
    for (const path of ['/cameras/none/index.m3u8', '/no/such', '/%ZZ', '//cameras/front']) {
      const answer = await ask(session, path);
      expect([answer.status, answer.headers['content-type']]).toEqual([
        404,
        'application/problem+json',
      ]);
    }
  });

  it('answers a request whose body never ends', async () => {
    const { camera: front } = camera();
    await start(front);
    const session = open();
    for (const path of ['/cameras/front/index.m3u8', '/api/cameras']) {
      const stream = session.request({ ':path': path, ':method': 'POST' }, { endStream: false });
      expect((await answerOf(stream)).status).toBe(405);
    }
  });

  it('holds and releases, and lets go of a request whose stream is reset', async () => {
    const { camera: front, window } = camera();
    await start(front);
    const session = open();
    const next = '/cameras/front/hls/a1/live.m3u8?_HLS_msn=0&_HLS_part=0';
    const held = ask(session, next);
    const left = session.request({ ':path': next });
    left.on('error', () => undefined);
    await vi.waitFor(() => expect(front.viewers.count('hls')).toBe(2));
    const gone = answerOf(left);
    left.close(constants.NGHTTP2_CANCEL);
    await gone;
    expect(window.abortCount).toBe(0);
    window.advance(Buffer.from('part'));
    expect((await held).body.toString()).toContain('#PARTS:1');
    const alone = session.request({ ':path': next.replace('part=0', 'part=1') });
    alone.on('error', () => undefined);
    await vi.waitFor(() => expect(window.waitCount).toBe(2));
    alone.close(constants.NGHTTP2_CANCEL);
    await vi.waitFor(() => expect(window.abortCount).toBe(1));
  });

  it('lets go of everything when the connection is gone', async () => {
    const { camera: front, window } = camera();
    await start(front);
    const session = open();
    const held = session.request({ ':path': '/cameras/front/hls/a1/0.0.m4s' });
    const stream = session.request({ ':path': '/cameras/front/stream.mjpg' });
    for (const each of [held, stream]) each.on('error', () => undefined);
    await vi.waitFor(() => expect([window.waitCount, front.watchers.size]).toEqual([1, 1]));
    session.destroy();
    await vi.waitFor(() => expect([window.abortCount, front.watchers.size]).toEqual([1, 0]));
    expect(front.viewers.count('mjpeg')).toBe(0);
  });

  it('shows frames to many at once over one connection', async () => {
    const { camera: front } = camera();
    await start(front);
    const session = open();
    const viewers = Array.from({ length: 40 }, () =>
      session.request({ ':path': '/cameras/front/stream.mjpg' }),
    );
    const counts = viewers.map((viewer) => {
      const seen = { bytes: 0 };
      viewer.on('data', (chunk: Buffer) => (seen.bytes += chunk.length));
      viewer.on('error', () => undefined);
      return seen;
    });
    await vi.waitFor(() => expect(front.watchers.size).toBe(40));
    for (let count = 1; count <= 3; count++) {
      front.show(frameOf(jpeg));
      await vi.waitFor(() => {
        for (const { bytes } of counts) expect(bytes).toBeGreaterThan(count * jpeg.length);
      });
    }
    viewers[0]?.close();
    await vi.waitFor(() => expect(front.watchers.size).toBe(39));
  });

  it('skips frames of a stream that is not read, and drops it after ten seconds', async () => {
    const { camera: front } = camera();
    await start(front);
    const session = open();
    const slow = session.request({ ':path': '/cameras/front/stream.mjpg' });
    slow.on('error', () => undefined);
    slow.pause();
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    const large = frameOf(Buffer.alloc(1_000_000));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      while (front.viewers.droppedCounts.mjpeg === 0) front.show(large);
      expect(front.viewers.deliveredBytes.mjpeg).toBeLessThan(4 * large.bytes.length);
      await vi.advanceTimersByTimeAsync(9_900);
      expect(front.watchers.size).toBe(1);
      await vi.advanceTimersByTimeAsync(200);
    } finally {
      vi.useRealTimers();
    }
    await vi.waitFor(() => expect(front.watchers.size).toBe(0));
    expect((await ask(session, '/healthz')).status).toBe(200);
  });

  it('answers HEAD of a stream without starting the camera', async () => {
    const { camera: front } = camera();
    await start(front);
    const answer = await ask(open(), '/cameras/front/stream.mjpg', { ':method': 'HEAD' });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(front.watchers.size).toBe(0);
  });

  it('refuses headers without end', async () => {
    const { camera: front } = camera();
    await start(front);
    const session = open();
    const greedy = await ask(session, '/healthz', { 'x-much': 'x'.repeat(40_000) });
    expect([greedy.status, greedy.headers['content-type']]).toEqual([
      431,
      'application/problem+json',
    ]);
    expect((await ask(open(), '/healthz')).status).toBe(200);
  });

  it('ends sessions in order when the gateway goes down', async () => {
    const { camera: front, window } = camera();
    await start(front);
    const session = open();
    let goawayCount = 0;
    session.on('goaway', () => goawayCount++);
    const held = ask(session, '/cameras/front/hls/a1/0.0.m4s');
    const stream = ask(session, '/cameras/front/stream.mjpg');
    await vi.waitFor(() => expect([window.waitCount, front.watchers.size]).toEqual([1, 1]));
    front.show(frameOf(jpeg));
    const idle = open();
    await new Promise((resolve) => idle.once('connect', resolve));
    const started = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(1500);
    expect((await held).status).toBe(503);
    expect((await stream).body.includes(jpeg)).toBe(true);
    expect(goawayCount).toBeGreaterThan(0);
  });

  it('cuts off who never reads, after two seconds', async () => {
    const { camera: front, window } = camera();
    window.add('1.m4s', [Buffer.alloc(20_000_000)]);
    await start(front);
    const slow = open().request({ ':path': '/cameras/front/hls/a1/1.m4s' });
    slow.on('error', () => undefined);
    slow.pause();
    await vi.waitFor(() => expect(front.viewers.deliveredBytes.hls).toBe(20_000_000));
    const started = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('counts answers by route and status', async () => {
    let stats = new HttpStats();
    const tls = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') };
    server = await serve(registryOf(camera().camera), {
      config: { ...serverConfig, tls },
      metrics: (http) => {
        stats = http;
        return { contentType: 'text/plain', render: () => Promise.resolve('') };
      },
    });
    const session = open();
    for (const path of ['/cameras/front/index.m3u8', '/healthz']) await ask(session, path);
    await vi.waitFor(() =>
      expect([...stats.requests()].map(({ route, status }) => [route, status])).toEqual([
        ['index', 200],
        ['health', 200],
      ]),
    );
  });
});

describe('TLS', () => {
  function peerCertificate(): Promise<PeerCertificate> {
    return new Promise((resolve, reject) => {
      const socket = tlsConnect(
        { host: '127.0.0.1', port: Number(server.url.port), rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerCertificate());
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  }

  const commonName = async (): Promise<string> => String((await peerCertificate()).subject.CN);
  const patience = { timeout: 8000, interval: 100 };

  it('speaks HTTP/1.1 with those who know nothing else', async () => {
    const { camera: front } = camera();
    await start(front);
    const get = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const request = httpsRequest(
          new URL(path, server.url),
          { rejectUnauthorized: false, agent: false },
          (response) => {
            response.resume();
            response.on('end', () =>
              resolve(`${response.httpVersion} ${response.statusCode ?? 0}`),
            );
          },
        );
        request.on('error', reject);
        request.end();
      });
    expect(await get('/cameras/front/hls/a1/42.m4s')).toBe('1.1 200');
    expect(await get('/api/cameras')).toBe('1.1 200');
  });

  it('refuses versions before 1.2', async () => {
    await start(camera().camera);
    const refused = new Promise((resolve) => {
      const socket = tlsConnect({
        host: '127.0.0.1',
        port: Number(server.url.port),
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.on('secureConnect', () => resolve('connected'));
      socket.on('error', () => resolve('refused'));
    });
    expect(await refused).toBe('refused');
  });

  it('does not start with a pair that does not fit', async () => {
    await start(camera().camera);
    writeFileSync(join(folder, 'other.key'), makeKeyPair().key);
    const tls = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'other.key') };
    await expect(serve(registryOf(), { config: { ...serverConfig, tls } })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('other.key does not belong to the certificate') as string,
    });
  });

  it('takes a renewed certificate, with open connections left alone', async () => {
    await start(camera().camera);
    const session = open();
    await ask(session, '/healthz');
    expect(await commonName()).toBe('first');
    writePair(folder, makeKeyPair('second'));
    await vi.waitFor(async () => expect(await commonName()).toBe('second'), patience);
    expect((await ask(session, '/healthz')).status).toBe(200);
  });

  it('follows a link that is swapped, as Kubernetes does', async () => {
    const put = (name: string): void => {
      const version = mkdtempSync(join(folder, `..${name}-`));
      writePair(version, makeKeyPair(name));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    put('one');
    for (const file of ['tls.crt', 'tls.key']) {
      rmSync(join(folder, file));
      symlinkSync(join('..data', file), join(folder, file));
    }
    await start(camera().camera);
    expect(await commonName()).toBe('one');
    put('two');
    await vi.waitFor(async () => expect(await commonName()).toBe('two'), patience);
  });

  it('keeps the old pair when the new one is broken, and says so once', async () => {
    const warnings: string[] = [];
    await start(camera().camera, { ...silentLog, warn: (message) => warnings.push(message) });
    writeFileSync(join(folder, 'tls.key'), makeKeyPair().key);
    await vi.waitFor(() => expect(warnings).toHaveLength(1), patience);
    expect(warnings[0]).toMatch(/the old one stays: .*tls\.key does not belong .*\. Give the key/);
    // The same again is no news.
    writeFileSync(join(folder, 'unrelated'), '');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(warnings).toHaveLength(1);
    expect(await commonName()).toBe('first');
    writePair(folder, makeKeyPair('third'));
    await vi.waitFor(async () => expect(await commonName()).toBe('third'), patience);
  });
});
