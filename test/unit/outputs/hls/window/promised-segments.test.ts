import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { boxed, evenFrames, frame, silentRun, startMs, WindowRig } from '../window-rig.ts';

const never = new AbortController().signal;
/** Three target durations of 2 s. */
const shortestListSeconds = 6;

interface Listed {
  readonly name: string;
  readonly seconds: number;
}

/** A viewer who reads the playlist after every frame and asks for what has left it. */
class Follower {
  readonly rig: WindowRig;
  readonly maxBytes: number;
  #listed: readonly Listed[] = [];
  /** Longest playlist that had the segment, in seconds. */
  readonly #longest = new Map<string, number>();
  readonly #left = new Map<string, { readonly atMs: number; readonly promisedMs: number }>();
  readonly early: string[] = [];
  #timeMs = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.rig = new WindowRig({ maxBytes, windowMs: 600_000, segmentCount: 3 });
    this.rig.begin();
  }

  get listSeconds(): number {
    return this.#listed.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  get leftCount(): number {
    return this.#left.size;
  }

  isKept(name: string): boolean {
    return this.rig.window.media(name, never) !== undefined;
  }

  playSecond(frameBytes: number): void {
    for (let index = 0; index < 5; index += 1) {
      this.rig.nowMs = startMs + this.#timeMs;
      this.rig.window.append(boxed(frame(this.#timeMs, index === 0), frameBytes, 1));
      this.#timeMs += 200;
      this.#look();
    }
  }

  #look(): void {
    expect(this.rig.window.byteCount).toBeLessThanOrEqual(this.maxBytes);
    if (this.rig.window.isEmpty) return;
    const { nowMs } = this.rig;
    const listed = readSegments(this.rig.text());
    const names = new Set(listed.map(({ name }) => name));
    for (const { name, seconds } of this.#listed) {
      if (names.has(name)) continue;
      const promisedMs = (seconds + (this.#longest.get(name) ?? 0)) * 1000;
      this.#left.set(name, { atMs: nowMs, promisedMs });
    }
    for (const [name, { atMs, promisedMs }] of this.#left) {
      if (nowMs - atMs < promisedMs && !this.isKept(name)) this.early.push(name);
    }
    this.#listed = listed;
    const listSeconds = this.listSeconds;
    for (const { name } of listed) {
      this.#longest.set(name, Math.max(listSeconds, this.#longest.get(name) ?? 0));
    }
  }
}

function readSegments(text: string): Listed[] {
  const segments = text.matchAll(/#EXTINF:([\d.]+),\n(\d+\.m4s)/g);
  return [...segments].map(([, seconds, name = '']) => ({ name, seconds: Number(seconds) }));
}

it('keeps what has left the playlist as long as it is promised, where bytes bind', () => {
  const stream = fc.record({
    frameBytes: fc.integer({ min: 200, max: 2000 }),
    segmentCount: fc.integer({ min: 24, max: 60 }),
  });
  fc.assert(
    fc.property(stream, ({ frameBytes, segmentCount }) => {
      const follower = new Follower(5 * frameBytes * segmentCount);
      for (let second = 0; second < 2.5 * segmentCount; second += 1)
        follower.playSecond(frameBytes);
      expect(follower.early).toEqual([]);
      expect(follower.leftCount).toBeGreaterThan(segmentCount);
      // Nor is the playlist shorter than that needs.
      expect(follower.listSeconds).toBeGreaterThanOrEqual(segmentCount / 2 - 5);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

it('stays within its bytes, and lists what live play needs as far as they go, whatever the camera sends', () => {
  const sizes = fc.array(fc.integer({ min: 200, max: 2000 }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(sizes, (frameSizes) => {
      const follower = new Follower(160_000);
      for (const frameBytes of frameSizes) follower.playSecond(frameBytes);
      expect(follower.listSeconds).toBeGreaterThanOrEqual(shortestListSeconds);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

describe('with seven segments of 1 s, of 5 kB each', () => {
  const segmentBytes = 5000;

  /** Plays so many seconds; `each` is called after every frame with its time. */
  function play(rig: WindowRig, seconds: readonly [number, number], each: () => void): void {
    for (let timeMs = seconds[0] * 1000; timeMs < seconds[1] * 1000; timeMs += 200) {
      rig.nowMs = startMs + timeMs;
      rig.window.append(boxed(frame(timeMs, timeMs % 1000 === 0), segmentBytes / 5, 1));
      each();
    }
  }

  const nothing = (): void => undefined;
  const isKept = (rig: WindowRig, name: string): boolean =>
    rig.window.media(name, never) !== undefined;

  it('keeps nothing that has left a playlist which nobody was given', () => {
    const rig = new WindowRig();
    rig.begin();
    play(rig, [0, 20], nothing);
    // Besides the seven: the open one, and one that has left since the last part.
    play(rig, [20, 30], () => {
      expect(rig.window.byteCount).toBeLessThan(9.2 * segmentBytes);
    });
    expect(readSegments(rig.text()).every(({ name }) => isKept(rig, name))).toBe(true);
  });

  it('keeps what a viewer was given, and no more once the viewer is gone', () => {
    const rig = new WindowRig();
    rig.begin();
    play(rig, [0, 20], nothing);
    const text = rig.text();
    const given = readSegments(text);
    const partsGiven = [...text.matchAll(/URI="(part-\d+\.m4s)"/g)].map(([, name = '']) => name);
    // The oldest leaves after a second, and stays for its own and for the seven that were listed.
    play(rig, [20, 27.8], () => {
      expect(given.filter(({ name }) => !isKept(rig, name))).toEqual([]);
      expect(partsGiven.filter((name) => !isKept(rig, name))).toEqual([]);
    });
    play(rig, [27.8, 45], nothing);
    expect(given.filter(({ name }) => isKept(rig, name))).toEqual([]);
    expect(rig.window.byteCount).toBeLessThan(9.2 * segmentBytes);
  });

  it('keeps as promised what a viewer of whole segments was given', async () => {
    const rig = new WindowRig();
    rig.begin();
    play(rig, [0, 20], nothing);
    const given = readSegments(String((await rig.window.classicPlaylist('classic', never)).body));
    expect(given.length).toBeGreaterThanOrEqual(7);
    play(rig, [20, 27.8], () => {
      expect(given.filter(({ name }) => !isKept(rig, name))).toEqual([]);
    });
  });
});

describe('where no part comes any more', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** 20 s in segments of 1 s, of which the newest seven are listed. */
  function play(rig: WindowRig): void {
    rig.play({ run: silentRun(), frames: evenFrames({ seconds: 20, frameMs: 40, gopMs: 1000 }) });
  }

  function pass(rig: WindowRig, ms: number): void {
    rig.nowMs += ms;
    vi.advanceTimersByTime(ms);
  }

  const isKept = (rig: WindowRig, name: string): boolean =>
    rig.window.media(name, never) !== undefined;

  it('a cleared window keeps what is promised as long as that, and then nothing', () => {
    const rig = new WindowRig();
    play(rig);
    const given = readSegments(rig.text());
    rig.window.end();
    rig.window.clear();
    // Each for its own duration and that of the list: seven segments and the open one.
    pass(rig, 7_900);
    expect(given.length).toBeGreaterThanOrEqual(7);
    expect(given.filter(({ name }) => !isKept(rig, name))).toEqual([]);
    pass(rig, 1_200);
    expect(given.filter(({ name }) => isKept(rig, name))).toEqual([]);
    expect(rig.window.byteCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a cleared window keeps nothing that was promised to nobody', () => {
    const rig = new WindowRig();
    play(rig);
    rig.window.end();
    rig.window.clear();
    pass(rig, 1);
    expect(rig.window.byteCount).toBe(0);
  });

  it('a cleared window keeps no MPEG-TS either', async () => {
    const rig = new WindowRig();
    play(rig);
    await rig.window.classicPlaylist('ts', never);
    rig.window.end();
    rig.window.clear();
    pass(rig, 7_000);
    expect(rig.window.byteCount).toBeGreaterThan(0);
    expect(isKept(rig, '19.ts')).toBe(true);
    pass(rig, 3_000);
    expect(isKept(rig, '19.ts')).toBe(false);
  });

  it('a window whose camera is away lists what it did, and keeps no more in the end', () => {
    const rig = new WindowRig();
    rig.play(
      { run: silentRun(), frames: evenFrames({ seconds: 20, frameMs: 40, gopMs: 1000 }) },
      () => (rig.window.isEmpty ? undefined : rig.text()),
    );
    rig.window.end();
    const { byteCount } = rig.window;
    expect(isKept(rig, '10.m4s')).toBe(true);
    pass(rig, 60_000);
    expect(readSegments(rig.text()).every(({ name }) => isKept(rig, name))).toBe(true);
    expect(isKept(rig, '10.m4s')).toBe(false);
    expect(rig.window.byteCount).toBeLessThan(byteCount);
  });

  it('a disposed window waits for nothing', () => {
    const rig = new WindowRig();
    play(rig);
    rig.text();
    rig.window.clear();
    expect(vi.getTimerCount()).toBe(1);
    rig.window.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});
