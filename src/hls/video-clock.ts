import type { TrackRun } from '../media/types.ts';

/** Longest hole between two frames that is bridged, in milliseconds; a longer one is a discontinuity. */
const longestHoleMs = 1000;
/** The same before the frame rate is known: a camera may send a frame every few seconds. */
const longestFirstHoleMs = 5000;
/** GOPs remembered for `longestGopTicks`. */
const gopMemory = 8;
/** Intervals that weigh in the mean, and that are remembered. */
const intervalMemory = 8;
/** Fewest intervals that tell a frame rate, and the largest share of their sum that two of them may differ by. */
const steadyIntervals = 3;
const steadyDoubt = 0.025;

/**
 * What the stamps of one session's video say: where the media ends, how far apart frames and keyframes are, and
 * whether a frame follows its predecessor. All times are ticks of the video track.
 *
 * With audio in the same stream ffmpeg only guesses a frame's duration (each fragment is written before the next frame
 * of its own track is known), so decode times are believed and durations only where nothing better is known.
 */
export class VideoClock {
  readonly timescale: number;
  #frameTicks: number;
  #lastDecodeTime: number | undefined;
  #lastKeyframeTime: number | undefined;
  #endTicks = 0;
  #intervalCount = 0;
  readonly #gops: number[] = [];
  readonly #intervals: number[] = [];

  /** `knownFrameTicks` is the interval that is assumed until two frames have come. */
  constructor(timescale: number, knownFrameTicks: number | undefined) {
    this.timescale = timescale;
    this.#frameTicks = knownFrameTicks ?? 0;
  }

  /** End of the newest frame: predicted by its duration until the next frame tells. */
  get endTicks(): number {
    return this.#endTicks;
  }

  /** Mean distance of recent frames; 0 while unknown. */
  get frameTicks(): number {
    return this.#frameTicks;
  }

  get intervalCount(): number {
    return this.#intervalCount;
  }

  /** Shortest distance of recent frames: a stretched first frame does not weigh in it. 0 while unknown. */
  get shortestIntervalTicks(): number {
    return this.#intervals.length === 0 ? 0 : Math.min(...this.#intervals);
  }

  /** By the median distance of recent frames, which a stretched first frame cannot shift; undefined while unknown. */
  get medianFrameRate(): number | undefined {
    const sorted = [...this.#intervals].sort((one, other) => one - other);
    const ticks = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    return ticks > 0 ? this.timescale / ticks : undefined;
  }

  /**
   * By the mean distance of recent frames; undefined while they are too few or come too irregularly to tell it. What the
   * stamps leave open is taken for a whole number: 66 ms and 67 ms in turn are 15 fps.
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
    return this.#intervalCount >= intervalMemory;
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
  isBreak(run: TrackRun): boolean {
    if (this.#lastDecodeTime === undefined) return false;
    if (run.decodeTime <= this.#lastDecodeTime) return true;
    return run.decodeTime - this.#endTicks > this.#longestHoleTicks();
  }

  /** Time starts anew with the next frame; what was learned of the intervals stays. */
  restart(): void {
    this.#lastDecodeTime = undefined;
    this.#lastKeyframeTime = undefined;
  }

  /** The next frame's time is the true end of the frames before it. Call before cutting; `add` comes after. */
  reach(run: TrackRun): void {
    if (this.#lastDecodeTime === undefined) return;
    this.#learn(run.decodeTime - this.#lastDecodeTime, run.duration);
    this.#endTicks = run.decodeTime;
  }

  add(run: TrackRun): void {
    if (run.isKeyframe) this.#addKeyframe(run.decodeTime);
    this.#lastDecodeTime = run.decodeTime;
    this.#endTicks = run.decodeTime + this.durationOf(run);
  }

  durationOf(run: TrackRun): number {
    const isUsable = run.duration > 0 && run.duration <= this.#longestHoleTicks();
    if (isUsable) return run.duration;
    return Math.max(1, Math.round(this.#frameTicks || this.timescale / 25));
  }

  #addKeyframe(decodeTime: number): void {
    if (this.#lastKeyframeTime !== undefined) {
      this.#gops.push(decodeTime - this.#lastKeyframeTime);
      if (this.#gops.length > gopMemory) this.#gops.shift();
    }
    this.#lastKeyframeTime = decodeTime;
  }

  #learn(distance: number, duration: number): void {
    this.#intervalCount += 1;
    // Beside AAC ffmpeg stretches the first frame by the encoder's delay (21 ms); the second's duration is nearer then.
    const isStretched =
      this.#intervalCount === 1 && duration < distance && duration >= distance / 2;
    const interval = isStretched ? duration : distance;
    this.#intervals.push(interval);
    if (this.#intervals.length > intervalMemory) this.#intervals.shift();
    // A mean of the first few, then a moving one: follows a changed frame rate within a second or so.
    const weight = 1 / Math.min(this.#intervalCount, intervalMemory);
    this.#frameTicks += (interval - this.#frameTicks) * weight;
  }

  #longestHoleTicks(): number {
    const isKnown = this.#intervalCount > 0;
    const ms = isKnown ? longestHoleMs : longestFirstHoleMs;
    return Math.max((ms * this.timescale) / 1000, 2.5 * this.#frameTicks);
  }
}
