import { RateLimit } from '../../lib/time/rate-limit.ts';

/**
 * Stamps may go back this far without a jump, in milliseconds: frames that are stamped for presentation come out of
 * order where a camera makes B-frames.
 */
const reorderedMs = 1_000;
/** Stamps may run ahead of the arrival by this much between two frames: what is lost on the way leaves a hole. */
const aheadMs = 2_000;
/** Frames that all have one stamp for this long of arrival. */
const frozenAfterMs = 800;
const frozenAfterFrames = 3;
/** A clock so coarse that most frames share their stamp with the one before, judged over this many frames at least. */
const coarseShare = 0.6;
const coarseAfterFrames = 24;
/** A camera whose stamps jump more often than this cannot be believed at all. */
const maxJumpsPerMinute = 3;
/** Where clocks run over: 32 and 31 bits (ASF, RTP; some have a sign), 33 bits (ISO/IEC 13818-1 2.4.3.7). */
const moduli = [2 ** 32, 2 ** 31, 2 ** 33];

/** Why the stamps of a session say nothing about time. */
export type StampFault = 'missing' | 'frozen' | 'jumping';

/** `still`: the stamp of the frame before. `jump`: nothing to do with what was before. */
export type StampVerdict = 'step' | 'still' | 'jump' | 'unusable';

/** The stamps of one track in one session: unrolled where their counter runs over, and judged against the arrival. */
export class SourceStamps {
  readonly #msPerTick: number;
  readonly #jumps = new RateLimit(maxJumpsPerMinute, 60_000);
  #unrolled = 0;
  #lastTicks: number | undefined;
  #lastArrivalMs = 0;
  #timeMs = 0;
  #movedAtMs = 0;
  #stillFrames = 0;
  /** How many frames had the stamp before the newest, besides the first of them; undefined while there was none. */
  #stillFramesBefore: number | undefined;
  #stillShare = 0;
  #frameCount = 0;
  #fault: StampFault | undefined;
  #skewBaseMs: number | undefined;
  #skewMs = 0;

  constructor(timescale: number) {
    this.#msPerTick = 1000 / timescale;
  }

  get fault(): StampFault | undefined {
    return this.#fault;
  }

  /** The newest stamp in milliseconds of the camera's clock, unrolled. */
  get timeMs(): number {
    return this.#timeMs;
  }

  /** The newest stamp is not the first one. */
  get hasMoved(): boolean {
    return this.#stillFramesBefore !== undefined;
  }

  /** As many frames as have the newest stamp had the one before. */
  get isUsuallyShared(): boolean {
    return this.#stillFrames <= (this.#stillFramesBefore ?? 0);
  }

  /** The camera's clock minus arrival since the session began, in milliseconds, without jumps; undefined: no stamps. */
  get skewMs(): number | undefined {
    return this.#skewBaseMs === undefined ? undefined : this.#skewMs;
  }

  judge(stamp: number | undefined, arrivedAtMs: number): StampVerdict {
    if (this.#fault !== undefined) return 'unusable';
    if (stamp === undefined || !Number.isFinite(stamp)) return this.#giveUp('missing');
    const elapsedMs = Math.max(0, arrivedAtMs - this.#lastArrivalMs);
    const isFirst = this.#lastTicks === undefined;
    const lastTicks = this.#lastTicks ?? stamp;
    if (!isFirst) this.#unroll(stamp, lastTicks, elapsedMs);
    const ticks = stamp + this.#unrolled;
    const stepMs = (ticks - lastTicks) * this.#msPerTick;
    this.#lastTicks = ticks;
    this.#lastArrivalMs = arrivedAtMs;
    this.#timeMs = ticks * this.#msPerTick;
    if (isFirst) this.#movedAtMs = arrivedAtMs;
    else if (this.#isFrozen(stepMs === 0, arrivedAtMs)) return this.#giveUp('frozen');
    const isJump = !isPlausible(stepMs, elapsedMs);
    this.#measureSkew(isJump, arrivedAtMs);
    if (isJump) return this.jumped(arrivedAtMs);
    return stepMs === 0 && !isFirst ? 'still' : 'step';
  }

  /** Counts a jump that only the caller could see. */
  jumped(arrivedAtMs: number): 'jump' | 'unusable' {
    if (this.#jumps.waitMs(arrivedAtMs) > 0) return this.#giveUp('jumping');
    this.#jumps.record(arrivedAtMs);
    return 'jump';
  }

  #unroll(stamp: number, lastTicks: number, elapsedMs: number): void {
    const step = stamp + this.#unrolled - lastTicks;
    if (isPlausible(step * this.#msPerTick, elapsedMs)) return;
    for (const modulus of moduli) {
      const turn = step < 0 ? modulus : -modulus;
      if (!isPlausible((step + turn) * this.#msPerTick, elapsedMs)) continue;
      this.#unrolled += turn;
      return;
    }
  }

  #isFrozen(isStill: boolean, arrivedAtMs: number): boolean {
    this.#frameCount += 1;
    this.#stillShare += ((isStill ? 1 : 0) - this.#stillShare) / 16;
    if (isStill) this.#stillFrames += 1;
    else {
      this.#movedAtMs = arrivedAtMs;
      this.#stillFramesBefore = this.#stillFrames;
      this.#stillFrames = 0;
    }
    const isCoarse = this.#frameCount >= coarseAfterFrames && this.#stillShare > coarseShare;
    const standsMs = arrivedAtMs - this.#movedAtMs;
    return isCoarse || (this.#stillFrames >= frozenAfterFrames && standsMs >= frozenAfterMs);
  }

  #measureSkew(isJump: boolean, arrivedAtMs: number): void {
    const offsetMs = this.#timeMs - arrivedAtMs;
    if (this.#skewBaseMs === undefined || isJump) this.#skewBaseMs = offsetMs - this.#skewMs;
    else this.#skewMs = offsetMs - this.#skewBaseMs;
  }

  #giveUp(fault: StampFault): 'unusable' {
    this.#fault = fault;
    return 'unusable';
  }
}

function isPlausible(stepMs: number, elapsedMs: number): boolean {
  return stepMs >= -reorderedMs && stepMs <= elapsedMs + aheadMs;
}
