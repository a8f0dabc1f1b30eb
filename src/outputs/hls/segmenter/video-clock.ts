import type { Frame } from '../../../media/frame.ts';

/** Longest hole between two frames that is bridged, in milliseconds; a longer one is a discontinuity. */
const longestHoleMs = 1000;
/** The same before the frame rate is known: a camera may send a frame every few seconds. */
const longestFirstHoleMs = 5000;
/** GOPs remembered for `longestGopTicks`. */
const gopMemory = 8;
/** Intervals that are remembered. */
const intervalMemory = 8;
/** Fewest intervals that tell a frame rate, and the largest share of their sum that two of them may differ by. */
const steadyIntervals = 3;
const steadyDoubt = 0.025;
/** Before two frames have come. */
const unknownFrameRate = 25;

type VideoFrame = Pick<Frame, 'dts' | 'isKeyframe'>;

/**
 * What the times of one run's video say: where the media ends, how far apart frames and keyframes are, and whether a
 * frame follows its predecessor. All times are ticks of the video track. How long the newest frame lasts only the
 * next one tells.
 */
export class VideoClock {
  readonly timescale: number;
  readonly #knownTicks: number | undefined;
  #frameTicks: number;
  #lastDecodeTime: number | undefined;
  #lastKeyframeTime: number | undefined;
  #endTicks = 0;
  readonly #gops: number[] = [];
  readonly #intervals: number[] = [];

  /** `knownFrameTicks` is the distance that is assumed until two frames have come. */
  constructor(timescale: number, knownFrameTicks: number | undefined) {
    this.timescale = timescale;
    this.#knownTicks = knownFrameTicks;
    this.#frameTicks = knownFrameTicks ?? 0;
  }

  /** End of the newest frame: expected until the next frame tells. */
  get endTicks(): number {
    return this.#endTicks;
  }

  /**
   * Median distance of recent frames, so that a hole is none, and a frame rate that changes is followed after a few
   * frames; 0 while unknown.
   */
  get frameTicks(): number {
    return this.#frameTicks;
  }

  get intervalCount(): number {
    return this.#intervals.length;
  }

  /** Shortest distance of recent frames. 0 while unknown. */
  get shortestIntervalTicks(): number {
    return this.#intervals.length === 0 ? 0 : Math.min(...this.#intervals);
  }

  /** Undefined before two frames have come. */
  get medianFrameRate(): number | undefined {
    return this.#intervals.length > 0 ? this.timescale / this.#frameTicks : undefined;
  }

  /**
   * By the mean distance of recent frames; undefined while they are too few or come too irregularly to tell it. What
   * the stamps leave open is taken for a whole number: 66 ms and 67 ms in turn are 15 fps.
   */
  get steadyFrameRate(): number | undefined {
    if (this.#intervals.length < steadyIntervals) return undefined;
    const span = this.#intervals.reduce((sum, ticks) => sum + ticks, 0);
    const doubt = (Math.max(...this.#intervals) - Math.min(...this.#intervals)) / span;
    if (!(doubt <= steadyDoubt)) return undefined;
    const rate = (this.#intervals.length * this.timescale) / span;
    return Math.abs(rate - Math.round(rate)) <= doubt * rate ? Math.round(rate) : rate;
  }

  /** Enough intervals were seen to judge the frame rate by. */
  get isSettled(): boolean {
    return this.#intervals.length >= intervalMemory;
  }

  /** The longest recent GOP, the running one included. */
  get longestGopTicks(): number {
    const running =
      this.#lastKeyframeTime === undefined ? 0 : this.#endTicks - this.#lastKeyframeTime;
    return Math.max(running, ...this.#gops);
  }

  /** The same in whole milliseconds; undefined before a frame has come. */
  get longestGopMs(): number | undefined {
    const ticks = this.longestGopTicks;
    return ticks > 0 ? Math.round((ticks * 1000) / this.timescale) : undefined;
  }

  get latestGopTicks(): number {
    return this.#gops.at(-1) ?? 0;
  }

  /** Whether the frame comes after a hole, or its time does not advance. */
  isBreak(frame: VideoFrame): boolean {
    if (this.#lastDecodeTime === undefined) return false;
    if (frame.dts <= this.#lastDecodeTime) return true;
    return frame.dts - this.#endTicks > this.#longestHoleTicks();
  }

  /** Time starts anew with the next frame; what was learned of the intervals stays. */
  restart(): void {
    this.#lastDecodeTime = undefined;
    this.#lastKeyframeTime = undefined;
  }

  /** The next frame's time is the true end of the frames before it. Call before cutting; `add` comes after. */
  reach(frame: VideoFrame): void {
    if (this.#lastDecodeTime === undefined) return;
    this.#learn(frame.dts - this.#lastDecodeTime);
    this.#endTicks = frame.dts;
  }

  add(frame: VideoFrame): void {
    if (frame.isKeyframe) this.#addKeyframe(frame.dts);
    this.#lastDecodeTime = frame.dts;
    this.#endTicks = frame.dts + this.expectedTicks;
  }

  /** A single distance may be a hole: a part that ends where it says would reach far over what follows. */
  get canExpect(): boolean {
    return this.#intervals.length > 1;
  }

  /** How long a frame lasts whose successor has not come. */
  get expectedTicks(): number {
    return Math.max(1, Math.round(this.#frameTicks || this.timescale / unknownFrameRate));
  }

  #addKeyframe(decodeTime: number): void {
    if (this.#lastKeyframeTime !== undefined) {
      this.#gops.push(decodeTime - this.#lastKeyframeTime);
      if (this.#gops.length > gopMemory) this.#gops.shift();
    }
    this.#lastKeyframeTime = decodeTime;
  }

  #learn(interval: number): void {
    this.#intervals.push(interval);
    if (this.#intervals.length > intervalMemory) this.#intervals.shift();
    const isFew = this.#intervals.length < steadyIntervals;
    const known = isFew && this.#knownTicks !== undefined ? [this.#knownTicks] : [];
    this.#frameTicks = medianOf([...this.#intervals, ...known]);
  }

  #longestHoleTicks(): number {
    const isKnown = this.#intervals.length > 0;
    const ms = isKnown ? longestHoleMs : longestFirstHoleMs;
    return Math.max((ms * this.timescale) / 1000, 2.5 * this.#frameTicks);
  }
}

/** The lower of the two in the middle, if there are two: a part that ends a little early overlaps nothing. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
