/** A window ends when it is this long and has this many frames (whole bursts), or is long whatever it has. */
const windowMs = 500;
const windowFrames = 8;
const longWindowMs = 3_000;
/** Windows whose lowest delay makes the floor: 2 s, so that a stall of the network raises nothing. */
const floorWindows = 4;
/** The floor of the first windows is the constant part of the delay, which nobody has to mend. */
const baseWindows = 3;
/** Until then it is seen whether that was a drift. */
const learningWindows = 6;
/** More than this of a first burst is no constant: it is worked off. In milliseconds. */
const lowestBaseMs = -500;

/**
 * How late the frames of a track come, measured at those that were not held up: a network can only add to the delay
 * (arrival minus media time), so that the lowest of a window tells how the clocks stand, and jitter and bursts do not.
 *
 *   delay  .  :            . = frame         the floor rises: media time is too slow against arrival,
 *          . .::  . : .    _ = floor         it falls: too fast
 *          ________________
 */
export class DelayFloor {
  readonly #mins = new Float64Array(floorWindows);
  #windowCount = 0;
  #beganAtMs: number | undefined;
  #frameCount = 0;
  #minMs = 0;
  #isLearning = true;
  #assumedMs = 0;
  #baseMs = 0;
  /** Of the frame with the lowest delay of the newest whole window. */
  pointArrivalMs = 0;
  pointStampMs = 0;
  #minArrivalMs = 0;
  #minStampMs = 0;

  /** Returns whether a window ended; `stampMs` is kept for the caller. */
  note(arrivedAtMs: number, timeMs: number, stampMs: number): boolean {
    const elapsedMs = arrivedAtMs - (this.#beganAtMs ?? arrivedAtMs);
    const isFull = elapsedMs >= windowMs && this.#frameCount >= windowFrames;
    const hasEnded = isFull || elapsedMs >= longWindowMs;
    if (hasEnded) this.#close();
    const delayMs = arrivedAtMs - timeMs;
    if (this.#beganAtMs === undefined || hasEnded) {
      this.#beganAtMs = arrivedAtMs;
      this.#frameCount = 0;
      this.#minMs = Infinity;
    }
    this.#frameCount += 1;
    if (delayMs < this.#minMs) {
      this.#minMs = delayMs;
      this.#minArrivalMs = arrivedAtMs;
      this.#minStampMs = stampMs;
    }
    return hasEnded;
  }

  /** Enough windows to speak of a floor. */
  get isKnown(): boolean {
    return this.#windowCount >= floorWindows;
  }

  get isLearning(): boolean {
    return this.#isLearning;
  }

  /** Delay at the floor in milliseconds; 0 before the first window. */
  get floorMs(): number {
    let lowest = this.#windowCount === 0 ? this.#assumedMs : Infinity;
    const count = Math.min(this.#windowCount, floorWindows);
    for (let index = 0; index < count; index += 1) {
      lowest = Math.min(lowest, this.#mins[index] ?? Infinity);
    }
    return lowest;
  }

  /** Of the newest window alone. */
  get latestMs(): number {
    return this.#windowCount === 0
      ? this.#assumedMs
      : (this.#mins[(this.#windowCount - 1) % floorWindows] ?? 0);
  }

  /** The constant part of the delay. */
  get baseMs(): number {
    return this.#baseMs;
  }

  /** Media time behind (positive) or ahead of where it was at first, in milliseconds. */
  get errorMs(): number {
    return this.floorMs - this.#baseMs;
  }

  /** What seemed a constant delay was a drift. */
  unlearn(): void {
    if (!this.#isLearning) return;
    this.rebase(0);
  }

  /** Media times were moved ahead by `ms`. */
  moved(ms: number): void {
    for (let index = 0; index < floorWindows; index += 1) {
      this.#mins[index] = (this.#mins[index] ?? 0) - ms;
    }
    this.#minMs -= ms;
  }

  /** The clock was set: the delay is taken for what it was until windows tell. */
  restart(): void {
    this.#assumedMs = this.floorMs;
    this.#windowCount = 0;
    this.#beganAtMs = undefined;
    this.#isLearning = false;
  }

  /** From now on the delay is right as the newest window has it; the floor would be behind where it rises. */
  settle(): void {
    this.#mins.fill(this.latestMs);
    this.rebase(this.latestMs);
  }

  /** From now on this much of the delay is constant. */
  rebase(baseMs: number): void {
    this.#isLearning = false;
    this.#baseMs = baseMs;
  }

  #close(): void {
    this.#mins[this.#windowCount % floorWindows] = this.#minMs;
    this.#windowCount += 1;
    this.pointArrivalMs = this.#minArrivalMs;
    this.pointStampMs = this.#minStampMs;
    if (!this.#isLearning) return;
    const isOfBase = this.#windowCount <= baseWindows;
    if (isOfBase) this.#baseMs = Math.max(lowestBaseMs, Math.min(this.#baseMs, this.#minMs));
    this.#isLearning = this.#windowCount < learningWindows;
  }
}
