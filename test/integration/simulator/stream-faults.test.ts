import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CameraSimulator, SimulatorOptions } from '../../../src/simulator/camera-simulator.ts';
import type { StreamFault } from '../../../src/simulator/faults.ts';
import { avPath, bodyOf, hasBytes, longestWaitMs, run, startCamera, wire } from './rig.ts';

const packetBytes = 3200;

/** The packets of a stream, each recognised by its error correction bytes. */
function packetsOf(received: Buffer): { packets: Buffer[]; rest: Buffer } {
  const body = bodyOf(received);
  const headerBytes = Number(body.readBigUInt64LE(16)) + 50;
  const packets: Buffer[] = [];
  let at = headerBytes;
  for (; at + packetBytes <= body.length; at += packetBytes)
    packets.push(body.subarray(at, at + packetBytes));
  return { packets, rest: body.subarray(at) };
}

/** Presentation time of the first payload (offset 25 by the writer's fixed layout), in milliseconds. */
const stampOf = (packet: Buffer): number => packet.readUInt32LE(25);

/** How the connection of a stream ends. curl sees a reset behind data as one, while libuv reports an end. */
async function curlEnd(simulator: CameraSimulator): Promise<'close' | 'reset'> {
  const args = ['-s', '-o', '/dev/null', '-m', String(longestWaitMs / 1000)];
  const url = new URL(avPath, simulator.url).href;
  try {
    await run('curl', [...args, url]);
    return 'close';
  } catch (error) {
    // CURLE_RECV_ERROR
    if ((error as { code: unknown }).code === 56) return 'reset';
    throw error;
  }
}

describe('faults of a stream', () => {
  it('stall: the connection stays open and nothing comes, until it is switched off', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'stall' }, { kind: 'next', afterFrames: 3 });
    const { framesSent } = simulator.journal;
    const until = simulator.journal
      .waitFor(() => framesSent.size === 3, longestWaitMs)
      .then(() => wait(1000)); // ten frames would have come
    expect((await wire(simulator, avPath, { until })).end).toBe('open');
    expect(framesSent.size).toBe(3);
    const healthy = await wire(simulator, avPath, { isEnough: hasBytes(30_000) });
    expect(healthy.received.length).toBeGreaterThan(30_000);
  });

  it('reset: RST in the middle of a packet', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'reset' }, { kind: 'next', afterFrames: 2 });
    expect(await curlEnd(simulator)).toBe('reset');
  });

  it('reset strikes all that run, once', async () => {
    await using simulator = await startCamera();
    const running = [curlEnd(simulator), curlEnd(simulator)];
    await simulator.journal.waitFor(
      ({ framesSent, openStreams }) => openStreams.length === 2 && framesSent.size > 2,
      longestWaitMs,
    );
    await simulator.faults.switchOn({ kind: 'reset' });
    expect(await Promise.all(running)).toEqual(['reset', 'reset']);
    const next = await wire(simulator, avPath, { isEnough: hasBytes(10_000) });
    expect(next.end).toBe('open');
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
  });

  it('half packet, then a close', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'half-packet' }, { kind: 'next', afterFrames: 2 });
    const { received, end } = await wire(simulator, avPath);
    expect(end).toBe('close');
    const { packets, rest } = packetsOf(received);
    expect(packets.length).toBeGreaterThan(1);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.subarray(0, 3)).toEqual(Buffer.from([0x82, 0, 0]));
  });

  it('garbage: noise after each frame', async () => {
    await using simulator = await startCamera({ audio: 'none' });
    await simulator.faults.switchOn({ kind: 'garbage', bytes: 100 });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(20_000) });
    const { packets } = packetsOf(received);
    expect(packets.some((packet) => packet[0] !== 0x82)).toBe(true);
  });

  it('frozen stamps stand still, jumping ones go back, wrapping ones run over', async () => {
    await using simulator = await startCamera({ audio: 'none' });
    const stamps = async (fault: StreamFault): Promise<number[]> => {
      await simulator.faults.clear();
      await simulator.faults.switchOn(fault, { kind: 'next', afterFrames: 4 });
      const { received } = await wire(simulator, avPath, { isEnough: hasBytes(40_000) });
      return [...new Set(packetsOf(received).packets.map(stampOf))];
    };
    expect(await stamps({ kind: 'frozen-stamps' })).toEqual([3100, 3200, 3300, 3400]);
    const jumped = await stamps({ kind: 'jumping-stamps', ms: 2000 });
    expect(jumped.slice(3, 6)).toEqual([3400, 1500, 1600]);
    const wrapped = await stamps({ kind: 'wrapping-stamps' });
    expect(wrapped[4]).toBe(2 ** 32 - 3000);
    expect(wrapped[5]).toBe(2 ** 32 - 2900);
  });

  it('stamps wrap over 32 bits', async () => {
    await using simulator = await startCamera({ audio: 'none' });
    await simulator.faults.switchOn({ kind: 'wrapping-stamps' });
    const isOver = (received: Buffer): boolean =>
      received.length > 5000 &&
      packetsOf(received)
        .packets.map(stampOf)
        .some((stamp) => stamp < 1000);
    const { received } = await wire(simulator, avPath, { isEnough: isOver });
    const stamps = packetsOf(received).packets.map(stampOf);
    expect(stamps[0]).toBe(2 ** 32 - 3000);
    expect(stamps.at(-1)).toBeLessThan(1000);
  });

  it('no keyframes: P frames only', async () => {
    await using simulator = await startCamera({ audio: 'none', fps: 10, gopSeconds: 0.3 });
    await simulator.faults.switchOn({ kind: 'no-keyframes' });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(30_000) });
    const { packets } = packetsOf(received);
    const keyFlags = packets.map((packet) => (packet[14] ?? 0) & 0x80);
    expect(packets.length).toBeGreaterThan(5);
    expect(new Set(keyFlags)).toEqual(new Set([0]));
  });

  it('silent audio: declared, nothing sent', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'silent-audio' });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(30_000) });
    const streamNumbers = packetsOf(received).packets.map((packet) => (packet[14] ?? 0) & 0x7f);
    expect(new Set(streamNumbers)).toEqual(new Set([1]));
  });
});

describe('where a stream begins', () => {
  const firstPayloadFlags = async (options: Partial<SimulatorOptions>): Promise<number> => {
    await using simulator = await startCamera({ audio: 'none', ...options });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(8000) });
    return packetsOf(received).packets[0]?.[14] ?? 0;
  };

  it('is a keyframe, or never one with start: mid-gop', async () => {
    expect(await firstPayloadFlags({})).toBe(0x81);
    expect(await firstPayloadFlags({ start: 'mid-gop' })).toBe(0x01);
  });

  it('is in the past with a burst', async () => {
    await using simulator = await startCamera({ audio: 'none', initialBurstMs: 3000 });
    let startedMs = NaN;
    const stampsOf = (received: Buffer): number[] => packetsOf(received).packets.map(stampOf);
    const { received } = await wire(simulator, avPath, {
      isEnough: (bytes) => {
        if (bytes.length < 5000) return false;
        if (Number.isNaN(startedMs)) startedMs = performance.now();
        return Math.max(...stampsOf(bytes)) >= 3100 + 3000;
      },
    });
    expect(stampsOf(received)[0]).toBe(3100);
    // 3 s of media in less than 3 s, also on a busy machine.
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});
