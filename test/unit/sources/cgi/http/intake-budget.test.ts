import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLog, type Log } from '../../../../../src/lib/log.ts';
import { IntakeBudget } from '../../../../../src/sources/cgi/http/intake-budget.ts';
import { createUpstreamClient } from '../../../../../src/sources/cgi/cgi-source.ts';
import { fakeJpeg } from '../../../media/support.ts';

const never = new AbortController().signal;

describe('IntakeBudget', () => {
  it('lets a second through at once, and then keeps to the rate', async () => {
    const budget = new IntakeBudget({
      bytesPerSecond: 100_000,
      now: () => performance.now(),
      onExcess: () => undefined,
    });
    budget.spend(100_000);
    await budget.wait(never);
    expect(budget.heldBackMs).toBe(0);
    const startMs = performance.now();
    budget.spend(10_000);
    await budget.wait(never);
    expect(performance.now() - startMs).toBeGreaterThan(70);
    expect(budget.heldBackMs).toBeGreaterThan(70);
  });

  it('forgets what was not used', async () => {
    let nowMs = 0;
    const options = { bytesPerSecond: 1000, now: () => nowMs, onExcess: () => undefined };
    const budget = new IntakeBudget(options);
    nowMs = 3_600_000;
    budget.spend(1_050);
    const waiting = budget.wait(AbortSignal.abort());
    nowMs += 50;
    await waiting;
    expect(budget.heldBackMs).toBe(50);
  });

  it('says a lasting excess once a minute, and no short one', async () => {
    let nowMs = 0;
    let saidCount = 0;
    const budget = new IntakeBudget({
      bytesPerSecond: 1000,
      now: () => nowMs,
      onExcess: () => (saidCount += 1),
    });
    /** Ten seconds of media in no time: nine have to be waited for. */
    const exceed = async (): Promise<void> => {
      budget.spend(10_000);
      const waiting = budget.wait(AbortSignal.abort());
      nowMs += 9_000;
      await waiting;
    };
    budget.spend(1_500);
    const short = budget.wait(AbortSignal.abort());
    nowMs += 500;
    await short;
    expect(saidCount).toBe(0);
    for (let turn = 0; turn < 7; turn++) await exceed();
    expect(saidCount).toBe(1);
    await exceed();
    expect(saidCount).toBe(2);
  });

  it('ends its wait with the signal', async () => {
    const options = { bytesPerSecond: 1, now: () => performance.now(), onExcess: () => undefined };
    const budget = new IntakeBudget(options);
    budget.spend(1e5);
    const end = new AbortController();
    const waiting = budget.wait(end.signal);
    end.abort();
    await waiting;
  });
});

/** Sends the same bytes as fast as they are taken, behind a head. */
async function startFlood(head: string, piece: Buffer): Promise<net.Server> {
  const server = net.createServer((socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('error', () => undefined).on('drain', flood);
    socket.once('data', () => {
      socket.write(head);
      flood();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const frame = Buffer.concat([Buffer.from('--x\r\n\r\n'), fakeJpeg({ dataBytes: 50_000 })]);
const tinyBytes = fakeJpeg({ dataBytes: 20 }).length;
const tinyFrames = Buffer.concat(Array.from({ length: 200 }, () => fakeJpeg({ dataBytes: 20 })));
const slow = (extension: string): Buffer =>
  Buffer.from(`1;${extension}\r\nx\r\n`.repeat(Math.floor(60_000 / extension.length)));

describe('a camera that sends as fast as it can', () => {
  it.each([
    ['frames', 'HTTP/1.0 200 OK\r\n\r\n', frame],
    [
      'chunks of one byte behind long extensions',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n--x\r\n\r\n\r\n',
      slow('e'.repeat(900)),
    ],
    ['tiny pictures', 'HTTP/1.0 200 OK\r\n\r\n', tinyFrames],
  ])('is read within its rate, and this is counted and said: %s', async (_, head, piece) => {
    const server = await startFlood(head, piece);
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
    const { port } = server.address() as AddressInfo;
    const camera = {
      ...{ id: 'front', url: new URL(`http://127.0.0.1:${port}/video`), username: '' },
      ...{ password: '', via: 'http' as const, stream: 1, audio: true },
      maxBitsPerSecond: 8e6,
    };
    const client = createUpstreamClient({ camera, log });
    const session = await client.open(never);
    const startMs = performance.now();
    let byteCount = 0;
    let frameCount = 0;
    for await (const batch of session.batches) {
      byteCount += batch.byteCount;
      frameCount += batch.events.filter(({ type }) => type === 'frame').length;
      if (client.heldBackSeconds > 1.1) break;
    }
    const seconds = (performance.now() - startMs) / 1000;
    await session.close();
    await client.dispose();
    server.close();
    // One second at once, then 1 MB a second, and what one read from the socket may exceed it by.
    expect(byteCount).toBeLessThan(1e6 * (1.2 + seconds));
    expect(frameCount).toBeLessThan((1e6 * (1.2 + seconds)) / 16_384 + 65_536 / tinyBytes);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('maxBitrate');
  });
});
