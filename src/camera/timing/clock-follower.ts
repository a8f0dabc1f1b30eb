import { DelayFloor } from './arrival/delay-floor.ts';

/** An error beyond its band is worked off within about this long, at this share of the pace at most. */
const correctionMs = 4_000;
const maxCorrection = 0.05;
/** A lasting correction goes over into the rate within about this long. */
const integrationMs = 20_000;
/** An error as large as this makes the rate be measured anew. In milliseconds. */
const wrongRateMs = 200;
/** Rates closer than this are one; a quartz is ten times better. */
const noDrift = 0.0005;
/** No camera's clock is off by more, and what is more is none of ours to follow. */
const [slowest, fastest] = [0.5, 2];
/** Points that must lie on one line before a new rate is believed. */
const linePoints = 4;
/** Points that are remembered, 10 s of them; the rate between their halves may differ by this much. */
const rememberedPoints = 20;
const steadyRate = 0.003;
/** A drift as large as this is one of the camera, which its next session has too. */
const lastingDrift = 0.02;
/** The drift is told over this long. */
const ratioSpanMs = 300_000;
const leastRatioSpanMs = 10_000;

interface Point {
  readonly arrivalMs: number;
  readonly stampMs: number;
}

/**
 * Maps stamps of a camera to time of this process's monotonic clock: a line with a slope, which is exactly 1 while the
 * stamps agree with their arrival, so that good stamps stay what they are.
 *
 *   time                 .-´        e: error of the floor of the delays, beyond a band in which it is left alone
 *              slope   .´           slope = rate + e/4 s, at most 5 % off the rate
 *                   _-´  }e         rate: 1, or what four windows on one line say (40 ms stamped, 48 ms come: 1.2);
 *       slope 1 _-´´                      a correction that lasts goes over into it
 *           _-´´
 *   ──────────────────────── stamp
 */
export class ClockFollower {
  readonly floor = new DelayFloor();
  #originStampMs: number | undefined;
  #originTimeMs = 0;
  #slope: number;
  #rate: number;
  #lastExcessMs = 0;
  #points: Point[] = [];
  #ratioFrom: Point | undefined;
  #ratioNext: Point | undefined;
  #ratio: number | undefined;

  /** `rate`: known from an earlier session. */
  constructor(rate: number) {
    this.#slope = rate;
    this.#rate = rate;
  }

  get isAnchored(): boolean {
    return this.#originStampMs !== undefined;
  }

  /** Time per stamp; 1 for a clock that was never seen to drift. */
  get rate(): number {
    return this.#rate;
  }

  /** What the next session begins with, by all of this one; undefined until it has lasted some seconds. */
  get lastingRate(): number | undefined {
    if (this.#ratio === undefined) return undefined;
    const rate = 1 / this.#ratio;
    const isDrift = Math.abs(rate - 1) >= lastingDrift;
    return isDrift && Math.abs(rate - this.#rate) < lastingDrift ? rate : 1;
  }

  /** Seconds of the camera's clock in a second of arrival, over some minutes; undefined until known. */
  get ratio(): number | undefined {
    return this.#ratio;
  }

  timeOf(stampMs: number): number {
    return this.#originTimeMs + this.#slope * (stampMs - (this.#originStampMs ?? stampMs));
  }

  /** From now on `stampMs` means `timeMs`, and nothing is known of how older stamps came. */
  anchor(stampMs: number, timeMs: number): void {
    if (this.isAnchored) this.floor.restart();
    this.#originStampMs = stampMs;
    this.#originTimeMs = timeMs;
    this.#points = [];
    this.#ratioFrom = undefined;
    this.#ratioNext = undefined;
  }

  /** Moves all times by `ms`. */
  move(ms: number): void {
    this.#originTimeMs += ms;
    this.floor.moved(ms);
  }

  /** The delay as it is counts as constant from now on, and the rate is what the last 10 s say, where they agree. */
  settle(stampMs: number): void {
    if (!this.floor.isKnown) return;
    this.floor.settle();
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    const middle = this.#points[rememberedPoints / 2];
    if (first === undefined || last === undefined || middle === undefined) return;
    const [early, late] = [rateBetween(first, middle), rateBetween(middle, last)];
    if (this.#rate === 1 || !(Math.abs(early - late) < steadyRate)) return;
    this.#rate = Math.max(slowest, Math.min(fastest, rateBetween(first, last)));
    this.#turn(stampMs, this.#rate);
  }

  /**
   * `stampMs` rises. Errors within `bandMs` around `referenceMs` (the error of the track that is followed, 0 for the
   * arrival itself) are left alone.
   */
  observe(stampMs: number, arrivedAtMs: number, bandMs: number, referenceMs: number): void {
    const lastArrivalMs = this.floor.pointArrivalMs;
    if (!this.floor.note(arrivedAtMs, this.timeOf(stampMs), stampMs)) return;
    const { pointArrivalMs, pointStampMs } = this.floor;
    const point = { arrivalMs: pointArrivalMs, stampMs: pointStampMs };
    this.#points.push(point);
    if (this.#points.length > rememberedPoints) this.#points.shift();
    this.#measureRatio(point);
    const elapsedMs = this.#points.length < 2 ? 0 : point.arrivalMs - lastArrivalMs;
    const slope = this.#nextSlope(bandMs, referenceMs, elapsedMs);
    this.#turn(stampMs, slope);
  }

  #turn(stampMs: number, slope: number): void {
    if (slope === this.#slope) return;
    this.#originTimeMs = this.timeOf(stampMs);
    this.#originStampMs = stampMs;
    this.#slope = slope;
  }

  #nextSlope(bandMs: number, referenceMs: number, elapsedMs: number): number {
    const { floor } = this;
    // What is taken for a constant delay at first may be a drift.
    const startMs = floor.isLearning ? 0 : floor.baseMs + referenceMs;
    const isFarOff = Math.abs(floor.latestMs - startMs) > wrongRateMs;
    const measured = isFarOff ? this.#measuredRate() : undefined;
    if (measured !== undefined) {
      this.#rate = measured;
      floor.unlearn();
    }
    if (floor.isLearning) return this.#rate;
    const errorMs = floor.errorMs - referenceMs;
    const excessMs = Math.sign(errorMs) * Math.max(0, Math.abs(errorMs) - bandMs);
    const wanted = excessMs / correctionMs;
    const correction = Math.max(-maxCorrection, Math.min(maxCorrection, wanted));
    // What is being worked off already needs no other rate.
    const isGrowing = Math.abs(excessMs) >= Math.abs(this.#lastExcessMs) - 0.5;
    if (measured === undefined && isGrowing) {
      this.#rate += (correction * elapsedMs) / integrationMs;
    }
    this.#lastExcessMs = excessMs;
    this.#rate = Math.max(slowest, Math.min(fastest, this.#rate));
    if (excessMs === 0 && Math.abs(this.#rate - 1) < noDrift) this.#rate = 1;
    return this.#rate + correction;
  }

  /** What the newest points say, where they lie on one line that is not the present one. */
  #measuredRate(): number | undefined {
    const start = this.#points.length - linePoints;
    const [first, last] = [this.#points[start], this.#points.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const rate = rateBetween(first, last);
    const change = Math.abs(rate - this.#rate);
    if (!(rate >= slowest && rate <= fastest) || change < 0.02) return undefined;
    for (let index = start + 1; index < this.#points.length; index += 1) {
      const [from, to] = [this.#points[index - 1] ?? first, this.#points[index] ?? last];
      if (!(Math.abs(rateBetween(from, to) - rate) < 0.5 * change)) return undefined;
    }
    return rate;
  }

  #measureRatio(point: Point): void {
    this.#ratioFrom ??= point;
    this.#ratioNext ??= point;
    if (point.arrivalMs - this.#ratioNext.arrivalMs > ratioSpanMs) {
      this.#ratioFrom = this.#ratioNext;
      this.#ratioNext = point;
    }
    const spanMs = point.arrivalMs - this.#ratioFrom.arrivalMs;
    if (spanMs >= leastRatioSpanMs) this.#ratio = 1 / rateBetween(this.#ratioFrom, point);
  }
}

/** Arrival per stamp. */
function rateBetween(from: Point, to: Point): number {
  return (to.arrivalMs - from.arrivalMs) / (to.stampMs - from.stampMs);
}
