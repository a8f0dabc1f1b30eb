import { sleptMs } from '../lib/patient-timer.ts';
import type { Failure } from './supervisor-state.ts';

export interface WatchedAges {
  readonly openedAtMs: number;
  /** No silence counts from before: while this process slept it could hear nothing. */
  readonly awakeSinceMs: number;
  readonly lastByteAtMs: number | undefined;
  /** Of this session; undefined before the first. */
  readonly lastFrameAtMs: number | undefined;
  /** Of this session; undefined before the first. */
  readonly lastKeyframeAtMs: number | undefined;
  /** Longest distance of keyframes seen, in milliseconds; 0 when unknown. */
  readonly longestGopMs: number;
  /** Measured distance of frames, in milliseconds; undefined when unknown. */
  readonly frameIntervalMs: number | undefined;
}

export type WatchdogVerdict =
  | { readonly type: 'fine' }
  /** Worth telling people; not yet a failure. */
  | { readonly type: 'quiet' }
  | { readonly type: 'failed'; readonly failure: Failure };

/** Without a frame for this long (or three frame intervals) the picture counts as stale. */
const quietAfterMs = 2_500;
/** A camera may begin in the middle of a long GOP: the first keyframe has this long. */
const firstKeyframeMs = 20_000;

/** How often somebody must look that a sleep of this process is noticed, in milliseconds. */
export const lookEveryMs = 500;

/** Notices that this process slept (was stopped, or its event loop blocked), by looks that come much too late. */
export class Wakefulness {
  #lookedAtMs: number;
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: number) {
    this.#lookedAtMs = nowMs;
  }

  /** When it last woke; -Infinity: it never slept. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Whether it slept since the last look. */
  look(nowMs: number): boolean {
    const hasSlept = nowMs - this.#lookedAtMs >= lookEveryMs + sleptMs;
    this.#lookedAtMs = nowMs;
    if (hasSlept) this.#sinceMs = nowMs;
    return hasSlept;
  }
}

/**
 * Judges the silence of a session: bytes, frames and keyframes each have an age of their own, since a camera can stop
 * sending, can send only sound, and can send a picture that no decoder can enter.
 */
export function judgeSilence(ages: WatchedAges, stallMs: number, nowMs: number): WatchdogVerdict {
  const ageOf = (atMs = ages.openedAtMs): number => nowMs - Math.max(atMs, ages.awakeSinceMs);
  const byteAgeMs = ageOf(ages.lastByteAtMs);
  if (byteAgeMs >= stallMs) return stalled(`no data for ${seconds(byteAgeMs)} s`);

  const frameAgeMs = ageOf(ages.lastFrameAtMs);
  if (frameAgeMs >= Math.max(stallMs, 3 * (ages.frameIntervalMs ?? 0))) {
    return stalled(`data but no picture for ${seconds(frameAgeMs)} s`);
  }

  const keyframeAgeMs = ageOf(ages.lastKeyframeAtMs);
  const keyframeBoundMs =
    ages.lastKeyframeAtMs === undefined || ages.longestGopMs === 0
      ? Math.max(stallMs, firstKeyframeMs)
      : Math.max(stallMs, 2.5 * ages.longestGopMs);
  if (keyframeAgeMs >= keyframeBoundMs) {
    return stalled(`pictures but no keyframe for ${seconds(keyframeAgeMs)} s`);
  }

  const isQuiet = frameAgeMs >= Math.max(quietAfterMs, 3 * (ages.frameIntervalMs ?? 0));
  return { type: isQuiet ? 'quiet' : 'fine' };
}

function stalled(message: string): WatchdogVerdict {
  return { type: 'failed', failure: { reason: 'stalled', message } };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
