import { afterEach, describe, expect, it } from 'vitest';
import type {
  CameraSimulator,
  Fault,
  SimulatorOptions,
} from '../../src/simulator/camera-simulator.ts';
import { bodyOf, get, startCamera, wire } from './simulator-rig.ts';

let open: CameraSimulator[] = [];

async function camera(options: Partial<SimulatorOptions> = {}): Promise<CameraSimulator> {
  const simulator = await startCamera(options);
  open.push(simulator);
  return simulator;
}

afterEach(async () => {
  await Promise.all(open.map((simulator) => simulator[Symbol.asyncDispose]()));
  open = [];
});

const admin = 'user=admin&pwd=';
const avPath = `/av.asf?${admin}`;
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

const hasBytes = (count: number) => (received: Buffer) => received.length > count;

describe('faults of a stream', () => {
  it('stall: the connection stays open and nothing comes, until it is switched off', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'stall' }, { kind: 'next', afterFrames: 3 });
    const stalled = await wire(simulator, avPath, { timeoutMs: 2500 });
    expect(stalled.end).toBe('open');
    expect(simulator.journal.framesSent.size).toBe(3);
    const healthy = await wire(simulator, avPath, { isEnough: hasBytes(30_000) });
    expect(healthy.received.length).toBeGreaterThan(30_000);
  });

  it('reset: RST in the middle of a packet', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'reset' }, { kind: 'next', afterFrames: 2 });
    const { end } = await wire(simulator, avPath);
    expect(end).toBe('reset');
  });

  it('reset strikes all that run, once', async () => {
    const simulator = await camera();
    const running = [wire(simulator, avPath), wire(simulator, avPath)];
    await simulator.journal.waitFor(
      ({ framesSent, openStreams }) => openStreams.length === 2 && framesSent.size > 2,
    );
    await simulator.faults.switchOn({ kind: 'reset' });
    expect((await Promise.all(running)).map(({ end }) => end)).toEqual(['reset', 'reset']);
    const next = await wire(simulator, avPath, { isEnough: hasBytes(10_000) });
    expect(next.end).toBe('open');
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
  });

  it('half packet, then a close', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'half-packet' }, { kind: 'next', afterFrames: 2 });
    const { received, end } = await wire(simulator, avPath);
    expect(end).toBe('close');
    const { packets, rest } = packetsOf(received);
    expect(packets.length).toBeGreaterThan(1);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.subarray(0, 3)).toEqual(Buffer.from([0x82, 0, 0]));
  });

  it('garbage: noise after each frame', async () => {
    const simulator = await camera({ audio: 'none' });
    await simulator.faults.switchOn({ kind: 'garbage', bytes: 100 });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(20_000) });
    const { packets } = packetsOf(received);
    expect(packets.some((packet) => packet[0] !== 0x82)).toBe(true);
  });

  it('frozen stamps stand still, jumping ones go back, wrapping ones run over', async () => {
    const simulator = await camera({ audio: 'none' });
    const stamps = async (fault: Fault): Promise<number[]> => {
      await simulator.faults.clear();
      if (
        fault.kind === 'frozen-stamps' ||
        fault.kind === 'jumping-stamps' ||
        fault.kind === 'wrapping-stamps'
      ) {
        await simulator.faults.switchOn(fault, { kind: 'next', afterFrames: 4 });
      }
      const { received } = await wire(simulator, avPath, {
        isEnough: hasBytes(40_000),
        timeoutMs: 9000,
      });
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
    const simulator = await camera({ audio: 'none' });
    await simulator.faults.switchOn({ kind: 'wrapping-stamps' });
    const isOver = (received: Buffer): boolean =>
      received.length > 5000 &&
      packetsOf(received)
        .packets.map(stampOf)
        .some((stamp) => stamp < 1000);
    const { received } = await wire(simulator, avPath, { isEnough: isOver, timeoutMs: 8000 });
    const stamps = packetsOf(received).packets.map(stampOf);
    expect(stamps[0]).toBe(2 ** 32 - 3000);
    expect(stamps.at(-1)).toBeLessThan(1000);
  });

  it('no keyframes: P frames only', async () => {
    const simulator = await camera({ audio: 'none', fps: 10, gopSeconds: 0.3 });
    await simulator.faults.switchOn({ kind: 'no-keyframes' });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(30_000) });
    const { packets } = packetsOf(received);
    const keyFlags = packets.map((packet) => (packet[14] ?? 0) & 0x80);
    expect(packets.length).toBeGreaterThan(5);
    expect(new Set(keyFlags)).toEqual(new Set([0]));
  });

  it('silent audio: declared, nothing sent', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'silent-audio' });
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(30_000) });
    const streamNumbers = packetsOf(received).packets.map((packet) => (packet[14] ?? 0) & 0x7f);
    expect(new Set(streamNumbers)).toEqual(new Set([1]));
  });
});

describe('faults of the device', () => {
  it('resolution: a running MJPEG stream changes size, and back', async () => {
    const simulator = await camera({ profile: 'foscam' });
    const widths = new Set<number>();
    const watching = wire(simulator, `/videostream.cgi?${admin}`, {
      timeoutMs: 20_000,
      isEnough: (received) => {
        for (let at = 0; (at = received.indexOf(Buffer.from([0xff, 0xc0]), at)) >= 0; at++) {
          if (at + 9 < received.length) widths.add(received.readUInt16BE(at + 7));
        }
        return widths.size === 2;
      },
    });
    await simulator.journal.waitFor(({ framesSent }) => framesSent.size > 1);
    await simulator.faults.switchOn({ kind: 'resolution', width: 128, height: 96 });
    await watching;
    expect([...widths]).toEqual([160, 128]);
  });

  it('resolution: a running H.264 stream gets new parameter sets', async () => {
    const simulator = await camera({ audio: 'none' });
    const sets = new Set<string>();
    const watching = wire(simulator, avPath, {
      timeoutMs: 20_000,
      isEnough: (received) => {
        for (let at = 0; (at = received.indexOf(Buffer.from([0, 0, 0, 1, 0x67]), at)) >= 0; at++) {
          if (at + 12 < received.length) sets.add(received.toString('hex', at, at + 12));
        }
        return sets.size === 2;
      },
    });
    await simulator.journal.waitFor(({ framesSent }) => framesSent.size > 1);
    await simulator.faults.switchOn({ kind: 'resolution', width: 128, height: 96 });
    await watching;
    expect(sets.size).toBe(2);
  });

  it('reboot: cuts, refuses, comes back at the same address without its sessions', async () => {
    const simulator = await camera();
    const session = /session=(\d+)/.exec(
      (await get(simulator, `create_session.cgi?${admin}`)).body,
    )?.[1];
    const running = wire(simulator, avPath);
    await simulator.journal.waitFor(
      ({ openStreams, framesSent }) => openStreams.length === 1 && framesSent.size > 0,
    );
    await simulator.faults.switchOn({ kind: 'reboot', ms: 300 });
    // Node reports a reset right behind data as an end.
    expect((await running).end).not.toBe('open');
    expect((await wire(simulator, '/')).end).toBe('refused');
    await expect
      .poll(async () => (await wire(simulator, '/')).end, { timeout: 5000 })
      .toBe('close');
    expect((await get(simulator, `get_status.cgi?session=${session}`)).status).toBe(401);
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
    expect(simulator.journal.openStreams).toEqual([]);
  });

  it('reboot by HTTP is answered first', async () => {
    const simulator = await camera();
    const url = new URL('_simulator/faults?on=reboot&ms=100', simulator.url);
    expect((await fetch(url, { method: 'POST' })).status).toBe(200);
    await expect
      .poll(async () => (await wire(simulator, '/')).end, { timeout: 5000 })
      .toBe('close');
  });

  it('sessions are lost', async () => {
    const simulator = await camera();
    const session = /session=(\d+)/.exec(
      (await get(simulator, `create_session.cgi?${admin}`)).body,
    )?.[1];
    await simulator.faults.switchOn({ kind: 'sessions-lost' });
    expect((await get(simulator, `get_status.cgi?session=${session}`)).status).toBe(401);
  });

  it('401 storm: right passwords do not help and do not lock', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'unauthorized' });
    for (let n = 0; n < 11; n++)
      expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(401);
    await simulator.faults.switchOff('unauthorized');
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });

  it('slow headers come byte by byte', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'slow-headers', ms: 50 });
    const { received } = await wire(simulator, avPath, { timeoutMs: 700 });
    expect(received.toString()).toMatch(/^HTTP\//);
    expect(received.length).toBeLessThan(20);
  });

  it('mute: accepted, never answered', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'mute' });
    expect(await wire(simulator, avPath, { timeoutMs: 300 })).toMatchObject({
      received: Buffer.alloc(0),
      end: 'open',
    });
  });

  it('a wrong Content-Type, and 200 with an error', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'content-type', text: 'text/html' });
    await simulator.faults.switchOn({ kind: 'error-text', text: "Can't parse request." });
    const { status, headers, body } = await get(simulator, `av.asf?${admin}`);
    expect([status, headers.get('content-type'), body]).toEqual([
      200,
      'text/html',
      "Can't parse request.",
    ]);
  });

  it('places of dead viewers are free only after a while', async () => {
    const simulator = await camera({ viewerLimit: 1 });
    await simulator.faults.switchOn({ kind: 'slow-slot-release', ms: 400 });
    await wire(simulator, avPath, { isEnough: hasBytes(5000) });
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
    const result = async (): Promise<string> =>
      (await get(simulator, `request_av.cgi?${admin}`)).body;
    expect(await result()).toBe('var result=-2;\n');
    await expect.poll(result, { timeout: 5000 }).toContain('var result=0;');
  });

  it('viewers full', async () => {
    const simulator = await camera();
    await simulator.faults.switchOn({ kind: 'viewers-full' });
    expect((await get(simulator, `request_av.cgi?${admin}`)).body).toBe('var result=-2;\n');
    expect((await get(simulator, `av.asf?${admin}`)).status).toBe(403);
  });
});

describe('where a stream begins', () => {
  const firstPayloadFlags = async (simulator: CameraSimulator): Promise<number> => {
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(8000) });
    return packetsOf(received).packets[0]?.[14] ?? 0;
  };

  it('is a keyframe, or never one with start: mid-gop', async () => {
    expect(await firstPayloadFlags(await camera({ audio: 'none' }))).toBe(0x81);
    expect(await firstPayloadFlags(await camera({ audio: 'none', start: 'mid-gop' }))).toBe(0x01);
  });

  it('is in the past with a burst', async () => {
    const simulator = await camera({ audio: 'none', initialBurstMs: 3000 });
    const { received } = await wire(simulator, avPath, { timeoutMs: 500 });
    const stamps = packetsOf(received).packets.map(stampOf);
    expect(stamps[0]).toBe(3100);
    expect(Math.max(...stamps)).toBeGreaterThanOrEqual(3100 + 3000);
  });
});
