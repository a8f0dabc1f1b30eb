import { ArrivalInterval, usualIntervalMs } from './arrival/arrival-interval.ts';
import { ArrivalPace } from './arrival/arrival-pace.ts';
import { ClockFollower } from './clock-follower.ts';
import { DecodeOrder } from './decode-order.ts';
import { FrameInterval } from './frame-interval.ts';
import type { DatedFrame } from './arrival/initial-backlog.ts';
import { SourceStamps, type StampVerdict } from './source-stamps.ts';

/** Times may run ahead of arrival by this much, in milliseconds; from half of it on they are slowed. */
const furthestAheadMs = 1_000;
/**
 * A frame whose stamp makes it later than this comes from a clock that was set, or that stood still while the camera
 * paused.
 */
const furthestBehindMs = 4_000;
/** Clock error that is not corrected, in milliseconds; less where audio has to stay in step. */
const bandMs = 100;
const bandWithAudioMs = 15;

/** What earlier sessions have shown. */
export interface PaceHints {
  /** undefined where there was none. */
  readonly intervalMs: number | undefined;
  /** Time per stamp. */
  readonly rate: number;
}

/**
 * Times of one session's video frames, in milliseconds of the monotonic clock: a frame's own time is near its arrival.
 * Good stamps keep their intervals; a clock that drifts is followed; after a jump, times continue from the arrival;
 * without usable stamps arrival is smoothed.
 */
export class VideoTimes {
  readonly stamps: SourceStamps;
  readonly clock: ClockFollower;
  readonly order = new DecodeOrder();
  /** By the stamps, and by arrival, in case they turn out to say nothing. */
  readonly #interval = new FrameInterval();
  readonly #arrivals: ArrivalInterval;
  readonly #intervalHintMs: number | undefined;
  /** While arrival is all that tells the time. */
  #pace: ArrivalPace | undefined;
  #ptsMs = 0;
  #dtsMs = 0;
  #lastShownMs = -Infinity;
  #frameCount = 0;
  /** Latest presentation time so far; undefined before the first frame. */
  #latestMs: number | undefined;
  /** The part of the delay that the declared wall clock accounts for. */
  #knownDelayMs = 0;

  constructor(stampTimescale: number, { intervalMs, rate }: PaceHints) {
    this.stamps = new SourceStamps(stampTimescale);
    this.clock = new ClockFollower(rate);
    this.#arrivals = new ArrivalInterval(intervalMs);
    this.#intervalHintMs = intervalMs;
  }

  get ptsMs(): number {
    return this.#ptsMs;
  }

  get dtsMs(): number {
    return this.#dtsMs;
  }

  get usesArrival(): boolean {
    return this.#pace !== undefined;
  }

  /** The camera's own pace; undefined until it has shown one. */
  get intervalMs(): number | undefined {
    if (!this.usesArrival) return this.#interval.ms;
    return this.#arrivals.isMeasured ? this.#arrivals.ms : undefined;
  }

  /** Frames of bursts are spread, by the few arrivals that there were. */
  get isSpread(): boolean {
    return this.usesArrival && this.#arrivals.burstMs > 0.5 * this.#arrivals.ms;
  }

  /** A run starts with the next frame, with this depth of reordering. */
  startRun(depth: number): void {
    this.order.start(depth, this.intervalMs ?? this.#intervalHintMs ?? usualIntervalMs);
  }

  /** Makes the present delay part of the declared wall clock, so that it no longer counts as an error. Returns it. */
  acceptDelay(): number {
    const { floor } = this.clock;
    if (this.usesArrival && floor.isKnown) floor.settle();
    else this.clock.settle(this.stamps.timeMs);
    this.#knownDelayMs = floor.isKnown ? floor.floorMs : 0;
    return this.#knownDelayMs;
  }

  /**
   * `audioErrorMs`: how far audio, counted in samples, is behind its arrival, if it is close enough to be followed;
   * undefined: no such audio.
   */
  take({ frame, arrivedAtMs, readAtMs }: DatedFrame, audioErrorMs: number | undefined): void {
    this.#arrivals.note(arrivedAtMs, readAtMs);
    const verdict = this.stamps.judge(frame.stamp, arrivedAtMs);
    const stampedMs = this.#timeOf(verdict, arrivedAtMs);
    const latestMs = this.#latestMs ?? -Infinity;
    const isNewest = stampedMs > latestMs;
    this.#measureInterval(stampedMs, verdict === 'still');
    const isOutOfOrder = this.order.depth === 0 && !isNewest;
    const timeMs = isOutOfOrder ? this.#nextToLatest(arrivedAtMs) : stampedMs;
    this.#ptsMs = timeMs;
    this.#dtsMs = this.order.push(timeMs);
    this.#latestMs = Math.max(latestMs, timeMs);
    if (this.stamps.fault !== undefined) this.clock.floor.note(arrivedAtMs, timeMs, 0);
    else if (isNewest && !this.usesArrival) this.#follow(arrivedAtMs, audioErrorMs);
  }

  /**
   * Over all frames since the one that is shown last so far, which does not depend on their order. Where stamps stand
   * still, the time in between is ours.
   */
  #measureInterval(stampedMs: number, isStill: boolean): void {
    this.#frameCount += 1;
    if (isStill || stampedMs <= this.#lastShownMs) return;
    const distanceMs = stampedMs - this.#lastShownMs;
    if (Number.isFinite(distanceMs)) this.#interval.note(distanceMs / this.#frameCount);
    this.#lastShownMs = stampedMs;
    this.#frameCount = 0;
  }

  #follow(arrivedAtMs: number, audioErrorMs: number | undefined): void {
    const band = audioErrorMs === undefined ? bandMs : bandWithAudioMs;
    this.clock.observe(this.stamps.timeMs, arrivedAtMs, band, audioErrorMs ?? 0);
  }

  #timeOf(verdict: StampVerdict, arrivedAtMs: number): number {
    if (this.#pace !== undefined && verdict === 'step') this.#goOnByStamps(this.#pace, arrivedAtMs);
    switch (verdict) {
      case 'step':
        return this.#stamped(arrivedAtMs);
      case 'still':
        return this.stamps.hasMoved ? this.#still(arrivedAtMs) : this.#paced(arrivedAtMs);
      case 'jump':
        this.#pace = undefined;
        return this.#anchor(arrivedAtMs);
      case 'unusable':
        return this.#paced(arrivedAtMs);
    }
  }

  /** Stamps that stood still from the beginning move at last. */
  #goOnByStamps(pace: ArrivalPace, arrivedAtMs: number): void {
    this.clock.anchor(this.stamps.timeMs, pace.next(arrivedAtMs - this.#knownDelayMs));
    this.#pace = undefined;
  }

  #stamped(arrivedAtMs: number): number {
    const { clock, stamps, order } = this;
    if (!clock.isAnchored) return this.#anchor(arrivedAtMs);
    const timeMs = clock.timeOf(stamps.timeMs);
    const isFarBehind = this.#dueMs(arrivedAtMs) - timeMs > furthestBehindMs;
    if (isFarBehind || order.isSetBack(timeMs)) {
      const verdict = stamps.jumped(arrivedAtMs);
      return verdict === 'jump' ? this.#anchor(arrivedAtMs) : this.#paced(arrivedAtMs);
    }
    const tooMuch = timeMs - this.#squeezed(timeMs, arrivedAtMs);
    if (tooMuch > 0) clock.move(-tooMuch);
    return timeMs - tooMuch;
  }

  /** Times in the upper half of the allowed lead are compressed progressively, so that they stay within it. */
  #squeezed(timeMs: number, arrivedAtMs: number): number {
    const limitMs = arrivedAtMs - this.#knownDelayMs + furthestAheadMs;
    const fromMs = Math.max(this.#latestMs ?? -Infinity, limitMs - furthestAheadMs / 2);
    if (timeMs <= fromMs) return timeMs;
    const roomMs = Math.max(0, limitMs - fromMs);
    const stepMs = timeMs - fromMs;
    return fromMs + (stepMs * roomMs) / (roomMs + stepMs);
  }

  /** The time that an undelayed frame arriving now would have. */
  #dueMs(arrivedAtMs: number): number {
    return arrivedAtMs - this.clock.floor.floorMs;
  }

  /** The stamps begin anew here: time continues from the arrival. */
  #anchor(arrivedAtMs: number): number {
    const timeMs = this.#behindLatest(arrivedAtMs);
    this.clock.anchor(this.stamps.timeMs, timeMs);
    this.order.isSetBack(timeMs);
    return timeMs;
  }

  #behindLatest(arrivedAtMs: number): number {
    const dueMs = this.#dueMs(arrivedAtMs);
    return this.#latestMs === undefined ? dueMs : Math.max(this.#nextToLatest(arrivedAtMs), dueMs);
  }

  /** A little later than all earlier frames, where the stamp says nothing better. */
  #nextToLatest(arrivedAtMs: number): number {
    const latestMs = this.#latestMs ?? 0;
    const stepMs = Math.min(this.intervalMs ?? usualIntervalMs, 4 * usualIntervalMs) / 4;
    return this.#squeezed(latestMs + stepMs, arrivedAtMs);
  }

  /** Frames of a burst that has a single stamp are spread up to the next one. */
  #still(arrivedAtMs: number): number {
    const isOfBurst = this.#arrivals.cameAtOnce && this.stamps.isUsuallyShared;
    if (!isOfBurst) return this.#behindLatest(arrivedAtMs);
    const stepMs = this.intervalMs ?? usualIntervalMs;
    return this.#squeezed((this.#latestMs ?? 0) + stepMs, arrivedAtMs);
  }

  #paced(arrivedAtMs: number): number {
    const dueMs = arrivedAtMs - this.#knownDelayMs;
    if (this.#latestMs === undefined) return dueMs;
    this.#pace ??= new ArrivalPace(this.#arrivals, this.#latestMs);
    return this.#pace.next(dueMs);
  }
}
