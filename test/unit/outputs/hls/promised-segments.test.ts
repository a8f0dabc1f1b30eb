import fc from 'fast-check';
import { expect, it } from 'vitest';
import { boxed, frame, startMs, WindowRig } from './window-rig.ts';

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
