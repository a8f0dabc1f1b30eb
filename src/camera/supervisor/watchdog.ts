import { sleptMs } from '../../lib/time/patient-timer.ts';
import type { Failure } from './supervisor-state.ts';

export interface WatchedAges {
  readonly openedAtMs: number;
  /** No silence counts from before: while this process slept it could hear nothing. */
  readonly awakeSinceMs: number;
  readonly lastByteAtMs: number | undefined;
  /** Of this session; undefined before the first. */
  readonly lastFrameAtMs: number | undefined;
  /** Usual distance of frames, in milliseconds; undefined when unknown. */
  readonly paceMs: number | undefined;
  /** Longest keyframe interval seen from this camera, also in earlier sessions, in milliseconds; 0 until known. */
  readonly longestKeyframeMs: number;
}

export type WatchdogVerdict =
  | { readonly type: 'fine' }
  /** Worth telling people; not yet a failure. */
  | { readonly type: 'quiet' }
  | { readonly type: 'failed'; readonly failure: Failure };

/** Without a frame for this long (or three frame intervals) the camera counts as stale. */
const quietAfterMs = 2_500;
/** The pace of a camera is not known before its second frame: some send one every 10 s. */
const unknownPaceMs = 12_000;

/** Some cameras send nothing but audio before a keyframe, and keyframes come up to 30 s apart. In milliseconds. */
const firstFrameMs = 35_000;
/** Others send nothing at all before it. They are given this many times the longest keyframe interval seen so far. */
const keyframePatience = 1.25;

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
 * Judges the silence of a session: bytes and frames each have an age of their own, since a camera can stop sending, and
 * can send only audio. A slow camera keeps its own pace. Neither frames without a keyframe nor audio before the first
 * frame are a failure for as long as a keyframe may take: dialling again would only restart the wait.
 */
export function judgeSilence(ages: WatchedAges, stallMs: number, nowMs: number): WatchdogVerdict {
  const ageOf = (atMs = ages.openedAtMs): number => nowMs - Math.max(atMs, ages.awakeSinceMs);
  const isFirstAwaited = ages.lastFrameAtMs !== undefined && ages.paceMs === undefined;
  const ownPaceMs = isFirstAwaited ? unknownPaceMs : 3 * (ages.paceMs ?? 0);
  const isStarting = ages.lastFrameAtMs === undefined;
  const startMs = isStarting ? keyframePatience * ages.longestKeyframeMs : 0;
  const patienceMs = Math.max(stallMs, ownPaceMs, startMs);

  const byteAgeMs = ageOf(ages.lastByteAtMs);
  if (byteAgeMs >= patienceMs) return stalled(`no data for ${seconds(byteAgeMs)} s`);

  const frameAgeMs = ageOf(ages.lastFrameAtMs);
  const framePatienceMs = Math.max(patienceMs, isStarting ? firstFrameMs : 0);
  if (frameAgeMs >= framePatienceMs)
    return stalled(`data but no frame for ${seconds(frameAgeMs)} s`);

  return { type: frameAgeMs >= Math.max(quietAfterMs, ownPaceMs) ? 'quiet' : 'fine' };
}

function stalled(message: string): WatchdogVerdict {
  return { type: 'failed', failure: { reason: 'stalled', message } };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
