import type { TrackRun } from '../media/types.ts';
import type { SegmenterSession } from './segmenter-session.ts';
import {
  chooseTargets,
  fullPartShare,
  intervalsForTargets,
  longestSegmentMs,
  type Targets,
} from './targets.ts';

export interface TargetWishes {
  /** Wanted length of a part, in milliseconds. */
  readonly partMs: number;
  /** Shortest segment, in milliseconds. */
  readonly segmentMs: number;
  readonly knownGopMs: number | undefined;
}

/** The targets of one playlist: fixed once, early, from what the first frames show, and watched from then on. */
export class FixedTargets {
  readonly #wishes: TargetWishes;
  #targets: Targets | undefined;
  #frameMs: number | undefined;
  #fits = true;

  constructor(wishes: TargetWishes) {
    this.#wishes = wishes;
  }

  /** The GOP or the frame interval no longer fits them. */
  get fits(): boolean {
    return this.#fits;
  }

  /** Settled frame interval of this or the session before, in milliseconds; undefined before one is known. */
  get frameMs(): number | undefined {
    return this.#frameMs;
  }

  /**
   * Before a frame is added: enough intervals are known, or what is open fills a part. Beside sound a single interval does
   * not count, as it may be the stretched one: at 5 fps it made PART-TARGET 0.29 s instead of 0.2 s.
   */
  canFixBefore(session: SegmenterSession): boolean {
    const { intervalCount } = session.clock;
    const isBelievable = !session.hasAudio || intervalCount >= 2;
    return (
      this.#targets !== undefined ||
      intervalCount >= intervalsForTargets ||
      (isBelievable && this.#fillsPart(session))
    );
  }

  /**
   * After a frame was added. Without sound each fragment is written when its successor's time is known, so durations can
   * be believed.
   */
  canFixAfter(session: SegmenterSession): boolean {
    return this.#targets !== undefined || (!session.hasAudio && this.#fillsPart(session));
  }

  /**
   * Fixes them at the first call, by the shortest distance of the first frames (too short an estimate only makes
   * PART-TARGET equal to `partMs`) or, before a second frame, by the first's length.
   */
  fix({ clock, declaredTicks }: SegmenterSession): { targets: Targets; isNew: boolean } {
    if (this.#targets !== undefined) return { targets: this.#targets, isNew: false };
    const frameTicks = clock.shortestIntervalTicks || clock.endTicks - declaredTicks;
    const frameMs = (frameTicks * 1000) / clock.timescale;
    this.#targets = chooseTargets({ ...this.#wishes, frameMs });
    return { targets: this.#targets, isNew: true };
  }

  /** After a frame was added. Judged by whole GOPs and a settled frame rate only: a new playlist made from half of the facts would not last. */
  check({ clock }: SegmenterSession, targets: Targets, run: TrackRun): void {
    if (clock.isSettled) {
      this.#frameMs = (clock.frameTicks * 1000) / clock.timescale;
      if (this.#frameMs > 1.25 * targets.partTargetMs) this.#fits = false;
    }
    const gopMs = (clock.longestGopTicks * 1000) / clock.timescale;
    if (run.isKeyframe && gopMs > longestSegmentMs(targets)) this.#fits = false;
  }

  /** Whether what is open fills a part of the wanted length. */
  #fillsPart({ clock, declaredTicks }: SegmenterSession): boolean {
    const partTicks = (this.#wishes.partMs * clock.timescale) / 1000;
    return clock.endTicks - declaredTicks >= fullPartShare * partTicks;
  }
}
