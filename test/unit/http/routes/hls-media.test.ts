import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { FakeCamera, FakeWindow, registryOf } from '../fake-camera.ts';
import { ask, json, serve } from '../serve.ts';

let server: HttpServer;
afterEach(() => server[Symbol.asyncDispose]());

describe('media', () => {
  const path = '/cameras/front/hls/a1/42.m4s';

  async function startWithSegment(): Promise<FakeCamera> {
    const window = new FakeWindow('a1');
    window.add('42.m4s', [Buffer.from('0123'), Buffer.from('45'), Buffer.from('6789')]);
    const camera = new FakeCamera('front', window);
    server = await serve(registryOf(camera));
    return camera;
  }

  it('sends all pieces of a segment, immutable', async () => {
    const camera = await startWithSegment();
    const answer = await ask(server, path);
    expect(answer.body.toString()).toBe('0123456789');
    expect(answer.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=3600, immutable',
    });
    expect((await ask(server, path, { method: 'HEAD' })).headers['content-length']).toBe('10');
    expect(camera.viewers.deliveredBytes.hls).toBe(10);
  });

  it.each([
    ['bytes=3-6', 206, '3456', 'bytes 3-6/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-20', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-2', 200, '0123456789', undefined],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('Range %s', async (range, status, body, contentRange) => {
    await startWithSegment();
    const answer = await ask(server, path, { headers: { range } });
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toBe(body);
    expect(answer.headers['content-range']).toBe(contentRange);
    expect(answer.headers['content-length']).toBe(String(body.length));
  });

  it.each(['bytes=10-', 'bytes=-0'])('Range %s is a problem that tells the size', async (range) => {
    await startWithSegment();
    const headers = { range, origin: 'https://a.example' };
    const answer = await ask(server, path, { headers });
    expect(answer.status).toBe(416);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'content-range': 'bytes */10',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    });
    expect(json(answer)).toMatchObject({ code: 'range-unsatisfiable', camera: 'front' });
  });

  it('takes no notice of a range that comes with HEAD', async () => {
    await startWithSegment();
    const answer = await ask(server, path, { method: 'HEAD', headers: { range: 'bytes=3-6' } });
    expect([answer.status, answer.headers['content-length']]).toEqual([200, '10']);
  });

  it('sends the whole body when If-Range cannot match', async () => {
    await startWithSegment();
    const answer = await ask(server, path, { headers: { range: 'bytes=0-1', 'if-range': '"x"' } });
    expect(answer.status).toBe(200);
  });

  it('says that media is gone', async () => {
    const camera = await startWithSegment();
    for (const gone of ['hls/a1/7.m4s', 'hls/old/42.m4s', 'hls/old/live.m3u8']) {
      const answer = await ask(server, `/cameras/front/${gone}`);
      expect(answer.status).toBe(404);
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(json(answer)).toMatchObject({ code: 'media-gone' });
    }
    const { touchCount } = camera;
    await ask(server, '/cameras/front/hls/old/42.m4s');
    expect(camera.touchCount, 'it wakes no camera').toBe(touchCount);
    camera.live = undefined;
    expect((await ask(server, '/cameras/front/hls/old/live.m3u8')).status).toBe(404);
    expect(camera.openCount).toBe(0);
  });

  it('goes on with a known life when its camera has gone cold', async () => {
    const camera = await startWithSegment();
    const window = camera.live as FakeWindow;
    camera.live = undefined;
    expect((await ask(server, path)).status).toBe(200);
    expect(camera.openCount).toBe(0);
    camera.nextOpen = () => Promise.resolve(window);
    expect((await ask(server, '/cameras/front/hls/a1/live.m3u8')).status).toBe(200);
    expect(camera.openCount).toBe(0);
    window.isEmpty = true;
    expect((await ask(server, '/cameras/front/hls/a1/live.m3u8')).status).toBe(200);
    expect(camera.openCount).toBe(1);
  });
});
