import type { Frame } from '../../../media/frame.ts';
import type { SegmenterRun } from './segmenter-run.ts';
import {
  chooseTargets,
  fullPartShare,
  intervalsForTargets,
  longestSegmentMs,
  type Targets,
} from './targets.ts';

/** Frames may be so many times as long as PART-TARGET. */
const longestFrameShare = 1.25;
/** By then, in frames from when the interval is settled, none of the first intervals counts any more. */
const judgedFrames = 9;
/** PART-TARGET may be so many times as long as a frame and as wanted: two frames are a third longer at most. */
const longestPartShare = 1.4;

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
  /** The first run whose interval was settled. */
  #judgedRun: SegmenterRun | undefined;
  #judgedCount = 0;

  constructor(wishes: TargetWishes) {
    this.#wishes = wishes;
  }

  /** undefined before they are fixed. */
  get targets(): Targets | undefined {
    return this.#targets;
  }

  /** The GOP or the frame interval no longer fits them. */
  get fits(): boolean {
    return this.#fits;
  }

  /** Settled frame interval of this or the run before, in milliseconds; undefined before one is known. */
  get frameMs(): number | undefined {
    return this.#frameMs;
  }

  /** Enough intervals are known, or what is open fills a part. */
  canFix(run: SegmenterRun): boolean {
    if (this.#targets !== undefined) return true;
    return run.clock.intervalCount >= intervalsForTargets || this.#fillsPart(run);
  }

  /**
   * Fixes them at the first call, by the shortest distance of the first frames (too short an estimate only makes
   * PART-TARGET equal to `partMs`) or, before a second frame, by how long the first is expected to last.
   */
  fix({ clock, declaredTicks }: SegmenterRun): { targets: Targets; isNew: boolean } {
    if (this.#targets !== undefined) return { targets: this.#targets, isNew: false };
    const frameTicks = clock.shortestIntervalTicks || clock.endTicks - declaredTicks;
    const frameMs = (frameTicks * 1000) / clock.timescale;
    this.#targets = chooseTargets({ ...this.#wishes, frameMs });
    return { targets: this.#targets, isNew: true };
  }

  /**
   * After a frame was added. Judged by whole GOPs and a settled frame rate only: a new playlist made from half of the
   * facts would not last.
   */
  check(run: SegmenterRun, targets: Targets, frame: Frame): void {
    const { clock } = run;
    if (clock.isSettled) {
      this.#frameMs = (clock.frameTicks * 1000) / clock.timescale;
      if (this.#frameMs > longestFrameShare * targets.partTargetMs) this.#fits = false;
      this.#judgedRun ??= run;
      if (run === this.#judgedRun) this.#judgeFirstIntervals(targets, this.#frameMs);
    }
    const gopMs = (clock.longestGopTicks * 1000) / clock.timescale;
    if (frame.isKeyframe && gopMs > longestSegmentMs(targets)) this.#fits = false;
  }

  /**
   * They may have been fixed by a hole, or by first intervals that are longer than those that follow. Judged only at
   * the beginning: a still picture that is shown later may have shorter frames than its slow camera, whose parts it
   * fills.
   */
  #judgeFirstIntervals({ partTargetMs }: Targets, frameMs: number): void {
    if (this.#judgedCount >= judgedFrames) return;
    this.#judgedCount += 1;
    const neededMs = Math.max(this.#wishes.partMs, frameMs);
    if (partTargetMs > longestPartShare * neededMs) this.#fits = false;
  }

  /** Whether what is open fills a part of the wanted length. */
  #fillsPart({ clock, declaredTicks }: SegmenterRun): boolean {
    const partTicks = (this.#wishes.partMs * clock.timescale) / 1000;
    return clock.endTicks - declaredTicks >= fullPartShare * partTicks;
  }
}
