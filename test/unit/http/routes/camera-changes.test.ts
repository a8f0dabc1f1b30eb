import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { UpstreamError } from '../../../../src/lib/errors.ts';
import { FakeCamera, FakeWindow, frameOf, jpeg, registryOf } from '../fake-camera.ts';
import { RawClient } from '../raw-client.ts';
import { ask, json, serve, type Answer } from '../serve.ts';

const next = '/cameras/front/hls/a1/live.m3u8?_HLS_msn=0&_HLS_part=0';
const stream = '/cameras/front/stream.mjpg';
const clients: RawClient[] = [];
let server: HttpServer;
afterEach(async () => {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

async function start(...cameras: FakeCamera[]) {
  const registry = registryOf(...cameras);
  server = await serve(registry);
  return registry;
}

function open(path: string): RawClient {
  const client = new RawClient(server);
  clients.push(client);
  client.get(path);
  return client;
}

const settings = async (path: string): Promise<unknown> => json(await ask(server, path));
const problem = (answer: Answer): unknown[] => [answer.status, json(answer)['code']];

describe('viewers of a camera that is removed', () => {
  it('are told so, whatever they wait for', async () => {
    const front = new FakeCamera('front', new FakeWindow('a1'));
    front.nextSnapshot = () => new Promise(() => undefined);
    const registry = await start(front, new FakeCamera('garden'));
    const waiting = [next, '/cameras/front/snapshot.jpg', stream].map((path) => ask(server, path));
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBe(1));
    await vi.waitFor(() => expect(front.snapshotRequests).toHaveLength(1));
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    registry.remove(front);
    const answers = await Promise.all(waiting);
    expect(answers.map(problem)).toEqual(new Array(3).fill([404, 'camera-unknown']));
    expect(front.watchers.size).toBe(0);
    expect(front.viewers.counts()).toMatchObject({ mjpeg: 0 });
  });

  it('see the end of a stream that has begun', async () => {
    const front = new FakeCamera('front');
    const registry = await start(front);
    const viewer = open(stream);
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    front.show(frameOf(jpeg));
    await vi.waitFor(() => expect(viewer.text).toContain('image/jpeg'));
    registry.remove(front);
    await viewer.closed;
    expect(front.watchers.size).toBe(0);
  });

  it('do not touch those of other cameras', async () => {
    const [front, garden] = [new FakeCamera('front'), new FakeCamera('garden')];
    const registry = await start(front, garden);
    open('/cameras/garden/stream.mjpg');
    await vi.waitFor(() => expect(garden.watchers.size).toBe(1));
    registry.remove(front);
    registry.add(new FakeCamera('yard'));
    expect(garden.watchers.size).toBe(1);
    expect((await ask(server, '/cameras/front/snapshot.jpg')).status).toBe(404);
    expect((await ask(server, '/cameras/yard/snapshot.jpg')).status).toBe(200);
  });
});

describe('viewers of a camera that has changed', () => {
  it('of MJPEG go on with its frames on the same connection', async () => {
    const [front, successor] = [new FakeCamera('front'), new FakeCamera('front')];
    const registry = await start(front);
    const viewer = open(stream);
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    front.show(frameOf(jpeg));
    await vi.waitFor(() => expect(viewer.text).toContain('image/jpeg'));
    registry.change(front, successor);
    expect([front.watchers.size, successor.watchers.size]).toEqual([0, 1]);
    expect([front.viewers.count('mjpeg'), successor.viewers.count('mjpeg')]).toEqual([0, 1]);
    successor.show(frameOf(jpeg));
    await vi.waitFor(() => expect(viewer.text.split('image/jpeg')).toHaveLength(3));
    expect(viewer.text.split('--camgate-frame')).toHaveLength(4);
    viewer[Symbol.dispose]();
    await vi.waitFor(() => expect(successor.watchers.size).toBe(0));
    expect(successor.viewers.count('mjpeg')).toBe(0);
  });

  it('of MJPEG wait for its frames as in an outage, where its session does not come at once', async () => {
    const [front, successor] = [new FakeCamera('front'), new FakeCamera('front')];
    successor.watchFailure = new UpstreamError('unreachable', 'no');
    const registry = await start(front);
    const viewer = open(stream);
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    front.show(frameOf(jpeg));
    await vi.waitFor(() => expect(viewer.text).toContain('image/jpeg'));
    registry.change(front, successor);
    await ask(server, '/healthz');
    successor.show(frameOf(jpeg));
    await vi.waitFor(() => expect(viewer.text.split('image/jpeg')).toHaveLength(3));
    registry.remove(successor);
    await viewer.closed;
    expect(successor.watchers.size).toBe(0);
  });

  it('of MJPEG learn why it cannot be watched any more', async () => {
    const [front, successor] = [new FakeCamera('front'), new FakeCamera('front')];
    successor.watchFailure = new UpstreamError('unreachable', 'no');
    const registry = await start(front);
    const waiting = ask(server, stream);
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    registry.change(front, successor);
    expect(problem(await waiting)).toEqual([503, 'unreachable']);
  });

  it('load the playlist again, and get the first one and stills from its new session', async () => {
    const window = new FakeWindow('a1');
    const front = new FakeCamera('front', window);
    front.nextSnapshot = () => new Promise(() => undefined);
    const successor = new FakeCamera('front', new FakeWindow('b1'));
    const registry = await start(front);
    const [playlist, still] = [ask(server, next), ask(server, '/cameras/front/snapshot.jpg')];
    await vi.waitFor(() => expect(front.viewers.heldCount('hls')).toBe(1));
    await vi.waitFor(() => expect(front.snapshotRequests).toHaveLength(1));
    front.live = undefined;
    front.nextOpen = () => new Promise(() => undefined);
    const first = ask(server, '/cameras/front/index.m3u8');
    await vi.waitFor(() => expect(front.openCount).toBe(1));
    registry.change(front, successor);
    expect(problem(await playlist)).toEqual([404, 'media-gone']);
    expect((await still).body).toEqual(jpeg);
    expect((await first).body.toString()).toContain('b1');
    expect(window.abortCount).toBe(1);
    expect(front.viewers.heldCount('hls')).toBe(0);
  });
});

describe('pages', () => {
  it('list the cameras of this moment', async () => {
    const registry = await start(new FakeCamera('front'));
    expect(await settings('/api/cameras')).toMatchObject({ cameras: [{ id: 'front' }] });
    registry.add(new FakeCamera('garden'));
    expect(await settings('/api/cameras')).toMatchObject({
      cameras: [{ id: 'front' }, { id: 'garden' }],
    });
  });
});
