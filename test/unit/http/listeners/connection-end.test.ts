import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { FakeCamera, FakeWindow, frameOf, jpeg, registryOf } from '../fake-camera.ts';
import { RawClient } from '../raw-client.ts';
import { serve, serverConfig } from '../serve.ts';
import { TlsFolder } from '../tls-rig.ts';

const stream = '/cameras/front/stream.mjpg';
const next = '/cameras/front/hls/a1/live.m3u8?_HLS_msn=0&_HLS_part=0';
const folder = new TlsFolder();
let server: HttpServer;
afterEach(() => server[Symbol.asyncDispose]());
afterAll(() => folder[Symbol.dispose]());

async function start(config = serverConfig): Promise<{ front: FakeCamera; window: FakeWindow }> {
  const window = new FakeWindow('a1');
  const front = new FakeCamera('front', window);
  server = await serve(registryOf(front), { config });
  return { front, window };
}

describe.each([
  ['http', serverConfig],
  ['https', folder.config],
])('the end of a connection of HTTP/1.1 (%s)', (_scheme, config) => {
  it('takes every stream with it that was asked for in one go', async () => {
    const { front } = await start(config);
    using viewer = new RawClient(server);
    viewer.get(stream, stream, stream);
    await vi.waitFor(() => expect(front.watchers.size).toBeGreaterThan(0));
    front.show(frameOf(jpeg));
    await vi.waitFor(() => expect(viewer.text).toContain('image/jpeg'));
    viewer.socket.destroy();
    await vi.waitFor(() => expect(front.watchers.size).toBe(0));
    expect(front.viewers.count('mjpeg')).toBe(0);
  });

  it('takes every held request with it', async () => {
    const { front, window } = await start(config);
    using viewer = new RawClient(server);
    viewer.get(next, next, '/cameras/front/hls/a1/0.0.m4s', next);
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBeGreaterThan(0));
    viewer.socket.destroy();
    await vi.waitFor(() => expect(window.abortCount).toBe(window.waitCount));
    expect(front.viewers.heldCount('hls')).toBe(0);
  });

  it('is seen behind any number of requests', async () => {
    const { front, window } = await start(config);
    using viewer = new RawClient(server);
    viewer.get(...new Array<string>(5_000).fill(next));
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBeGreaterThan(0));
    await new Promise<void>((resolve) => viewer.socket.end(resolve));
    viewer.socket.destroy();
    await vi.waitFor(() => expect(window.abortCount).toBe(1));
    expect(front.viewers.heldCount('hls')).toBe(0);
  });

  it('is seen behind a body that nobody wants', async () => {
    const { front, window } = await start(config);
    using viewer = new RawClient(server);
    const length = 500_000;
    viewer.socket.write(`GET ${next} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
    await new Promise((resolve) => viewer.socket.write(Buffer.alloc(length), resolve));
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBeGreaterThan(0));
    viewer.socket.destroy();
    await vi.waitFor(() => expect(window.abortCount).toBe(1));
  });
});
