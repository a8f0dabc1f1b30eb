import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { CameraConfig } from '../../../src/config/config.ts';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { ServedCamera } from '../../../src/outputs/served-camera.ts';
import type { SourceBatch } from '../../../src/sources/source.ts';
import { cameraConfig, eventually } from '../../integration/gateway/rig.ts';
import { FakeSource, jpegEvents } from '../camera/fake-source.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { node } from '../transcode/stand-in.ts';
import { blockLoop } from '../block-loop.ts';

const hourMs = 3_600_000;
const steps = [
  ['back', -hourMs],
  ['forward', hourMs],
] as const;
const frameMs = 100;
const stallMs = 1_000;

/** A camera that pushes small JPEG frames, once it can be reached. */
function pushingCamera(): FakeSource {
  return new FakeSource((signal) => frames(signal));
}

async function* frames(signal: AbortSignal): AsyncGenerator<SourceBatch, void, undefined> {
  while (!signal.aborted) {
    yield { byteCount: 4, events: jpegEvents() };
    await wait(frameMs, undefined, { signal }).catch(() => undefined);
  }
}

const never = new AbortController().signal;
let camera: ServedCamera;
let clock: SteppedClock;
let device: FakeSource;
afterEach(() => camera.dispose());

function start(overrides: Partial<CameraConfig>, isAway = false): void {
  clock = new SteppedClock();
  device = pushingCamera();
  if (isAway) device.failure = new UpstreamError('unreachable', 'away');
  camera = new ServedCamera({
    config: cameraConfig('front', new URL('http://127.0.0.1:9/'), { stallMs, ...overrides }),
    ...{ source: device, binary: node, bootId: 'boot', disk: undefined },
    ...{ log: silentLog, clock },
  });
}

const stateIs = (name: string) =>
  eventually(
    () => camera.status().state,
    (state) => state === name,
    3_000,
  );

/** How far a time of the API is from what the wall clock shows now, in milliseconds. */
const distanceOf = (time: string | null) => Math.abs(Date.parse(time ?? '') - clock.wallMs());

describe.each(steps)('a wall clock that is set %s an hour', (_, stepMs) => {
  it('is no silence of a camera', async () => {
    start({ alwaysOn: true });
    await stateIs('live');
    clock.offMs = stepMs;
    for (let count = 0; count < 15; count++) {
      const { state, lastFrameAgeSeconds, since, sinceSeconds } = camera.status();
      expect(state).toBe('live');
      expect(lastFrameAgeSeconds).toBeLessThan(stallMs / 1000);
      expect(sinceSeconds).toBeLessThan(5);
      expect(distanceOf(since)).toBeLessThan(5_000);
      await wait(frameMs);
    }
    expect(device.openedAtMs).toHaveLength(1);
    expect(camera.counters()).toMatchObject({ stallsTotal: 0 });
    expect(camera.counters().sessionSeconds).toBeLessThan(5);
  });

  it('moves no retry', async () => {
    start({ alwaysOn: true }, true);
    await stateIs('backing-off');
    clock.offMs = stepMs;
    const { nextRetryAt, nextRetrySeconds } = camera.status();
    expect(nextRetrySeconds).toBeGreaterThan(0);
    expect(nextRetrySeconds).toBeLessThan(1);
    expect(distanceOf(nextRetryAt)).toBeLessThan(1_000);
    expect(device.openedAtMs).toHaveLength(1);
    device.failure = undefined;
    await stateIs('live');
    const [first = 0, second = 0] = device.openedAtMs;
    expect(second - first).toBeGreaterThan(200);
    expect(second - first).toBeLessThan(1_500);
  });

  it('lengthens and shortens no linger, and snapshots are as old as they are', async () => {
    start({ lingerMs: 400 });
    await camera.snapshot({ maxAgeMs: undefined, width: undefined }, never);
    clock.offMs = stepMs;
    const snapshot = await camera.snapshot({ maxAgeMs: 500, width: undefined }, never);
    expect(snapshot.ageMs()).toBeLessThan(500);
    await wait(200);
    expect(camera.status().state).toBe('live');
    await stateIs('idle');
    // Nobody has looked at the newest frame since the step.
    const { takenAtMs } = await camera.snapshot({ maxAgeMs: undefined, width: undefined }, never);
    expect(Math.abs(takenAtMs - clock.wallMs())).toBeLessThan(5_000);
  });
});

describe('a process that slept longer than a camera may be silent', () => {
  it('does not take that for a silence of the camera', async () => {
    start({ alwaysOn: true });
    await stateIs('live');
    await wait(2 * frameMs);
    blockLoop(2 * stallMs);
    await wait(stallMs / 2);
    expect(camera.status().state).toBe('live');
    await wait(stallMs);
    expect(camera.status().state).toBe('live');
    expect(device.openedAtMs).toHaveLength(1);
    expect(camera.counters().stallsTotal).toBe(0);
  });

  it('ends no demand before it has looked for requests', async () => {
    start({ lingerMs: 300 });
    await camera.snapshot({ maxAgeMs: undefined, width: undefined }, never);
    blockLoop(2_000);
    await wait(100);
    expect(camera.status().state).toBe('live');
    await stateIs('idle');
  });
});
