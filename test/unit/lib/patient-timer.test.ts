import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PatientTimer, sleptMs } from '../../../src/lib/time/patient-timer.ts';
import { blockLoop } from '../block-loop.ts';

const limitMs = 100;
let timer: PatientTimer;
afterEach(() => timer.clear());

function startTimer(): { count: number } {
  const fired = { count: 0 };
  timer = new PatientTimer(limitMs, () => fired.count++);
  return fired;
}

describe('a patient timer', () => {
  it('fires once, when its time is over', async () => {
    const fired = startTimer();
    await wait(limitMs / 2);
    expect(fired.count).toBe(0);
    await wait(2 * limitMs);
    expect(fired.count).toBe(1);
  });

  it('fires no more once it is cleared, and later when it is refreshed', async () => {
    const fired = startTimer();
    await wait(limitMs / 2);
    timer.refresh();
    await wait(limitMs * 0.75);
    expect(fired.count).toBe(0);
    timer.clear();
    await wait(limitMs);
    expect(fired.count).toBe(0);
  });

  it('lets what came while the process slept be read first', async () => {
    await using server = net.createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const connected = once(server, 'connection') as Promise<[net.Socket]>;
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [peer] = await connected;
    const order: string[] = [];
    socket.once('data', () => order.push('data'));
    timer = new PatientTimer(limitMs, () => order.push('timer'));
    peer.write('here'); // at once, into the kernel
    blockLoop(limitMs + sleptMs + 100);
    await wait(2 * limitMs);
    expect(order).toEqual(['data', 'timer']);
    socket.destroy();
  });

  it('begins anew once, so that every wait ends', async () => {
    const fired = startTimer();
    blockLoop(limitMs + sleptMs + 100);
    await wait(limitMs / 2);
    expect(fired.count).toBe(0);
    blockLoop(limitMs + sleptMs + 100);
    await wait(limitMs / 2);
    expect(fired.count).toBe(1);
  });
});
