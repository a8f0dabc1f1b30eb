import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CameraConfig } from '../../../src/config/config.ts';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { ServedCamera } from '../../../src/outputs/served-camera.ts';
import { ServedCameras } from '../../../src/outputs/served-cameras.ts';
import { cameraConfig } from '../../integration/gateway/rig.ts';
import { FakeSource } from '../camera/fake-source.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { shellProgram } from '../transcode/stand-in.ts';

/** A device whose sessions last until they are closed, and which may be slow to let one go. */
class SlowDevice extends FakeSource {
  release: () => void = () => undefined;
  readonly #released: Promise<void> = new Promise((resolve) => (this.release = resolve));

  constructor() {
    super(async function* (signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield* [];
    });
  }

  override async dispose(): Promise<void> {
    await this.#released;
    this.isDisposed = true;
  }
}

const clock = new SteppedClock();
/** The newest of each camera, and all. */
let sources: Map<string, SlowDevice>;
let built: SlowDevice[];
let cameras: ServedCameras;
let failure: Error | undefined;
let unbuildable: string | undefined;

function config(id: string, overrides: Partial<CameraConfig> = {}): CameraConfig {
  const url = new URL(`http://${id}.example/`);
  return cameraConfig(id, url, { alwaysOn: true, password: 'secret', ...overrides });
}

function sourceOf(id: string): SlowDevice {
  const source = sources.get(id);
  if (source === undefined) throw new Error(`${id} was never built`);
  return source;
}

const dialCount = (id: string): number => sourceOf(id).openedAtMs.length;
const isDialled = (id: string): Promise<void> => vi.waitFor(() => expect(dialCount(id)).toBe(1));

beforeEach(() => {
  sources = new Map();
  built = [];
  failure = undefined;
  unbuildable = undefined;
  let buildCount = 0;
  cameras = new ServedCameras({
    build: (each, past) => {
      if (each.id === unbuildable) throw new Error(`no ${each.id}`);
      const source = new SlowDevice();
      source.failure = failure;
      sources.set(each.id, source);
      built.push(source);
      return new ServedCamera({
        ...{ config: each, source, binary: shellProgram(''), bootId: `b${buildCount++}`, past },
        ...{ disk: undefined, log: silentLog, clock },
      });
    },
    now: () => clock.monotonicMs(),
    log: silentLog,
  });
});

afterEach(async () => {
  const closed = cameras.dispose();
  for (const source of built) source.release();
  await closed;
});

describe('the cameras of a new configuration', () => {
  it('are the same objects where nothing has changed by value, in the new order', () => {
    expect(cameras.replace([config('a'), config('b')])).toEqual({
      ...{ added: ['a', 'b'], changed: [], removed: [] },
    });
    const [a, b] = cameras.cameras;
    const changes = cameras.replace([config('c'), config('b'), config('a')]);
    expect(changes).toEqual({ added: ['c'], changed: [], removed: [] });
    expect(cameras.cameras.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect([cameras.find('a'), cameras.find('b')]).toEqual([a, b]);
  });

  it.each<[string, Partial<CameraConfig>]>([
    ['address', { url: new URL('http://a.example/other') }],
    ['password', { password: 'other' }],
    ['name', { name: 'Front' }],
    ['window', { hls: { ...config('a').hls, segmentCount: 9 } }],
  ])('are others where the %s has', (_what, change) => {
    cameras.replace([config('a')]);
    const former = cameras.find('a');
    const changes = cameras.replace([config('a', change)]);
    expect(changes).toEqual({ added: [], changed: ['a'], removed: [] });
    expect(cameras.find('a')).not.toBe(former);
  });

  it('are told of before the former ones are closed', async () => {
    cameras.replace([config('a'), config('b'), config('c')]);
    const [a, b] = cameras.cameras;
    const told: string[] = [];
    cameras.subscribe((change) => {
      const isFormer = change.type === 'changed' && change.former === a && cameras.find('a') !== a;
      const isGone = change.type === 'removed' && change.camera === b && !cameras.find('b');
      told.push(`${change.type} ${change.camera.id} ${String(isFormer || isGone)}`);
      expect(sourceOf('b').openCount).toBe(1);
    });
    await isDialled('b');
    cameras.replace([config('a', { name: 'Front' }), config('c'), config('d')]);
    expect(told).toEqual(['removed b true', 'changed a true', 'added d false']);
    await vi.waitFor(() => expect(sourceOf('b').openCount).toBe(0));
  });
});

describe('a fault in the middle of a change', () => {
  it('leaves the cameras as they were where a new one cannot be built', async () => {
    cameras.replace([config('a'), config('b')]);
    await isDialled('a');
    const before = cameras.cameras;
    const former = sourceOf('a');
    unbuildable = 'c';
    const next = [config('a', { name: 'Front' }), config('c')];
    expect(() => cameras.replace(next)).toThrow('no c');
    const abandoned = sourceOf('a');
    abandoned.release();
    await vi.waitFor(() => expect(abandoned.isDisposed).toBe(true));
    expect(cameras.cameras).toEqual(before);
    expect([cameras.find('a'), cameras.find('c')]).toEqual([before[0], undefined]);
    expect([former.openCount, abandoned.openedAtMs.length]).toEqual([1, 0]);
    unbuildable = undefined;
    expect(cameras.replace(next)).toEqual({ added: ['c'], changed: ['a'], removed: ['b'] });
  });

  it('keeps no listener from hearing where another one throws', () => {
    const told: string[] = [];
    cameras.subscribe(() => {
      throw new Error('no');
    });
    cameras.subscribe(({ type, camera }) => told.push(`${type} ${camera.id}`));
    expect(cameras.replace([config('a'), config('b')]).added).toEqual(['a', 'b']);
    expect(told).toEqual(['added a', 'added b']);
  });
});

describe('a device that changes hands', () => {
  it('has one session: the new one waits until the former camera has let it go', async () => {
    cameras.replace([config('a'), config('b')]);
    await isDialled('a');
    const former = sourceOf('a');
    const { url } = config('a');
    cameras.replace([config('renamed', { url }), config('b'), config('c')]);
    await isDialled('c');
    expect(cameras.find('renamed')?.status().state).toBe('connecting');
    expect(dialCount('renamed')).toBe(0);
    former.release();
    await isDialled('renamed');
    expect([former.isDisposed, dialCount('b')]).toEqual([true, 1]);
  });

  it('is not sent a password again that it has just refused, whatever else has changed', async () => {
    failure = new UpstreamError('wrong-password', 'no');
    cameras.replace([config('a')]);
    await vi.waitFor(() => expect(cameras.find('a')?.status().state).toBe('refused'));
    sourceOf('a').release();
    cameras.replace([config('a', { name: 'Front' })]);
    const { state, reason, nextRetrySeconds } = cameras.find('a')?.status() ?? {};
    expect({ state, reason }).toEqual({ state: 'refused', reason: 'wrong-password' });
    expect(nextRetrySeconds).toBeGreaterThan(170);
    expect(nextRetrySeconds).toBeLessThanOrEqual(180);
    sourceOf('a').release();
    failure = undefined;
    cameras.replace([config('a', { password: 'right' })]);
    await vi.waitFor(() => expect(cameras.find('a')?.status().state).toBe('live'));
  });

  it('is not sent a password again that it refuses while its settings change', async () => {
    cameras.replace([config('a')]);
    const former = sourceOf('a');
    let refuse = (): void => undefined;
    const verdict = new Promise<never>((_resolve, reject) => {
      refuse = () => reject(new UpstreamError('wrong-password', 'no'));
    });
    const dial = vi.spyOn(former, 'open').mockReturnValueOnce(verdict);
    await vi.waitFor(() => expect(dial).toHaveBeenCalledOnce());
    cameras.replace([config('a', { name: 'Front' })]);
    await vi.waitFor(() => expect(cameras.find('a')?.status().state).toBe('connecting'));
    refuse();
    former.release();
    await vi.waitFor(() => expect(cameras.find('a')?.status().state).not.toBe('connecting'));
    expect(cameras.find('a')?.status()).toMatchObject({
      state: 'refused',
      reason: 'wrong-password',
    });
    expect(dialCount('a')).toBe(0);
  });

  it('is dialled no more than ten times a minute, however often its settings change', async () => {
    for (let count = 1; count <= 10; count++) {
      cameras.replace([config('a', { name: `Name ${count}` })]);
      await isDialled('a');
      sourceOf('a').release();
    }
    cameras.replace([config('a', { name: 'Last' })]);
    await vi.waitFor(() => expect(cameras.find('a')?.status().state).toBe('idle'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(dialCount('a')).toBe(0);
  });
});
