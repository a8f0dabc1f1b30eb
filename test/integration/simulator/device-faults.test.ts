import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { admin, avPath, get, hasBytes, longestWaitMs, startCamera, wire } from './rig.ts';

describe('faults of the device', () => {
  it('resolution: a running MJPEG stream changes size, and back', async () => {
    await using simulator = await startCamera({ profile: 'foscam' });
    const widths = new Set<number>();
    const watching = wire(simulator, `/videostream.cgi?${admin}`, {
      isEnough: (received) => {
        for (let at = 0; (at = received.indexOf(Buffer.from([0xff, 0xc0]), at)) >= 0; at++) {
          if (at + 9 < received.length) widths.add(received.readUInt16BE(at + 7));
        }
        return widths.size === 2;
      },
    });
    await simulator.journal.waitFor(({ framesSent }) => framesSent.size > 1, longestWaitMs);
    await simulator.faults.switchOn({ kind: 'resolution', width: 128, height: 96 });
    await watching;
    expect([...widths]).toEqual([160, 128]);
  });

  it('resolution: a running H.264 stream gets new parameter sets', async () => {
    await using simulator = await startCamera({ audio: 'none' });
    const sets = new Set<string>();
    const watching = wire(simulator, avPath, {
      isEnough: (received) => {
        for (let at = 0; (at = received.indexOf(Buffer.from([0, 0, 0, 1, 0x67]), at)) >= 0; at++) {
          if (at + 12 < received.length) sets.add(received.toString('hex', at, at + 12));
        }
        return sets.size === 2;
      },
    });
    await simulator.journal.waitFor(({ framesSent }) => framesSent.size > 1, longestWaitMs);
    await simulator.faults.switchOn({ kind: 'resolution', width: 128, height: 96 });
    await watching;
    expect(sets.size).toBe(2);
  });

  it('reboot: cuts, refuses, comes back at the same address without its sessions', async () => {
    await using simulator = await startCamera();
    const session = /session=(\d+)/.exec(
      (await get(simulator, `create_session.cgi?${admin}`)).body,
    )?.[1];
    const running = wire(simulator, avPath);
    await simulator.journal.waitFor(
      ({ openStreams, framesSent }) => openStreams.length === 1 && framesSent.size > 0,
      longestWaitMs,
    );
    await simulator.faults.switchOn({ kind: 'reboot', ms: 1500 });
    expect((await wire(simulator, '/')).end).toBe('refused');
    // libuv reports a reset right behind data as an end.
    expect((await running).end).not.toBe('open');
    await expect
      .poll(async () => (await wire(simulator, '/')).end, { timeout: longestWaitMs })
      .toBe('close');
    expect((await get(simulator, `get_status.cgi?session=${session}`)).status).toBe(401);
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
    expect(simulator.journal.openStreams).toEqual([]);
  });

  it('reboot by HTTP is answered first', async () => {
    await using simulator = await startCamera();
    const url = new URL('_simulator/faults?on=reboot&ms=100', simulator.url);
    expect((await fetch(url, { method: 'POST' })).status).toBe(200);
    await expect
      .poll(async () => (await wire(simulator, '/')).end, { timeout: longestWaitMs })
      .toBe('close');
  });

  it('sessions are lost', async () => {
    await using simulator = await startCamera();
    const session = /session=(\d+)/.exec(
      (await get(simulator, `create_session.cgi?${admin}`)).body,
    )?.[1];
    await simulator.faults.switchOn({ kind: 'sessions-lost' });
    expect((await get(simulator, `get_status.cgi?session=${session}`)).status).toBe(401);
  });

  it('401 storm: right passwords do not help and do not lock', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'unauthorized' });
    for (let n = 0; n < 11; n++)
      expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(401);
    await simulator.faults.switchOff('unauthorized');
    expect((await get(simulator, `get_status.cgi?${admin}`)).status).toBe(200);
  });

  it('slow headers come byte by byte', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'slow-headers', ms: 50 });
    const startedMs = performance.now();
    const { received } = await wire(simulator, avPath, { isEnough: hasBytes(5) });
    expect(received.toString()).toMatch(/^HTTP\//);
    expect(received.length).toBeLessThan(20);
    expect(performance.now() - startedMs).toBeGreaterThan(200);
  });

  it('mute: accepted, never answered', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'mute' });
    expect(await wire(simulator, avPath, { until: wait(300) })).toMatchObject({
      received: Buffer.alloc(0),
      end: 'open',
    });
  });

  it('a wrong Content-Type, and 200 with an error', async () => {
    await using simulator = await startCamera();
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
    await using simulator = await startCamera({ viewerLimit: 1 });
    await simulator.faults.switchOn({ kind: 'slow-slot-release', ms: 1500 });
    await wire(simulator, avPath, { isEnough: hasBytes(5000) });
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
    const result = async (): Promise<string> =>
      (await get(simulator, `request_av.cgi?${admin}`)).body;
    expect(await result()).toBe('var result=-2;\n');
    await expect.poll(result, { timeout: longestWaitMs }).toContain('var result=0;');
  });

  it('viewers full', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'viewers-full' });
    expect((await get(simulator, `request_av.cgi?${admin}`)).body).toBe('var result=-2;\n');
    expect((await get(simulator, `av.asf?${admin}`)).status).toBe(403);
  });
});
