import type { Frame } from '../media/frame.ts';

/**
 * The frames that a child was given and has not given back, by the time in whole milliseconds that it was told. So what
 * it gives has the very time of what it was fed, whatever the ticks of the containers in between.
 */
export class PendingTimes {
  readonly #frames = new Map<number, Frame>();

  get count(): number {
    return this.#frames.size;
  }

  /**
   * When the frame behind the oldest one came from the camera: the oldest may be held for no other reason than that a
   * muxer learns its length from the next. undefined where fewer than two are pending.
   */
  get secondArrivalMs(): number | undefined {
    const [, second] = this.#frames.values();
    return second?.arrivedAtMs;
  }

  add(timeMs: number, frame: Frame): void {
    this.#frames.set(timeMs, frame);
  }

  /** The frame of that time, or within a millisecond of it; what should have come before it was lost in the child. */
  take(timeMs: number): Frame | undefined {
    const key = [timeMs, timeMs - 1, timeMs + 1].find((candidate) => this.#frames.has(candidate));
    if (key === undefined) return undefined;
    const frame = this.#frames.get(key);
    for (const candidate of this.#frames.keys()) {
      if (candidate <= key) this.#frames.delete(candidate);
    }
    return frame;
  }
}
