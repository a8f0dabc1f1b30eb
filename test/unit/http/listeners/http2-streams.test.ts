import { constants, type ClientHttp2Session } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultTimeLimits } from '../../../../src/http/listeners/listener.ts';
import { Heartbeat } from '../../../heartbeat.ts';
import { frameOf, jpeg, type FakeCamera } from '../fake-camera.ts';
import { answerOf, ask, Http2Rig } from '../http2-rig.ts';

let rig: Http2Rig;
beforeEach(async () => {
  rig = await Http2Rig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const largeFrame = frameOf(Buffer.alloc(1_000_000));

/** A viewer of MJPEG who reads nothing, and has skipped a frame already. */
async function fallBehind(session: ClientHttp2Session, front: FakeCamera): Promise<void> {
  const slow = session.request({ ':path': '/cameras/front/stream.mjpg' });
  slow.on('error', () => undefined);
  slow.pause();
  await vi.waitFor(() => expect(front.watchers.size).toBe(1));
  while (front.viewers.droppedCounts.mjpeg === 0) front.show(largeFrame);
}

describe('HTTP/2 streams', () => {
  it('holds and releases, and lets go of a request whose stream is reset', async () => {
    const { camera: front, window } = rig;
    const session = rig.open();
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
    const { camera: front, window } = rig;
    const session = rig.open();
    const held = session.request({ ':path': '/cameras/front/hls/a1/0.0.m4s' });
    const stream = session.request({ ':path': '/cameras/front/stream.mjpg' });
    for (const each of [held, stream]) each.on('error', () => undefined);
    await vi.waitFor(() => expect([window.waitCount, front.watchers.size]).toEqual([1, 1]));
    session.destroy();
    await vi.waitFor(() => expect([window.abortCount, front.watchers.size]).toEqual([1, 0]));
    expect(front.viewers.count('mjpeg')).toBe(0);
  });

  it('shows frames to many at once over one connection', async () => {
    const { camera: front } = rig;
    const session = rig.open();
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

  it('skips frames of a stream that is not read, and drops it in the end', async () => {
    await using impatient = await Http2Rig.start({}, { ...defaultTimeLimits, unreadMs: 1_000 });
    const { camera: front } = impatient;
    const session = impatient.open();
    await fallBehind(session, front);
    expect(front.viewers.deliveredBytes.mjpeg).toBeLessThan(4 * largeFrame.bytes.length);
    expect(front.watchers.size).toBe(1);
    await vi.waitFor(() => expect(front.watchers.size).toBe(0));
    expect((await ask(session, '/healthz')).status).toBe(200);
  });

  it('drops a stream that is not read also while others of its connection are', async () => {
    const unreadMs = 500;
    await using impatient = await Http2Rig.start({}, { ...defaultTimeLimits, unreadMs });
    const { camera: front } = impatient;
    const session = impatient.open();
    await fallBehind(session, front);
    await vi.waitFor(async () => {
      expect((await ask(session, '/healthz')).status).toBe(200);
      expect(front.watchers.size).toBe(0);
    });
  });

  it('keeps a stream that is read without pause, but slower than frames come', async () => {
    const unreadMs = 1_000;
    await using impatient = await Http2Rig.start({}, { ...defaultTimeLimits, unreadMs });
    const { camera: front } = impatient;
    const slow = impatient.open().request({ ':path': '/cameras/front/stream.mjpg' });
    slow.on('error', () => undefined);
    await vi.waitFor(() => expect(front.watchers.size).toBe(1));
    const large = frameOf(Buffer.alloc(4_000_000));
    let readBytes = 0;
    let startedMs = Infinity;
    // 1 MB/s whatever the machine does: what was missed is caught up.
    const isDue = () => readBytes < (performance.now() - startedMs) * 1_000;
    slow.on('data', (chunk: Buffer) => {
      readBytes += chunk.length;
      if (!isDue()) slow.pause();
    });
    while (front.viewers.droppedCounts.mjpeg === 0) front.show(large);
    startedMs = performance.now();
    const reading = setInterval(() => {
      if (isDue()) slow.resume();
    }, 5);
    try {
      await vi.waitFor(() => expect(readBytes).toBeGreaterThan(large.bytes.length));
    } finally {
      clearInterval(reading);
    }
    expect(performance.now() - startedMs).toBeGreaterThan(3 * unreadMs);
    expect(front.watchers.size).toBe(1);
  });

  it('answers HEAD of a stream without starting the camera', async () => {
    const { camera: front } = rig;
    const answer = await ask(rig.open(), '/cameras/front/stream.mjpg', { ':method': 'HEAD' });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(front.watchers.size).toBe(0);
  });
});

describe('disposal with HTTP/2', () => {
  it('ends sessions in order when the gateway goes down', async () => {
    const { camera: front, window } = rig;
    const session = rig.open();
    let goawayCount = 0;
    session.on('goaway', () => goawayCount++);
    const held = ask(session, '/cameras/front/hls/a1/0.0.m4s');
    const stream = ask(session, '/cameras/front/stream.mjpg');
    await vi.waitFor(() => expect([window.waitCount, front.watchers.size]).toEqual([1, 1]));
    front.show(frameOf(jpeg));
    const idle = rig.open();
    await new Promise((resolve) => idle.once('connect', resolve));
    const heartbeat = new Heartbeat();
    const started = performance.now();
    await rig.server[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(1500 + heartbeat.lostMs);
    heartbeat.stop();
    expect((await held).status).toBe(503);
    expect((await stream).body.includes(jpeg)).toBe(true);
    expect(goawayCount).toBeGreaterThan(0);
  });

  it('cuts off who never reads, after two seconds', async () => {
    const { camera: front, window } = rig;
    window.add('1.m4s', [Buffer.alloc(20_000_000)]);
    const slow = rig.open().request({ ':path': '/cameras/front/hls/a1/1.m4s' });
    slow.on('error', () => undefined);
    slow.pause();
    await vi.waitFor(() => expect(front.viewers.deliveredBytes.hls).toBe(20_000_000));
    const heartbeat = new Heartbeat();
    const started = performance.now();
    await rig.server[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(3000 + heartbeat.lostMs);
    heartbeat.stop();
  });
});
