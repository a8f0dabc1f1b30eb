import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Camera } from '../../../src/camera/camera.ts';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { FailureReason } from '../../../src/lib/reasons.ts';
import { cameraConfig } from '../../integration/gateway/rig.ts';
import { SettableClock } from '../../settable-clock.ts';
import { bundledFfmpeg } from '../transcode/stand-in.ts';
import { PushedSource } from './fake-source.ts';

const binary = await bundledFfmpeg();
const minuteMs = 60_000;
let source: PushedSource;
let camera: Camera;
let clock: SettableClock;

beforeEach(() => {
  source = new PushedSource();
  clock = new SettableClock();
  camera = new Camera({
    config: cameraConfig('front', new URL('http://127.0.0.1:9/'), { lingerMs: 60_000 }),
    ...{ source, binary, clock, log: silentLog },
    promises: () => ({ channels: undefined, partTargetsMs: [] }),
  });
});
afterEach(() => camera.dispose());

const stateIs = (name: string): Promise<void> =>
  vi.waitFor(() => expect(camera.supervisor.state.name).toBe(name), { interval: 5 });
const dialsAre = (count: number): Promise<void> =>
  vi.waitFor(() => expect(source.openedAtMs).toHaveLength(count), { interval: 5 });

async function fail(reason: FailureReason): Promise<void> {
  source.failure = new UpstreamError(reason, 'no');
  camera.lease('native');
  await vi.waitFor(() => expect(camera.supervisor.lastFailure?.reason).toBe(reason));
}

describe('a retry that somebody asks for', () => {
  it('dials a failed camera at once', async () => {
    await fail('endpoint-absent');
    source.failure = undefined;
    camera.retry();
    await stateIs('live');
    expect(source.openedAtMs).toHaveLength(2);
  });

  it('dials one that nobody watches, and keeps it for the linger', async () => {
    camera.retry();
    await stateIs('live');
    camera.retry();
    expect(source.openedAtMs).toHaveLength(1);
  });

  it('makes no more than ten dials a minute', async () => {
    await fail('endpoint-absent');
    for (let count = 2; count <= 10; count++) {
      camera.retry();
      await dialsAre(count);
      await stateIs('refused');
    }
    clock.pass(minuteMs - 1_000);
    camera.retry();
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.openedAtMs).toHaveLength(10);
    expect(camera.supervisor.state).toMatchObject({ name: 'refused', retryAtMs: minuteMs });
    clock.pass(1_000);
    camera.retry();
    await dialsAre(11);
  });

  it.each(['wrong-password', 'locked-out'] as const)(
    'does not send a password again within three minutes that ended in %s',
    async (reason) => {
      await fail(reason);
      clock.pass(3 * minuteMs - 20_000);
      expect(() => camera.retry()).toThrow(
        expect.objectContaining({
          code: 'retry-too-early',
          retryAfterMs: 20_000,
          message: expect.stringContaining('in 20 s at the earliest') as string,
        }) as Error,
      );
      expect(source.openedAtMs).toHaveLength(1);
      clock.pass(20_000);
      camera.retry();
      await dialsAre(2);
      await stateIs('refused');
      // By now the pace is 6 minutes; the rule is still 3.
      clock.pass(3 * minuteMs);
      camera.retry();
      await dialsAre(3);
    },
  );

  it('does not send a login sooner than its failure allows, whatever the reason', async () => {
    source.failure = new UpstreamError('timeout', 'no', { retryAfterMs: minuteMs });
    camera.lease('native');
    await stateIs('backing-off');
    clock.pass(minuteMs - 20_000);
    expect(() => camera.retry()).toThrow(
      expect.objectContaining({ code: 'retry-too-early', retryAfterMs: 20_000 }) as Error,
    );
    expect(source.openedAtMs).toHaveLength(1);
    clock.pass(20_000);
    camera.retry();
    await dialsAre(2);
  });
});
