import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lateness } from '../live-edge.ts';
import { eventually, startRig, type Rig, type SimulatedCamera } from '../rig.ts';

const silent: SimulatedCamera = { video: 'h264', audio: 'none', width: 320, height: 240 };
const hourMs = 3_600_000;
/** Longer than `stallMs` and `lingerMs`: what a step does at all, it has done by then. */
const afterwardsMs = 4_000;

let rig: Rig;
/** How far the machine's wall clock, for gateway and camera alike, is from the true time. */
let offMs = 0;

beforeEach(() => {
  offMs = 0;
  const systemNow = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => systemNow() + offMs);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rig[Symbol.asyncDispose]();
});

it.each([
  ['back', -hourMs],
  ['forward', hourMs],
])('a wall clock that goes %s an hour is nothing to a live camera', async (_, stepMs) => {
  rig = await startRig([silent], { alwaysOn: true });
  const { journal } = rig.camera;
  await eventually(
    () => rig.status(),
    ({ state, lastFrameAgeSeconds }) => state === 'live' && lastFrameAgeSeconds !== null,
  );
  const openedAtMs = performance.now();
  offMs = stepMs;
  const states = new Set<string>();
  while (performance.now() < openedAtMs + afterwardsMs) {
    const { state, lastFrameAgeSeconds, since, nextRetryAt } = await rig.status();
    states.add(state);
    expect(lastFrameAgeSeconds).toBeLessThan(2);
    expect(nextRetryAt).toBeNull();
    // On the clock that people read now.
    expect(Math.abs(Date.parse(since) - Date.now())).toBeLessThan(20_000);
    await wait(200);
  }
  expect([...states]).toEqual(['live']);
  expect(rig.counters().stallsTotal).toBe(0);
  // The one that says that the dates begin anew.
  expect(rig.counters().discontinuitiesTotal).toBeLessThanOrEqual(1);
  expect(Math.abs(await lateness(rig))).toBeLessThan(2_000);
  expect(rig.counters().sessionSeconds).toBeLessThan(20);
  expect(journal.count('av.asf')).toBe(1);
  const snapshot = await rig.get('/cameras/cam0/snapshot.jpg?maxAge=3');
  expect(snapshot.status).toBe(200);
  expect(Number(snapshot.headers.get('age'))).toBeLessThan(3);
  const taken = Date.parse(snapshot.headers.get('last-modified') ?? '');
  expect(Math.abs(taken - Date.now())).toBeLessThan(5_000);
});

it('a camera that is away is dialled in time by a wall clock that went back an hour', async () => {
  rig = await startRig([silent], { alwaysOn: true });
  const { journal, faults } = rig.camera;
  await journal.waitFor(({ openStreams }) => openStreams.length === 1, 10_000);
  await faults.switchOn({ kind: 'reboot', ms: 3_000 });
  await eventually(
    () => rig.status(),
    ({ state }) => state === 'backing-off',
  );
  offMs = -hourMs;
  await journal.waitFor(({ openStreams }) => openStreams.length === 1, 15_000);
});

it('demand ends in time, whatever the wall clock does', async () => {
  rig = await startRig([silent], { lingerMs: 1_000 });
  const { journal } = rig.camera;
  expect((await rig.get('/cameras/cam0/snapshot.jpg')).status).toBe(200);
  offMs = -hourMs;
  await journal.waitFor(({ openStreams }) => openStreams.length === 0, 4_000);
  expect((await rig.status()).state).toBe('idle');
});
