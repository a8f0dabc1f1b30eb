import { describe, expect, it } from 'vitest';
import { liveCamera } from '../../browser/gateway/canned-status.ts';
import {
  pageModule,
  type AddressesModule,
  type ArrowKeysModule,
  type OwnViewsModule,
  type PlayerSeatsModule,
  type RequestSlotsModule,
} from './page-modules.ts';

const { tileInDirection } = (await pageModule('wall/arrow-keys.js')) as ArrowKeysModule;
const { RequestSlots } = (await pageModule('lib/request-slots.js')) as RequestSlotsModule;
const { cameraIdOf, snapshotWidthFor } = (await pageModule('lib/addresses.js')) as AddressesModule;

const { OwnViews } = (await pageModule('lib/own-views.js')) as OwnViewsModule;
const { PlayerSeats } = (await pageModule('wall/player-seats.js')) as PlayerSeatsModule;

describe('viewers other than this page', () => {
  const status = { ...liveCamera('a', 'A'), viewers: { hls: 2, mjpeg: 0, snapshot: 1 } };

  it('are all until it has watched, and again once the gateway has forgotten it', () => {
    const own = new OwnViews();
    const others = (readAtMs: number) => own.othersIn({ status, readAtMs });
    expect(others(0)).toEqual(status.viewers);
    own.note('snapshot', 1000);
    own.note('mjpeg', 1000);
    expect(others(10_000)).toEqual({ hls: 2, mjpeg: 0, snapshot: 0 });
    expect(others(11_000)).toEqual(status.viewers);
  });
});

describe('seats for players', () => {
  it('go to those who asked first, and to the next when one is left', () => {
    const seats = new PlayerSeats(() => 2);
    const seated: number[] = [];
    const guests = [0, 1, 2, 3].map((number) => () => void seated.push(number));
    for (const sit of guests) seats.ask(sit);
    expect(seated).toEqual([0, 1]);
    const leave = (number: number): void => {
      const sit = guests[number];
      if (sit !== undefined) seats.leave(sit);
    };
    leave(2); // does not want any more
    expect(guests.map((sit) => seats.isWaiting(sit))).toEqual([false, false, false, true]);
    leave(0);
    expect(seated).toEqual([0, 1, 3]);
    leave(0);
    expect(seated).toEqual([0, 1, 3]);
  });
});

describe('arrow keys on the wall', () => {
  // 0 1 2
  // 3 4
  const places = [0, 1, 2, 3, 4].map((index) => ({
    left: (index % 3) * 100,
    top: Math.floor(index / 3) * 80,
  }));

  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowRight', 2, 3],
    ['ArrowRight', 4, undefined],
    ['ArrowLeft', 3, 2],
    ['ArrowLeft', 0, undefined],
    ['ArrowDown', 1, 4],
    ['ArrowDown', 2, 4],
    ['ArrowDown', 4, undefined],
    ['ArrowUp', 4, 1],
    ['ArrowUp', 1, undefined],
    ['Home', 4, 0],
    ['End', 1, 4],
    ['a', 1, undefined],
  ])('%s from %d leads to %s', (key, from, to) => {
    expect(tileInDirection(key, places, from)).toBe(to);
  });
});

describe('request slots', () => {
  const never = new AbortController().signal;

  it('never lets cold cameras take every connection', async () => {
    const slots = new RequestSlots({ total: 3, cold: 2 });
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const ask = (lane: 'warm' | 'cold', name: string): void => {
      void slots.run(lane, never, () => {
        started.push(name);
        return new Promise((resolve) => ends.push(resolve));
      });
    };
    for (const name of ['cold 1', 'cold 2', 'cold 3']) ask('cold', name);
    for (const name of ['warm 1', 'warm 2']) ask('warm', name);
    expect(started).toEqual(['cold 1', 'cold 2', 'warm 1']);
    ends[2]?.();
    await expect.poll(() => started).toEqual(['cold 1', 'cold 2', 'warm 1', 'warm 2']);
    ends[0]?.();
    await expect.poll(() => started.at(-1)).toBe('cold 3');
  });

  it('goes on after a job that failed, and skips one that nobody waits for', async () => {
    const slots = new RequestSlots({ total: 1, cold: 1 });
    const failed = slots.run('warm', never, () => Promise.reject(new Error('lost')));
    let ranCount = 0;
    const job = (): Promise<void> => {
      ranCount += 1;
      return Promise.resolve();
    };
    const skipped = slots.run('warm', AbortSignal.abort(), job);
    const next = slots.run('warm', never, job);
    await expect(failed).rejects.toThrow('lost');
    await Promise.all([skipped, next]);
    expect(ranCount).toBe(1);
  });
});

describe('addresses', () => {
  it('asks for the smallest picture that fills the place', () => {
    expect(snapshotWidthFor(300, undefined)).toBe(320);
    expect(snapshotWidthFor(700, 1920)).toBe(960);
    expect(snapshotWidthFor(4000, 3840)).toBe(1280);
  });

  it("takes the camera's own picture where scaling would not save much", () => {
    expect(snapshotWidthFor(480, 640)).toBeUndefined();
    expect(snapshotWidthFor(900, 640)).toBeUndefined();
  });

  it.each([
    ['/cameras/front', 'front'],
    ['/embed/front/', 'front'],
    ['/cameras/a%20b', 'a b'],
    ['/cameras/%', '%'],
    ['/cameras/', ''],
  ])('the camera of %s is "%s"', (path, id) => {
    expect(cameraIdOf(path)).toBe(id);
  });
});
