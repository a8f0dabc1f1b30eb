import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { defaultTimeLimits } from '../../../../src/http/listeners/listener.ts';
import { UpstreamError } from '../../../../src/lib/errors.ts';
import { Heartbeat } from '../../../heartbeat.ts';
import { FakeCamera, frameOf, jpeg, registryOf } from '../fake-camera.ts';
import { ask, json, serve } from '../serve.ts';

const path = '/cameras/front/stream.mjpg';
let server: HttpServer;
const sockets: Socket[] = [];

async function start(unreadMs = defaultTimeLimits.unreadMs): Promise<FakeCamera> {
  const camera = new FakeCamera('front');
  server = await serve(registryOf(camera), {}, { ...defaultTimeLimits, unreadMs });
  return camera;
}

/** A viewer as raw bytes, as old software reads it. */
function open(): { socket: Socket; text(): string; tail(): string; byteCount(): number } {
  const socket = connect(Number(server.url.port), '127.0.0.1');
  sockets.push(socket);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return {
    socket,
    text: () => Buffer.concat(chunks).toString('latin1'),
    tail: () => Buffer.concat(chunks.slice(-20)).subarray(-20).toString('latin1'),
    byteCount: () => socket.bytesRead,
  };
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server[Symbol.asyncDispose]();
});

describe('stream.mjpg', () => {
  it('writes the boundary behind each frame, without chunked coding', async () => {
    const camera = await start();
    const viewer = open();
    await vi.waitFor(() => expect(camera.watchers.size).toBe(1));
    camera.show(frameOf(jpeg));
    const part = `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n${jpeg.toString('latin1')}`;
    const boundary = '--camgate-frame\r\n';
    await vi.waitFor(() => {
      const [head = '', body] = viewer.text().split(/\r\n\r\n(.*)/s);
      expect(head).toContain('multipart/x-mixed-replace; boundary=camgate-frame');
      expect(head).not.toMatch(/^(transfer-encoding|content-length):/im);
      expect(head).toMatch(/^connection: close$/im);
      expect(body).toBe(`${boundary}${part}\r\n${boundary}`);
    });
    camera.show(frameOf(jpeg));
    await vi.waitFor(() =>
      expect(
        viewer.text().endsWith(`${boundary}${part}\r\n${boundary}${part}\r\n${boundary}`),
      ).toBe(true),
    );
    expect(camera.viewers.count('mjpeg')).toBe(1);
    expect(camera.viewers.deliveredBytes.mjpeg).toBeGreaterThan(2 * jpeg.length);
  });

  it('ends the lease when the viewer leaves', async () => {
    const camera = await start();
    const viewer = open();
    await vi.waitFor(() => expect(camera.watchers.size).toBe(1));
    viewer.socket.destroy();
    await vi.waitFor(() => expect(camera.watchers.size).toBe(0));
    expect(camera.viewers.count('mjpeg')).toBe(0);
  });

  it('skips frames of a viewer who does not read, and nobody else', async () => {
    const camera = await start();
    const slow = open();
    const quick = open();
    await vi.waitFor(() => expect(camera.watchers.size).toBe(2));
    slow.socket.pause();
    const large = frameOf(Buffer.alloc(2_000_000, 7));
    for (let count = 1; camera.viewers.droppedCounts.mjpeg === 0; count++) {
      camera.show(large);
      await vi.waitFor(() => {
        expect(quick.byteCount()).toBeGreaterThan(count * large.bytes.length);
        expect(quick.tail()).toMatch(/--camgate-frame\r\n$/); // the whole of it, so that the next one is not skipped
      });
    }
    expect(camera.viewers.droppedCounts.mjpeg).toBe(1);
    slow.socket.resume();
    const skipped = large.bytes.length;
    await vi.waitFor(() => {
      camera.show(frameOf(Buffer.from('the last one')));
      expect(slow.text()).toContain('the last one');
    });
    expect(slow.byteCount()).toBeLessThan(quick.byteCount() - skipped / 2);
  });

  it('drops a viewer who reads nothing, after that time and not after twice that time', async () => {
    const unreadMs = 1_500;
    const camera = await start(unreadMs);
    const viewer = open();
    await vi.waitFor(() => expect(camera.watchers.size).toBe(1));
    viewer.socket.pause();
    const large = frameOf(Buffer.alloc(8_000_000));
    const shownMs = performance.now();
    while (camera.viewers.droppedCounts.mjpeg === 0) camera.show(large);
    const heartbeat = new Heartbeat();
    const startedMs = performance.now();
    expect(camera.watchers.size).toBe(1);
    await vi.waitFor(() => expect(camera.watchers.size).toBe(0));
    const endedMs = performance.now();
    expect(endedMs - shownMs).toBeGreaterThan(unreadMs - 2);
    expect(endedMs - startedMs).toBeLessThan(1.8 * unreadMs + heartbeat.lostMs);
    heartbeat.stop();
  });

  it('keeps a viewer who reads without pause, but needs longer than that for a frame', async () => {
    const unreadMs = 1_000;
    const camera = await start(unreadMs);
    const viewer = open();
    await vi.waitFor(() => expect(camera.watchers.size).toBe(1));
    const { socket } = viewer;
    socket.pause();
    // Far more than a system holds for a connection, read at a steady 8 MB/s.
    const large = frameOf(Buffer.alloc(32_000_000));
    while (camera.viewers.droppedCounts.mjpeg === 0) camera.show(large);
    const startedMs = performance.now();
    // 8 MB/s whatever the machine does: what was missed is caught up.
    const isDue = () => socket.bytesRead < (performance.now() - startedMs) * 8_000;
    const reading = setInterval(() => {
      if (isDue()) socket.resume();
    }, 5);
    socket.on('data', () => {
      if (!isDue()) socket.pause();
    });
    try {
      await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(large.bytes.length));
    } finally {
      clearInterval(reading);
    }
    expect(performance.now() - startedMs).toBeGreaterThan(3 * unreadMs);
    expect(camera.watchers.size).toBe(1);
  });

  it('answers HEAD without starting the camera', async () => {
    const camera = await start();
    const answer = await ask(server, path, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('multipart/x-mixed-replace');
    expect(camera.watchers.size).toBe(0);
  });

  it('says why there is no picture', async () => {
    const camera = await start();
    camera.watchFailure = new UpstreamError('too-many-viewers', 'Full.', { retryAfterMs: 30_000 });
    const answer = await ask(server, path);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('30');
    expect(json(answer)).toMatchObject({ code: 'too-many-viewers', camera: 'front' });
    expect(camera.viewers.count('mjpeg')).toBe(0);
  });
});
