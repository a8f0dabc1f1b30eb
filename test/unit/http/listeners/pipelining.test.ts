import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { SettableClock } from '../../../settable-clock.ts';
import { FakeCamera, FakeWindow, registryOf } from '../fake-camera.ts';
import { RawClient } from '../raw-client.ts';
import { ask, serve } from '../serve.ts';

const live = '/cameras/front/hls/a1/live.m3u8';
const next = `${live}?_HLS_msn=0&_HLS_part=0`;
let server: HttpServer;
afterEach(() => server[Symbol.asyncDispose]());

async function start() {
  const window = new FakeWindow('a1');
  const front = new FakeCamera('front', window);
  const render = vi.fn(() => Promise.resolve('up 1\n'));
  const metrics = () => ({ contentType: 'text/plain', render });
  server = await serve(registryOf(front), { metrics, clock: new SettableClock() });
  return { window, front, render };
}

function times(count: number, path: string): string[] {
  return new Array<string>(count).fill(path);
}

describe('requests that do not wait for the answers before them', () => {
  it('are answered in order, whatever they are for', async () => {
    const { window, front } = await start();
    using client = new RawClient(server);
    client.get(next, '/healthz', '/no/such', live, '/cameras/front/index.m3u8', '/readyz');
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBeGreaterThan(0));
    expect((await ask(server, '/healthz')).status).toBe(200);
    expect(client.text).toBe('');
    window.advance(Buffer.from('part'));
    await vi.waitFor(() => expect(client.text).toContain('"ready"'));
    expect(client.statuses).toEqual([200, 200, 404, 200, 200, 200]);
    const order = ['#PARTS:1', '"ok"', 'not-found', '#PARTS:1', 'STREAM-INF', '"ready"'];
    let from = 0;
    for (const words of order) {
      from = client.text.indexOf(words, from);
      expect(from, words).toBeGreaterThan(0);
      from += words.length;
    }
  });

  it('are not begun before their turn', async () => {
    const { window, front } = await start();
    using client = new RawClient(server);
    client.get(next, ...times(5, '/cameras/front/snapshot.jpg'), '/cameras/front/stream.mjpg');
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBeGreaterThan(0));
    expect([front.snapshotRequests.length, front.watchers.size]).toEqual([0, 0]);
    window.advance(Buffer.from('part'));
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    expect(front.snapshotRequests).toHaveLength(5);
  });

  it('wait sixteen at most; the rest is refused, and the connection ends', async () => {
    const { render } = await start();
    using client = new RawClient(server);
    client.get(...times(1_200, '/metrics'));
    await client.closed;
    expect(client.statuses).toEqual([...times(17, '').map(() => 200), 503]);
    const last = client.text.slice(client.text.lastIndexOf('HTTP/1.1'));
    expect(last).toMatch(/^connection: close$/im);
    expect(last).toContain('"code":"pipeline-full"');
    expect(render).toHaveBeenCalledTimes(1);
  });

  it('cost nothing where they are refused, also behind an answer that is held', async () => {
    const { window, front } = await start();
    using client = new RawClient(server);
    client.get(...times(10_000, next));
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBeGreaterThan(0));
    expect(front.touchCount).toBe(1);
    expect(window.waitCount).toBe(1);
    window.advance(Buffer.from('part'));
    await client.closed;
    expect(client.statuses).toEqual([...times(17, '').map(() => 200), 503]);
    expect(front.touchCount).toBe(17);
  });

  it('end the connection where they go on without end', async () => {
    const { window, front } = await start();
    using client = new RawClient(server);
    client.get(...times(40_000, next));
    await client.closed;
    await vi.waitFor(() => expect(window.abortCount).toBe(1));
    expect([client.text, front.touchCount]).toEqual(['', 1]);
  });

  it('are as many as a client likes when it waits', async () => {
    await start();
    using client = new RawClient(server);
    for (let count = 17; count <= 51; count += 17) {
      client.get(...times(17, live));
      await vi.waitFor(() => expect(client.statuses).toHaveLength(count));
    }
    expect(new Set(client.statuses)).toEqual(new Set([200]));
  });
});
