import { describe, expect, it } from 'vitest';
import type { CameraSimulator } from '../../../src/simulator/camera-simulator.ts';
import { admin, get, startCamera, wire } from './rig.ts';

/** Opens a stream, waits until media flows, and leaves it open until the returned function is called. */
async function watch(simulator: CameraSimulator, path: string): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const response = await fetch(new URL(path, simulator.url), { signal: abort.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  const before = simulator.journal.openStreams.length;
  return async () => {
    abort.abort();
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length < before);
  };
}

describe('tickets', () => {
  async function ticket(simulator: CameraSimulator, query = ''): Promise<string> {
    const { body } = await get(simulator, `request_av.cgi?${admin}${query}&json=1`);
    return String((JSON.parse(body) as { id: number }).id);
  }

  it('open one stream without credentials, and only one', async () => {
    await using simulator = await startCamera();
    const id = await ticket(simulator);
    const leave = await watch(simulator, `av.asf?id=${id}`);
    expect((await get(simulator, `av.asf?id=${id}`)).status).toBe(403);
    await leave();
    const kinds = simulator.journal.of('av.asf').map(({ authKind, status }) => [authKind, status]);
    expect(kinds).toEqual([
      ['ticket', 200],
      ['ticket', 403],
    ]);
  });

  it('are spent at once under that fault', async () => {
    await using simulator = await startCamera();
    await simulator.faults.switchOn({ kind: 'spent-ticket' });
    expect((await get(simulator, `av.asf?id=${await ticket(simulator)}`)).status).toBe(403);
  });

  it('of a drone do not matter when the credentials are good', async () => {
    await using simulator = await startCamera({ profile: 'drone' });
    const leave = await watch(simulator, `av.asf?id=1&${admin}`);
    expect(simulator.journal.openStreams).toHaveLength(1);
    await leave();
  });

  it('are refused while the schedule is closed and when all places are taken', async () => {
    await using simulator = await startCamera({ viewerLimit: 1 });
    await simulator.faults.switchOn({ kind: 'schedule-closed' });
    expect((await get(simulator, `request_av.cgi?${admin}`)).body).toBe('var result=-1;\n');
    await simulator.faults.clear();
    const leave = await watch(simulator, `av.asf?${admin}`);
    expect((await get(simulator, `request_av.cgi?${admin}&json=1`)).body).toBe(
      '{"error":-2,"result":-2}',
    );
    expect((await get(simulator, `av.asf?${admin}`)).status).toBe(403);
    await leave();
    expect((await get(simulator, `request_av.cgi?${admin}`)).body).toContain('var result=0;');
  });

  it.each([
    ['401', 401, 'Unauthorized'],
    ['403', 403, 'Forbidden'],
    ['empty', 200, ''],
  ] as const)('are refused in the form %s', async (refusal, status, body) => {
    await using simulator = await startCamera({ refusal });
    expect(await get(simulator, 'av.asf?id=5')).toMatchObject({ status, body });
  });

  it('are refused by a closed connection', async () => {
    await using simulator = await startCamera({ refusal: 'close' });
    const { received, end } = await wire(simulator, '/av.asf?id=5');
    expect([received.length, end]).toEqual([0, 'close']);
  });
});
