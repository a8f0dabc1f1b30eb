import { videoTimescale, type Frame } from '../../media/frame.ts';

/** Intervals that are remembered. */
const memory = 8;
/** In milliseconds: Wi-Fi cameras pause for a few hundred now and then. */
const shortestTimeoutMs = 1_000;

/**
 * How long without a frame counts as a stall: 1 s, or three usual frame intervals of a slow camera, or one and a half
 * times the longest recent interval if frames come irregularly. Intervals are measured by the frames' own times.
 */
export class StallTimeout {
  #intervalsMs: number[] = [];
  #lastMs: number | undefined;

  frame({ dts }: Frame): void {
    const timeMs = (dts * 1000) / videoTimescale;
    if (this.#lastMs !== undefined && timeMs > this.#lastMs) {
      this.#intervalsMs.push(timeMs - this.#lastMs);
      if (this.#intervalsMs.length > memory) this.#intervalsMs.shift();
    }
    this.#lastMs = timeMs;
  }

  /** The next frame follows an outage, so its interval does not count. What was learned stays. */
  interrupt(): void {
    this.#lastMs = undefined;
  }

  get ms(): number {
    const sorted = [...this.#intervalsMs].sort((one, other) => one - other);
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    const longest = sorted.at(-1) ?? 0;
    return Math.max(shortestTimeoutMs, 3 * median, 1.5 * longest);
  }
}
