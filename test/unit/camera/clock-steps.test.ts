import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Camera } from '../../../src/camera/camera.ts';
import type { CameraConfig } from '../../../src/config/config.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { Slots } from '../../../src/lib/slots.ts';
import type {
  UpstreamBatch,
  UpstreamClient,
  UpstreamSession,
} from '../../../src/upstream/upstream.ts';
import { cameraConfig, eventually, systemFfmpeg } from '../../integration/gateway/rig.ts';
import { blockLoop } from '../block-loop.ts';

const hourMs = 3_600_000;
const steps = [
  ['back', -hourMs],
  ['forward', hourMs],
] as const;
const frameMs = 100;
const stallMs = 1_000;
const binary = await systemFfmpeg();

/** Time passes as it does; the wall clock can be set. */
class SteppedClock implements Clock {
  offMs = 0;

  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return this.wallOf(performance.now());
  }

  wallOf(monotonicMs: number): number {
    return performance.timeOrigin + this.offMs + monotonicMs;
  }
}

/** A camera that pushes small pictures, once it can be reached. */
class PushingCamera implements UpstreamClient {
  readonly heldBackSeconds = 0;
  openedAtMs: number[] = [];
  isAway = false;

  open(): Promise<UpstreamSession> {
    this.openedAtMs.push(performance.now());
    if (this.isAway) return Promise.reject(new UpstreamError('unreachable', 'away'));
    const end = new AbortController();
    return Promise.resolve({
      via: 'videostream.cgi',
      media: 'jpeg',
      batches: frames(end.signal),
      close: () => {
        end.abort();
        return Promise.resolve();
      },
    });
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

async function* frames(signal: AbortSignal): AsyncGenerator<UpstreamBatch, void, undefined> {
  const frame = { bytes: Buffer.from([0xff, 0xd8, 0xff, 0xd9]), width: 16, height: 16 };
  while (!signal.aborted) {
    yield { byteCount: frame.bytes.length, units: [{ type: 'jpeg', frame }] };
    await wait(frameMs, undefined, { signal }).catch(() => undefined);
  }
}

const never = new AbortController().signal;
let camera: Camera;
let clock: SteppedClock;
let device: PushingCamera;
afterEach(() => camera.dispose());

function start(overrides: Partial<CameraConfig>, isAway = false): void {
  clock = new SteppedClock();
  device = new PushingCamera();
  device.isAway = isAway;
  camera = new Camera({
    config: cameraConfig('front', new URL('http://127.0.0.1:9/'), { stallMs, ...overrides }),
    ...{ client: device, binary, slots: new Slots(1), bootId: 'boot', disk: undefined },
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
    device.isAway = false;
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
    // Nobody has looked at the newest picture since the step.
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
