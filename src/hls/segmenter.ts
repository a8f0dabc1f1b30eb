import type { Fragment, InitSegment, TrackRun } from '../media/types.ts';
import { isLagging, isPartFull, isSegmentFull, isSegmentLongEnough } from './cut-rules.ts';
import type { ObservedFrameRate } from './frame-rate.ts';
import { FixedTargets, type TargetWishes } from './fixed-targets.ts';
import { MediaTimeline } from './media-timeline.ts';
import { PartAssembly } from './part-assembly.ts';
import { makePrerollParts } from './preroll-parts.ts';
import type { SegmenterEvent, SegmenterPart, SegmentOpening } from './segmenter-events.ts';
import {
  anchorSession,
  beginSession,
  wallClockMs,
  type SegmenterSession,
} from './segmenter-session.ts';
import type { Targets } from './targets.ts';

export interface SegmenterOptions extends TargetWishes {
  /** A segment is cut at this size whatever the stamps say, so that a broken clock cannot fill the memory. */
  readonly maxSegmentBytes: number;
  /** A segment that no keyframe begins is left out, up to the next keyframe. */
  readonly hasIndependentSegments: boolean;
}

/**
 * Dates that are ahead of the wall clock by more than this, in milliseconds, are those of a clock that was set back
 * since; a GOP that came all at once, or a camera's fast clock, is ahead by seconds.
 */
const longestLeadMs = 60_000;

interface VideoArrival {
  readonly fragment: Fragment;
  readonly run: TrackRun;
  readonly arrivedAtMs: number;
}

/**
 * Groups fragments (one frame each) into parts and segments. Pure: fragments in, events out.
 *
 * Video leads and cuts; audio goes into the part of the frame that follows it. Segments begin at keyframes, except when
 * a GOP is longer than TARGETDURATION. A part holds whole frames, but its declared end is never later than its start plus
 * PART-TARGET: when frames come irregularly the rest is declared by the parts that follow, so that durations always add
 * up to the media's true length and each stays between 85 % and 100 % of PART-TARGET.
 *
 * hls.js refuses a playlist without a whole segment, and a viewer must not wait a GOP for the first picture. So an empty
 * playlist begins with a preroll, a segment that shows the first keyframe for as long as PART-HOLD-BACK; the GOP itself
 * stays one segment, which viewers who come in its middle can enter at its keyframe. Where no preroll can be made the
 * first part is a segment of its own instead.
 */
export class Segmenter {
  readonly #options: SegmenterOptions;
  readonly #targets: FixedTargets;
  #session: SegmenterSession | undefined;
  /** No segment is complete since the start or the last `restart`. */
  #isPlaylistEmpty = true;
  #lastDeclaredMs = 0;
  #isAheadOfClock = false;
  readonly #part = new PartAssembly();
  readonly #timeline = new MediaTimeline();
  #segmentBytes = 0;

  constructor(options: SegmenterOptions) {
    this.#options = options;
    this.#targets = new FixedTargets(options);
  }

  /** The GOP or the frame interval no longer fits the fixed targets, or the dates no longer fit the wall clock. */
  get needsNewLife(): boolean {
    return !this.#targets.fits || this.#isAheadOfClock;
  }

  /** The longest recent GOP of this session, in milliseconds; undefined before one is known. */
  get observedGopMs(): number | undefined {
    return this.#session?.clock.longestGopMs;
  }

  get observedFrameRate(): ObservedFrameRate {
    const clock = this.#session?.clock;
    return { steady: clock?.steadyFrameRate, median: clock?.medianFrameRate };
  }

  /** A new session: its first keyframe opens a segment. Call `end` before. An init without video yields nothing. */
  begin(init: InitSegment): void {
    this.#part.clear();
    this.#session = beginSession(init, this.#targets.frameMs);
  }

  push(fragment: Fragment, arrivedAtMs: number): SegmenterEvent[] {
    const session = this.#session;
    if (session === undefined) return [];
    const run = fragment.runs.find((candidate) => candidate.trackId === session.video.id);
    if (run !== undefined) return this.#pushVideo(session, { fragment, run, arrivedAtMs });
    if (!session.isWaitingForKeyframe && this.#part.addSound(fragment)) {
      this.#timeline.add(fragment);
      this.#segmentBytes += fragment.bytes.length;
    }
    return [];
  }

  /** Closes what is open, for a playlist that is emptied; the session goes on with its next keyframe, behind a discontinuity. */
  restart(): SegmenterEvent[] {
    const session = this.#session;
    const events = session === undefined ? [] : this.#interrupt(session);
    this.#isPlaylistEmpty = true;
    return events;
  }

  /** Makes what was received playable. Idempotent. */
  end(): SegmenterEvent[] {
    const session = this.#session;
    if (session === undefined) return [];
    const events = this.#closeSegment(session);
    this.#timeline.close(session);
    this.#part.clear();
    this.#session = undefined;
    return [...events, { type: 'discontinuity' }];
  }

  #interrupt(session: SegmenterSession): SegmenterEvent[] {
    const events = this.#closeSegment(session);
    session.clock.restart();
    return [...events, ...this.#waitForKeyframe(session)];
  }

  /** It would begin a segment and must not. */
  #isBarred(session: SegmenterSession, run: TrackRun): boolean {
    const begins = !session.isSegmentOpen && this.#part.frameCount === 0;
    return this.#options.hasIndependentSegments && begins && !run.isKeyframe;
  }

  #waitForKeyframe(session: SegmenterSession): SegmenterEvent[] {
    this.#timeline.close(session);
    this.#part.clear();
    session.isWaitingForKeyframe = true;
    return [{ type: 'discontinuity' }];
  }

  #pushVideo(session: SegmenterSession, arrival: VideoArrival): SegmenterEvent[] {
    const { fragment, run } = arrival;
    const events: SegmenterEvent[] = [];
    if (!session.isWaitingForKeyframe && session.clock.isBreak(run)) {
      events.push(...this.#interrupt(session));
    }
    if (session.isWaitingForKeyframe) {
      if (!run.isKeyframe) return events;
      session.isWaitingForKeyframe = false;
      this.#anchor(session, arrival);
      this.#goOn(session, fragment);
    } else {
      session.clock.reach(run);
      events.push(...this.#cutBefore(session, arrival));
      if (this.#isBarred(session, run)) {
        return [...events, ...this.#waitForKeyframe(session)];
      }
    }
    this.#addFrame(session, fragment, run);
    events.push(...this.#cutAfter(session, run));
    return events;
  }

  /** Viewers may hold the playlist even after it was emptied: their media time must go on, whatever the session's says. */
  #goOn(session: SegmenterSession, first: Fragment): void {
    const isShiftable = session.defaults !== undefined;
    session.shiftTicks = isShiftable ? this.#timeline.shiftFor(session, first) : undefined;
  }

  /** The dates of a playlist never go back: where the wall clock was set back, they go on as they were. */
  #anchor(session: SegmenterSession, { run, arrivedAtMs }: VideoArrival): void {
    this.#isAheadOfClock = this.#lastDeclaredMs - arrivedAtMs > longestLeadMs;
    anchorSession(session, run.decodeTime, Math.max(arrivedAtMs, this.#lastDeclaredMs));
  }

  #cutBefore(session: SegmenterSession, arrival: VideoArrival): SegmenterEvent[] {
    if (!this.#targets.canFixBefore(session)) return [];
    const { run } = arrival;
    const { events, targets } = this.#fixTargets(session);
    if (run.isKeyframe && isSegmentLongEnough(session, targets, this.#options.segmentMs)) {
      events.push(...this.#closeSegment(session));
      if (isLagging(session, run)) {
        events.push({ type: 'discontinuity' });
        this.#anchor(session, arrival);
      }
    } else if (this.#segmentBytes > this.#options.maxSegmentBytes) {
      events.push(...this.#closeSegment(session));
    } else if (isPartFull(session, targets, session.clock.durationOf(run))) {
      events.push(...this.#closePart(session, targets));
    }
    return events;
  }

  #addFrame(session: SegmenterSession, fragment: Fragment, run: TrackRun): void {
    session.clock.add(run);
    this.#timeline.add(fragment);
    this.#part.addFrame(fragment, run);
    this.#segmentBytes += fragment.bytes.length;
  }

  #cutAfter(session: SegmenterSession, run: TrackRun): SegmenterEvent[] {
    if (!this.#targets.canFixAfter(session)) return [];
    const { events, targets } = this.#fixTargets(session);
    this.#targets.check(session, targets, run);
    const nextTicks = session.clock.frameTicks || session.clock.durationOf(run);
    if (isPartFull(session, targets, nextTicks)) {
      events.push(...this.#closePart(session, targets));
    }
    return events;
  }

  #fixTargets(session: SegmenterSession): { events: SegmenterEvent[]; targets: Targets } {
    const { targets, isNew } = this.#targets.fix(session);
    return { events: isNew ? [{ type: 'targets', targets }] : [], targets };
  }

  #closePart(session: SegmenterSession, targets: Targets): SegmenterEvent[] {
    if (this.#part.frameCount === 0) return [];
    const { clock } = session;
    const target = Math.floor((targets.partTargetMs * clock.timescale) / 1000);
    const length = Math.max(1, Math.min(clock.endTicks - session.declaredTicks, target));
    const isBeginning = this.#isPlaylistEmpty && !session.isSegmentOpen;
    const events = isBeginning ? this.#preroll(session, targets) : [];
    const opens = session.isSegmentOpen ? undefined : this.#openSegment(session);
    const part: SegmenterPart = {
      bytes: this.#part.merge(session),
      durationSeconds: length / clock.timescale,
      frameCount: this.#part.frameCount,
      isIndependent: this.#part.isIndependent,
      keyframes: this.#part.keyframes,
      isPreroll: false,
    };
    session.declaredTicks += length;
    this.#lastDeclaredMs = wallClockMs(session, session.declaredTicks);
    this.#part.clear();
    events.push({ type: 'part', part, opens });
    // The next part might not fit, and no keyframe may come in time: end it here, where a keyframe is welcome too.
    if (isSegmentFull(session, targets)) {
      events.push(...this.#closeSegment(session));
    } else if (this.#isPlaylistEmpty && !this.#options.hasIndependentSegments) {
      // The rest of the GOP is a segment of its own, but as long as if both were one: it ends at the usual keyframe.
      events.push(...this.#endSegment(session));
    }
    return events;
  }

  #preroll(session: SegmenterSession, targets: Targets): SegmenterEvent[] {
    const parts = makePrerollParts(session, targets, this.#part.fragments);
    if (parts.length === 0) return [];
    const opening = this.#openSegment(session);
    const programDateTimeMs = opening.programDateTimeMs - parts.length * targets.partTargetMs;
    const opens = { ...opening, isPreroll: true, programDateTimeMs };
    const events = parts.map((part, index): SegmenterEvent => {
      return { type: 'part', part, opens: index === 0 ? opens : undefined };
    });
    return [...events, ...this.#endSegment(session)];
  }

  #openSegment(session: SegmenterSession): SegmentOpening {
    const opening: SegmentOpening = {
      isPreroll: false,
      init: session.init,
      programDateTimeMs: wallClockMs(session, session.declaredTicks),
    };
    session.isSegmentOpen = true;
    return opening;
  }

  #closeSegment(session: SegmenterSession): SegmenterEvent[] {
    const events: SegmenterEvent[] = [];
    if (this.#part.frameCount > 0) {
      const fixed = this.#fixTargets(session);
      events.push(...fixed.events, ...this.#closePart(session, fixed.targets));
    }
    events.push(...this.#endSegment(session));
    session.segmentStartTicks = session.declaredTicks;
    return events;
  }

  #endSegment(session: SegmenterSession): SegmenterEvent[] {
    if (!session.isSegmentOpen) return [];
    session.isSegmentOpen = false;
    this.#isPlaylistEmpty = false;
    this.#segmentBytes = 0;
    return [{ type: 'segment-end' }];
  }
}
