/** Distance of frames until the camera has shown its own, in milliseconds. */
export const usualIntervalMs = 40;
/** The interval is the mean of about this many frames, or of fewer that fill this long. */
const memory = 16;
const memoryMs = 1_200;
const leastMemory = 3;
/** Frames that are closer than this share of the interval came at once, and so many milliseconds at most. */
const atOnceShare = 0.25;
const longestAtOnceMs = 20;
/** A burst is read within this long, in milliseconds; what goes on for longer is a fast camera. */
const longestBurstReadMs = 250;
/** No camera saves up frames for longer, in milliseconds. */
const longestBurstMs = 2_000;
/** No camera sends frames closer than this, in milliseconds. */
const shortestMs = 4;
/** A gap that is longer than usual by this, or by three intervals of a slow camera, is a hole. In milliseconds. */
const [leastHoleMs, mostHoleMs] = [500, 2_000];
/** So many bursts in a row that come behind holes are the camera's pace. */
const holesOfNewPace = 3;

/**
 * How far apart frames are taken, by their arrival alone: the time from the last frame of one burst to the last frame
 * of another, because the frames of a burst were taken since the one before. A frame that comes alone is a burst too.
 * Of the first nobody knows since when its frames were taken:
 *
 *   came      0 0 0      533 533 533 533 533 533 533 533      1067 1067 ...
 *                 └──── 8 frames in 533 ms ──────────┘
 */
export class ArrivalInterval {
  #ms: number;
  #isMeasured = false;
  #lastArrivalMs: number | undefined;
  /** Of the newest frame: its number, and the sum of all gaps up to it, holes left out. */
  #frameCount = 0;
  #sumMs = 0;
  /** Where the newest burst began in that sum. */
  #burstBeganMs = 0;
  /** Both of the last frames of the newest bursts. */
  readonly #endFrames = new Float64Array(memory + 2);
  readonly #endMs = new Float64Array(memory + 2);
  #endCount = 0;
  /** The interval is measured from the end of the burst with this number. */
  #measuredFrom = 0;
  #holesInRow = 0;
  #cameAtOnce = false;
  /** Bursts as they were read, also where their frames count as having come one by one. */
  #lastReadMs = 0;
  #readBeganMs = 0;
  #readCount = 0;
  #burstFrames = 1;

  /** `hintMs`: until it is measured. */
  constructor(hintMs: number | undefined) {
    this.#ms = hintMs ?? usualIntervalMs;
  }

  get ms(): number {
    return this.#ms;
  }

  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** The newest frame came together with the one before. */
  get cameAtOnce(): boolean {
    return this.#cameAtOnce;
  }

  /** From the first to the last frame of a burst, as they were taken; 0 where frames come one by one. */
  get burstMs(): number {
    return Math.min(longestBurstMs, (this.#burstFrames - 1) * this.#ms);
  }

  /** A frame that is later than this comes behind a hole. */
  get holeMs(): number {
    return this.burstMs + Math.max(leastHoleMs, Math.min(mostHoleMs, 3 * this.#ms));
  }

  /** `readAtMs`: when the frame came, which may differ from when it counts as having come. */
  note(arrivedAtMs: number, readAtMs: number): void {
    this.#noteRead(readAtMs);
    const isFirst = this.#lastArrivalMs === undefined;
    const gapMs = Math.max(0, arrivedAtMs - (this.#lastArrivalMs ?? arrivedAtMs));
    this.#lastArrivalMs = arrivedAtMs;
    this.#cameAtOnce = !isFirst && this.#isAtOnce(gapMs, this.#sumMs + gapMs - this.#burstBeganMs);
    const isHole = gapMs > this.#ms + this.holeMs;
    if (!isFirst && !this.#cameAtOnce) this.#endBurst(gapMs, isHole);
    this.#sumMs += isHole && this.#isMeasured ? this.#ms + this.burstMs : gapMs;
    this.#frameCount += 1;
    if (!this.#cameAtOnce) this.#burstBeganMs = this.#sumMs;
  }

  #isAtOnce(gapMs: number, burstMs: number): boolean {
    return (
      gapMs < Math.min(longestAtOnceMs, atOnceShare * this.#ms) && burstMs < longestBurstReadMs
    );
  }

  #noteRead(readAtMs: number): void {
    const gapMs = readAtMs - this.#lastReadMs;
    this.#lastReadMs = readAtMs;
    if (this.#readCount > 0 && !this.#isAtOnce(gapMs, readAtMs - this.#readBeganMs)) {
      // A smaller one may be a piece.
      const weight = this.#readCount > this.#burstFrames ? 1 : 0.25;
      this.#burstFrames += weight * (this.#readCount - this.#burstFrames);
      this.#readCount = 0;
    }
    if (this.#readCount === 0) this.#readBeganMs = readAtMs;
    this.#readCount += 1;
  }

  /** The frame before was the last of its burst. */
  #endBurst(gapMs: number, isHole: boolean): void {
    this.#holesInRow = isHole ? this.#holesInRow + 1 : 0;
    if (this.#holesInRow >= holesOfNewPace) {
      this.#ms = gapMs / this.#burstFrames;
      this.#measuredFrom = this.#endCount;
    }
    const place = this.#endCount % this.#endMs.length;
    this.#endMs[place] = this.#sumMs;
    this.#endFrames[place] = this.#frameCount;
    this.#endCount += 1;
    this.#measure();
  }

  #measure(): void {
    while (this.#isTooFarBack() && this.#framesSince(this.#measuredFrom + 1) >= leastMemory) {
      this.#measuredFrom += 1;
    }
    const frames = this.#framesSince(this.#measuredFrom);
    const sumMs = this.#msSince(this.#measuredFrom);
    if (frames < leastMemory || sumMs < shortestMs * frames) return;
    const weight = this.#isMeasured ? 0.25 : 1;
    this.#isMeasured = true;
    this.#ms += weight * (sumMs / frames - this.#ms);
  }

  #isTooFarBack(): boolean {
    const from = this.#measuredFrom;
    return this.#framesSince(from) > memory || this.#msSince(from) > memoryMs;
  }

  /** From the end of the burst with this number to the newest end. */
  #framesSince(end: number): number {
    return this.#frameCount - (this.#endFrames[end % this.#endFrames.length] ?? 0);
  }

  #msSince(end: number): number {
    return this.#sumMs - (this.#endMs[end % this.#endMs.length] ?? 0);
  }
}
