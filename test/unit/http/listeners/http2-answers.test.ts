import { constants } from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpStats } from '../../../../src/http/http-stats.ts';
import { answerOf, ask, Http2Rig, type Answer } from '../http2-rig.ts';

let stats: HttpStats;
let rig: Http2Rig;
beforeEach(async () => {
  rig = await Http2Rig.start({
    metrics: (http) => {
      stats = http;
      return { contentType: 'text/plain', render: () => Promise.resolve('up 1\n') };
    },
  });
});
afterEach(() => rig[Symbol.asyncDispose]());

describe('HTTP/2 answers', () => {
  it('answers every kind of address over one connection', async () => {
    expect(rig.server.url.protocol).toBe('https:');
    const session = rig.open();
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

  it('is no way to anywhere else', async () => {
    const stream = rig.open().request({ ':method': 'CONNECT', ':authority': 'example.com:443' });
    const answer = await answerOf(stream);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'method-not-allowed' });
  });

  it('speaks ranges, codings, validators, preflights and problems as HTTP/1.1 does', async () => {
    const session = rig.open();
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
    const session = rig.open();
    for (const path of ['/cameras/front/index.m3u8', '/api/cameras']) {
      const stream = session.request({ ':path': path, ':method': 'POST' }, { endStream: false });
      expect((await answerOf(stream)).status).toBe(405);
    }
  });

  it('refuses headers without end', async () => {
    const session = rig.open();
    const greedy = await ask(session, '/healthz', { 'x-much': 'x'.repeat(40_000) });
    expect([greedy.status, greedy.headers['content-type']]).toEqual([
      431,
      'application/problem+json',
    ]);
    expect((await ask(rig.open(), '/healthz')).status).toBe(200);
  });

  it('says why what a request expects cannot be', async () => {
    const answer = await ask(rig.open(), '/healthz', { expect: 'cake' });
    expect(answer.status).toBe(417);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'expectation-unknown' });
  });

  it('counts answers by route and status', async () => {
    const session = rig.open();
    for (const path of ['/cameras/front/index.m3u8', '/healthz']) await ask(session, path);
    await vi.waitFor(() =>
      expect([...stats.requests()].map(({ route, status }) => [route, status])).toEqual([
        ['index', 200],
        ['health', 200],
      ]),
    );
  });
});
