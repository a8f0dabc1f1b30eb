import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { CamgateError, UpstreamError } from '../../../../src/lib/errors.ts';
import { FakeCamera, FakeWindow, registryOf } from '../fake-camera.ts';
import { ask, json, serve } from '../serve.ts';

const playlistType = 'application/vnd.apple.mpegurl';
let server: HttpServer;

async function start(...cameras: FakeCamera[]): Promise<void> {
  server = await serve(registryOf(...cameras));
}

afterEach(() => server[Symbol.asyncDispose]());

describe('playlists', () => {
  it('serves the multivariant playlist of a live camera, then 304', async () => {
    const camera = new FakeCamera('front', new FakeWindow('a1'));
    await start(camera);
    const answer = await ask(server, '/cameras/front/index.m3u8');
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toContain('hls/a1/live.m3u8');
    expect(answer.headers).toMatchObject({
      'content-type': playlistType,
      'content-length': String(answer.body.length),
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      etag: '"index"',
    });
    expect(camera.touchCount).toBe(1);
    const again = await ask(server, '/cameras/front/index.m3u8', {
      headers: { 'if-none-match': 'W/"other", "index"' },
    });
    expect(again.status).toBe(304);
    expect(again.body).toHaveLength(0);
  });

  it('answers HEAD like GET without the body', async () => {
    await start(new FakeCamera('front', new FakeWindow('a1')));
    const get = await ask(server, '/cameras/front/hls/a1/live.m3u8');
    const head = await ask(server, '/cameras/front/hls/a1/live.m3u8', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(String(get.body.length));
    expect(head.body).toHaveLength(0);
  });

  it('starts a cold camera once for all who ask meanwhile', async () => {
    const camera = new FakeCamera('front');
    const window = new FakeWindow('a1');
    let open: (window: FakeWindow) => void = () => undefined;
    camera.nextOpen = () => new Promise((resolve) => (open = resolve));
    await start(camera);
    const asked = Array.from({ length: 10 }, () => ask(server, '/cameras/front/index.m3u8'));
    await vi.waitFor(() => expect(camera.viewers.count('hls')).toBe(10));
    expect(camera.openCount).toBe(1);
    camera.goLive(window);
    open(window);
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
  });

  it('says why a cold camera shows nothing', async () => {
    const camera = new FakeCamera('front');
    await start(camera);
    const connecting = await ask(server, '/cameras/front/index.m3u8');
    expect(connecting.status).toBe(503);
    expect(connecting.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '2',
      'access-control-allow-origin': '*',
    });
    expect(json(connecting)).toEqual({
      type: 'urn:camgate:error:camera-connecting',
      title: 'Camera connecting',
      status: 503,
      code: 'camera-connecting',
      detail: 'The camera is being dialled.',
      camera: 'front',
      retryAfterSeconds: 2,
    });
    camera.nextOpen = () => Promise.reject(new UpstreamError('wrong-password', 'Check it.'));
    expect(json(await ask(server, '/cameras/front/index.m3u8'))).toMatchObject({
      code: 'wrong-password',
      status: 503,
    });
  });

  it('hides what nobody expected', async () => {
    const camera = new FakeCamera('front');
    camera.nextOpen = () => Promise.reject(new TypeError('secret internals'));
    await start(camera);
    const answer = await ask(server, '/cameras/front/index.m3u8');
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain('secret');
    expect(json(answer)).toMatchObject({ code: 'internal-error' });
  });
});

describe('blocking reload', () => {
  const next = '/cameras/front/hls/a1/live.m3u8?_HLS_msn=0&_HLS_part=0';

  it('holds all who ask for a part in one wait, and releases all', async () => {
    const window = new FakeWindow('a1');
    const camera = new FakeCamera('front', window);
    await start(camera);
    const asked = Array.from({ length: 50 }, () => ask(server, next));
    await vi.waitFor(() => expect(camera.viewers.count('hls')).toBe(50));
    expect(window.waitCount).toBe(1);
    window.advance(Buffer.from('part'));
    for (const answer of await Promise.all(asked)) {
      expect(answer.body.toString()).toContain('#PARTS:1');
      expect(answer.headers['cache-control']).toBe('public, max-age=12');
    }
    expect((await ask(server, next)).status).toBe(200);
    expect(window.waitCount).toBe(1);
  });

  it('holds those who ask for the same in other words in one wait', async () => {
    const window = new FakeWindow('a1');
    const camera = new FakeCamera('front', window);
    await start(camera);
    const playlist = '/cameras/front/hls/a1/live.m3u8';
    const asked = [
      ...[1, 2, 3].map((t) => `${next}&t=${t}`),
      `${playlist}?_HLS_part=0&_HLS_msn=0`,
      `${playlist}?_HLS_msn=00&_HLS_part=000`,
      `/cameras/fro%6Et/hls/a1/live.m3u8?_HLS_msn=0&_HLS_part=0`,
    ].map((path) => ask(server, path));
    await vi.waitFor(() => expect(camera.viewers.heldCount('hls')).toBe(6));
    expect(window.waitCount).toBe(1);
    const part = '/cameras/front/hls/a1/0.0.m4s';
    asked.push(...[part, `${part}?t=1`, `${part}?t=2`].map((path) => ask(server, path)));
    await vi.waitFor(() => expect(camera.viewers.heldCount('hls')).toBe(9));
    expect(window.waitCount).toBe(2);
    window.advance(Buffer.from('part'));
    for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
    await vi.waitFor(() => expect(camera.viewers.heldCount('hls')).toBe(0));
  });

  it('holds the viewers of each camera apart, whose windows may have the same life', async () => {
    const windows = [new FakeWindow('a1'), new FakeWindow('a1')] as const;
    const cameras = [new FakeCamera('front', windows[0]), new FakeCamera('back', windows[1])];
    await start(...cameras);
    const asked = ['front', 'back'].map((id) => ask(server, next.replace('front', id)));
    await vi.waitFor(() => expect(windows.map(({ waitCount }) => waitCount)).toEqual([1, 1]));
    for (const window of windows) window.advance(Buffer.from('part'));
    await Promise.all(asked);
  });

  it('counts a viewer of a cold camera once, who waits for the camera and then for a part', async () => {
    const camera = new FakeCamera('front');
    const window = new FakeWindow('a1');
    window.isEmpty = true;
    camera.windows.set('a1', window);
    let open: (window: FakeWindow) => void = () => undefined;
    camera.nextOpen = () => new Promise((resolve) => (open = resolve));
    await start(camera);
    const asked = ask(server, next);
    await vi.waitFor(() => expect(camera.viewers.heldCount('hls')).toBe(1));
    open(window);
    await vi.waitFor(() => expect(window.waitCount).toBe(1));
    expect(camera.viewers.heldCount('hls')).toBe(1);
    window.advance(Buffer.from('part'));
    expect((await asked).status).toBe(200);
  });

  it('holds the hinted part until it exists', async () => {
    const window = new FakeWindow('a1');
    const camera = new FakeCamera('front', window);
    await start(camera);
    const asked = ask(server, '/cameras/front/hls/a1/0.0.m4s');
    await vi.waitFor(() => expect(window.waitCount).toBe(1));
    window.advance(Buffer.from('part'));
    const answer = await asked;
    expect(answer.body.toString()).toBe('part');
    expect(camera.viewers.deliveredBytes.hls).toBe(4);
  });

  it('gives up waiting when the last viewer has gone, not before', async () => {
    const window = new FakeWindow('a1');
    const camera = new FakeCamera('front', window);
    await start(camera);
    const leave = [new AbortController(), new AbortController()];
    const asked = leave.map(({ signal }) =>
      fetch(new URL(next, server.url), { signal }).catch(() => 'left'),
    );
    await vi.waitFor(() => expect(camera.viewers.count('hls')).toBe(2));
    leave[0]?.abort();
    expect(await asked[0]).toBe('left');
    expect(window.abortCount).toBe(0);
    leave[1]?.abort();
    await vi.waitFor(() => expect(window.abortCount).toBe(1));
  });

  it('passes on what the window refuses, at once and later', async () => {
    const window = new FakeWindow('a1');
    await start(new FakeCamera('front', window));
    const wrong = await ask(server, '/cameras/front/hls/a1/live.m3u8?_HLS_msn=99');
    expect(wrong.status).toBe(400);
    expect(json(wrong)).toMatchObject({ code: 'query-invalid', camera: 'front' });
    const asked = ask(server, next);
    await vi.waitFor(() => expect(window.waitCount).toBe(1));
    window.fail(new CamgateError('playlist-timeout', 'Nothing new.', { retryAfterMs: 100 }));
    const late = await asked;
    expect(late.status).toBe(503);
    expect(late.headers['retry-after']).toBe('1');
  });
});
