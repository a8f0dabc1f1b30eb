import { DelayFloor } from './arrival/delay-floor.ts';
import { atOnceMs } from './arrival/first-bursts.ts';
import { SourceStamps } from './source-stamps.ts';

/** Stamps of audio that are this far ahead of the samples counted stand behind a real gap, in milliseconds. */
const gapMs = 60;
const certainGapMs = 250;
/** Without usable stamps: lateness that comes all at once is audio that was lost. */
const lostMs = 250;
/** A stamp that puts a block further from its arrival than this is of no clock that video shares. */
const sharedClockMs = 1_000;
/** Where audio may be stretched it is, by at most this share. */
const maxStretch = 0.02;

/** What video knows of the clock that audio may share with it. */
export interface SharedClock {
  /** Time that a stamp means; undefined where stamps mean nothing, or not the same to both. */
  timeOf(stampMs: number): number | undefined;
  /** Delay of video at its floor, and the part of it that is constant, in milliseconds. */
  readonly floorMs: number;
  readonly baseMs: number;
}

/**
 * Times of one session's audio: by samples counted, each block where the last one ended, because that is what audio is.
 * Stamps, where they are good, tell its place beside the video and where blocks were lost.
 */
export class AudioTimes {
  readonly floor = new DelayFloor();
  readonly #stamps: SourceStamps;
  readonly #sampleRate: number;
  #nextMs: number | undefined;
  #timeMs = 0;
  #isContinuous = false;
  #isPlacedByStamp = false;
  /** Lowest delay so far, while the stamp that placed the first block is the only one there has been. */
  #doubtedDelayMs: number | undefined;
  #lastStampMs: number | undefined;
  #lastDurationMs = 0;
  #lastArrivalMs = 0;
  #pendingGapMs = 0;
  #calmFloorMs: number | undefined;
  #sharedBaseMs: number | undefined;

  constructor(stampTimescale: number, sampleRate: number) {
    this.#stamps = new SourceStamps(stampTimescale);
    this.#sampleRate = sampleRate;
  }

  /** Of the block taken last, in milliseconds of the monotonic clock. */
  get timeMs(): number {
    return this.#timeMs;
  }

  /** The block begins exactly where the one before it ended. */
  get isContinuous(): boolean {
    return this.#isContinuous;
  }

  /** How far the samples counted are behind their arrival; undefined until known. */
  get errorMs(): number | undefined {
    return this.floor.isKnown ? this.floor.floorMs - this.#baseMs : undefined;
  }

  /** `stretchMs`: how far audio is behind video where it may be stretched, else 0. */
  take(
    block: { readonly stamp: number | undefined; readonly duration: number },
    arrivedAtMs: number,
    video: SharedClock,
    stretchMs: number,
  ): void {
    const durationMs = (block.duration * 1000) / this.#sampleRate;
    const verdict = this.#stamps.judge(block.stamp, arrivedAtMs);
    const stampMs = verdict === 'step' ? this.#stamps.timeMs : undefined;
    this.#isContinuous = this.#nextMs !== undefined;
    this.#nextMs ??= this.#place(stampMs, arrivedAtMs - durationMs, video);
    this.#move(this.#misplacedBy(arrivedAtMs, video));
    this.#move(this.#gapBefore(stampMs, arrivedAtMs) + this.#lostBefore(stampMs));
    const mostMs = maxStretch * durationMs;
    this.#move(Math.max(-mostMs, Math.min(mostMs, stretchMs)));
    this.#timeMs = this.#nextMs;
    this.#nextMs += durationMs;
    this.floor.note(arrivedAtMs, this.#nextMs, 0);
    if (this.#doubtedDelayMs !== undefined) {
      this.#doubtedDelayMs = Math.min(this.#doubtedDelayMs, arrivedAtMs - this.#nextMs);
    }
    this.#sharedBaseMs = this.#isPlacedByStamp ? undefined : video.baseMs;
    this.#lastStampMs = stampMs;
    this.#lastDurationMs = durationMs;
    this.#lastArrivalMs = arrivedAtMs;
  }

  /** Moves audio into step with video again, whose constant delay has become another by `delayMs`. */
  align(moveMs: number, delayMs: number): void {
    if (this.#nextMs === undefined || !this.floor.isKnown) return;
    this.#move(moveMs);
    this.floor.rebase(this.#baseMs + delayMs);
    this.#isPlacedByStamp = true;
    this.#calmFloorMs = undefined;
  }

  get #baseMs(): number {
    return this.#isPlacedByStamp ? this.floor.baseMs : (this.#sharedBaseMs ?? 0);
  }

  #place(stampMs: number | undefined, beganAtMs: number, video: SharedClock): number {
    const byArrivalMs = beganAtMs - video.floorMs;
    const byStampMs = stampMs === undefined ? undefined : video.timeOf(stampMs);
    if (byStampMs === undefined || Math.abs(byStampMs - byArrivalMs) > sharedClockMs) {
      return byArrivalMs;
    }
    this.#isPlacedByStamp = true;
    this.#doubtedDelayMs = Infinity;
    return byStampMs;
  }

  #move(ms: number): void {
    if (ms === 0 || this.#nextMs === undefined) return;
    this.#nextMs += ms;
    this.floor.moved(ms);
    this.#isContinuous = false;
  }

  /** Where later blocks have the stamp that placed the first, it was none, and the arrival tells the place. */
  #misplacedBy(arrivedAtMs: number, video: SharedClock): number {
    const delayMs = this.#doubtedDelayMs;
    if (delayMs === undefined) return 0;
    if (delayMs === Infinity || arrivedAtMs - this.#lastArrivalMs < atOnceMs) return 0;
    this.#doubtedDelayMs = undefined;
    if (this.#stamps.hasMoved) return 0;
    this.#isPlacedByStamp = false;
    return delayMs - video.floorMs;
  }

  /** A step of the stamps that is longer than the block before, believed at once where arrival says the same. */
  #gapBefore(stampMs: number | undefined, arrivedAtMs: number): number {
    const lastMs = this.#lastStampMs;
    if (stampMs === undefined || lastMs === undefined) return this.#forgetGap();
    const excessMs = stampMs - lastMs - this.#lastDurationMs + this.#pendingGapMs;
    if (excessMs < gapMs) return this.#forgetGap();
    const elapsedMs = arrivedAtMs - this.#lastArrivalMs;
    const hasComeLate = elapsedMs > this.#lastDurationMs + excessMs / 2;
    if (this.#pendingGapMs === 0 && excessMs < certainGapMs && !hasComeLate) {
      this.#pendingGapMs = excessMs;
      return 0;
    }
    this.#pendingGapMs = 0;
    return excessMs;
  }

  #forgetGap(): number {
    this.#pendingGapMs = 0;
    return 0;
  }

  /** Only the arrival tells: the floor of the delay has risen by a step, and stays up. */
  #lostBefore(stampMs: number | undefined): number {
    if (stampMs !== undefined || !this.floor.isKnown) return 0;
    const { floorMs } = this.floor;
    const calmMs = this.#calmFloorMs ?? floorMs;
    const lostBeforeMs = floorMs - calmMs;
    // Follows a slow drift (of some per cent), so that only a step counts.
    this.#calmFloorMs = calmMs + Math.max(-5, Math.min(5, lostBeforeMs));
    if (lostBeforeMs < lostMs) return 0;
    this.#calmFloorMs = calmMs;
    return lostBeforeMs;
  }
}
