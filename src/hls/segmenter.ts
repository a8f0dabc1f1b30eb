import { mergeFragments } from '../media/merge-fragments.ts';
import { makePreroll } from '../media/preroll.ts';
import type { Fragment, InitSegment, TrackRun } from '../media/types.ts';
import { FixedTargets, type TargetWishes } from './fixed-targets.ts';
import { beginSession, wallClockMs, type SegmenterSession } from './segmenter-session.ts';
import { longestSegmentMs, shortestPartShare, type Targets } from './targets.ts';

export interface SegmenterOptions extends TargetWishes {
  /** A segment is cut at this size whatever the stamps say, so that a broken clock cannot fill the memory. */
  readonly maxSegmentBytes: number;
}

export interface SegmenterPart {
  readonly bytes: Buffer;
  readonly durationSeconds: number;
  readonly frameCount: number;
  /** The part's first frame is a keyframe. */
  readonly isIndependent: boolean;
}

/** How a segment begins; comes with its first part. */
export interface SegmentOpening {
  readonly isDiscontinuity: boolean;
  readonly isPreroll: boolean;
  readonly init: InitSegment;
  readonly programDateTimeMs: number;
}

export type SegmenterEvent =
  /** Once, before the first part. */
  | { readonly type: 'targets'; readonly targets: Targets }
  | {
      readonly type: 'part';
      readonly part: SegmenterPart;
      readonly opens: SegmentOpening | undefined;
    }
  /** The segment of the parts so far is complete. */
  | { readonly type: 'segment-end' };

/** More fragments without a video frame than this (20 s of sound at 48 kHz) are dropped. */
const maxWaitingFragments = 1000;
/**
 * PART-HOLD-BACK and two parts more. A player that keeps that distance begins in the preroll and has it for a buffer. Where
 * fewer parts than have come since stand in it, hls.js loads no parts before the next whole segment.
 */
const prerollPartCount = 5;
/** At the next keyframe a segment starts anew when the declared time lags by more than this. */
const longestLagSeconds = 1;

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
  #hasPublished = false;
  /** No segment is complete since the start or the last `restart`. */
  #isPlaylistEmpty = true;
  #lastDeclaredMs = 0;
  #openFragments: Buffer[] = [];
  #openFrameCount = 0;
  #openIsIndependent = false;
  #segmentBytes = 0;

  constructor(options: SegmenterOptions) {
    this.#options = options;
    this.#targets = new FixedTargets(options);
  }

  /** The GOP or the frame interval no longer fits the fixed targets. */
  get needsNewLife(): boolean {
    return !this.#targets.fits;
  }

  /** The longest recent GOP of this session in milliseconds; undefined before one is known. */
  get observedGopMs(): number | undefined {
    const clock = this.#session?.clock;
    const ticks = clock?.longestGopTicks ?? 0;
    return clock && ticks > 0 ? Math.round((ticks * 1000) / clock.timescale) : undefined;
  }

  /** By the median interval of the latest frames, which a stretched first frame cannot shift; undefined while unknown. */
  get observedFrameRate(): number | undefined {
    const clock = this.#session?.clock;
    const ticks = clock?.medianIntervalTicks ?? 0;
    return clock && ticks > 0 ? clock.timescale / ticks : undefined;
  }

  /** A new session: its first keyframe opens a segment. Call `end` before. An init without video yields nothing. */
  begin(init: InitSegment): void {
    this.#resetOpenPart();
    this.#session = beginSession(init, {
      knownFrameMs: this.#targets.frameMs,
      isDiscontinuity: this.#hasPublished,
    });
  }

  push(fragment: Fragment, arrivedAtMs: number): SegmenterEvent[] {
    const session = this.#session;
    if (session === undefined) return [];
    const run = fragment.runs.find((candidate) => candidate.trackId === session.video.id);
    if (run !== undefined) return this.#pushVideo(session, { fragment, run, arrivedAtMs });
    if (!session.isWaitingForKeyframe && this.#openFragments.length < maxWaitingFragments) {
      this.#openFragments.push(fragment.bytes);
      this.#segmentBytes += fragment.bytes.length;
    }
    return [];
  }

  /** Closes what is open, for a playlist that is emptied; the session goes on with its next keyframe, as a discontinuity. */
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
    this.#resetOpenPart();
    this.#session = undefined;
    return events;
  }

  #interrupt(session: SegmenterSession): SegmenterEvent[] {
    const events = this.#closeSegment(session);
    this.#resetOpenPart();
    session.clock.restart();
    session.isWaitingForKeyframe = true;
    session.isDiscontinuity = this.#hasPublished;
    return events;
  }

  #pushVideo(
    session: SegmenterSession,
    arrival: { fragment: Fragment; run: TrackRun; arrivedAtMs: number },
  ): SegmenterEvent[] {
    const { fragment, run, arrivedAtMs } = arrival;
    const events: SegmenterEvent[] = [];
    if (!session.isWaitingForKeyframe && session.clock.isBreak(run)) {
      events.push(...this.#interrupt(session));
    }
    if (session.isWaitingForKeyframe) {
      if (!run.isKeyframe) return events;
      session.isWaitingForKeyframe = false;
      this.#anchor(session, run.decodeTime, arrivedAtMs);
    } else {
      session.clock.reach(run);
      events.push(...this.#cutBefore(session, run, arrivedAtMs));
    }
    this.#addFrame(session, fragment, run);
    events.push(...this.#cutAfter(session, run));
    return events;
  }

  /** Media time and wall clock meet here; the wall clock of a playlist never goes back. */
  #anchor(session: SegmenterSession, ticks: number, arrivedAtMs: number): void {
    session.originMs = Math.max(arrivedAtMs, this.#lastDeclaredMs);
    session.originTicks = ticks;
    session.declaredTicks = ticks;
    session.segmentStartTicks = ticks;
  }

  #cutBefore(session: SegmenterSession, run: TrackRun, arrivedAtMs: number): SegmenterEvent[] {
    if (!this.#targets.canFixBefore(session)) return [];
    const { events, targets } = this.#fixTargets(session);
    this.#targets.check(session, targets, run);
    if (run.isKeyframe && this.#isSegmentLongEnough(session, targets)) {
      events.push(...this.#closeSegment(session));
      const lagTicks = run.decodeTime - session.declaredTicks;
      if (lagTicks > longestLagSeconds * session.clock.timescale) {
        session.isDiscontinuity = true;
        this.#anchor(session, run.decodeTime, arrivedAtMs);
      }
    } else if (this.#segmentBytes > this.#options.maxSegmentBytes) {
      events.push(...this.#closeSegment(session));
    } else if (this.#isPartFull(session, targets, session.clock.durationOf(run))) {
      events.push(...this.#closePart(session, targets));
    }
    return events;
  }

  #addFrame(session: SegmenterSession, fragment: Fragment, run: TrackRun): void {
    session.clock.add(run);
    if (this.#openFrameCount === 0) this.#openIsIndependent = run.isKeyframe;
    this.#openFragments.push(fragment.bytes);
    this.#openFrameCount += run.sampleCount;
    this.#segmentBytes += fragment.bytes.length;
  }

  #cutAfter(session: SegmenterSession, run: TrackRun): SegmenterEvent[] {
    if (!this.#targets.canFixAfter(session)) return [];
    const { events, targets } = this.#fixTargets(session);
    const nextTicks = session.clock.frameTicks || session.clock.durationOf(run);
    if (this.#isPartFull(session, targets, nextTicks)) {
      events.push(...this.#closePart(session, targets));
    }
    return events;
  }

  #fixTargets(session: SegmenterSession): { events: SegmenterEvent[]; targets: Targets } {
    const { targets, isNew } = this.#targets.fix(session);
    return { events: isNew ? [{ type: 'targets', targets }] : [], targets };
  }

  #isPartFull(session: SegmenterSession, targets: Targets, nextTicks: number): boolean {
    if (this.#openFrameCount === 0) return false;
    const { clock } = session;
    const length = clock.endTicks - session.declaredTicks;
    const target = (targets.partTargetMs * clock.timescale) / 1000;
    // A frame that overshoots by less than a quarter of itself still belongs here: stamps are rounded.
    return length >= shortestPartShare * target && length + 0.75 * nextTicks > target;
  }

  /** At a keyframe: the wanted length is reached, or one more GOP would be too long. */
  #isSegmentLongEnough(session: SegmenterSession, targets: Targets): boolean {
    const { clock } = session;
    const lengthMs = ((clock.endTicks - session.segmentStartTicks) * 1000) / clock.timescale;
    const halfFrameMs = (clock.frameTicks * 500) / clock.timescale;
    const gopMs = (clock.latestGopTicks * 1000) / clock.timescale;
    return (
      lengthMs + halfFrameMs >= this.#options.segmentMs ||
      lengthMs + gopMs > longestSegmentMs(targets)
    );
  }

  #closePart(session: SegmenterSession, targets: Targets): SegmenterEvent[] {
    if (this.#openFrameCount === 0) return [];
    const { clock } = session;
    const target = Math.floor((targets.partTargetMs * clock.timescale) / 1000);
    const length = Math.max(1, Math.min(clock.endTicks - session.declaredTicks, target));
    const events = this.#isPlaylistEmpty ? this.#preroll(session, targets) : [];
    const opens = session.isSegmentOpen ? undefined : this.#openSegment(session);
    const part: SegmenterPart = {
      bytes: this.#mergedBytes(session),
      durationSeconds: length / clock.timescale,
      frameCount: this.#openFrameCount,
      isIndependent: this.#openIsIndependent,
    };
    session.declaredTicks += length;
    this.#lastDeclaredMs = wallClockMs(session, session.declaredTicks);
    this.#resetOpenPart();
    events.push({ type: 'part', part, opens });
    // The next part might not fit, and no keyframe may come in time: end it here, where a keyframe is welcome too.
    const segmentMs =
      ((session.declaredTicks - session.segmentStartTicks) * 1000) / clock.timescale;
    if (segmentMs + targets.partTargetMs > longestSegmentMs(targets)) {
      events.push(...this.#closeSegment(session));
    } else if (this.#isPlaylistEmpty) {
      // The rest of the GOP is a segment of its own, but as long as if both were one: it ends at the usual keyframe.
      events.push(...this.#endSegment(session));
    }
    return events;
  }

  /** Copied once for all viewers: one write per part, and no pin on the larger chunks that were read from the pipe. */
  #mergedBytes({ init, defaults, shiftTicks }: SegmenterSession): Buffer {
    if (defaults === undefined) return Buffer.concat(this.#openFragments);
    const trackIds = init.tracks.map(({ id }) => id);
    return mergeFragments(this.#openFragments, { defaults, trackIds, shiftTicks });
  }

  /** Once in a session: after `restart` the media are shifted already, and the first part has to do. */
  #preroll(session: SegmenterSession, targets: Targets): SegmenterEvent[] {
    const { defaults, init } = session;
    if (defaults === undefined || session.shiftTicks !== undefined) return [];
    const { partTargetMs, targetDurationSeconds } = targets;
    const fitting = Math.floor((targetDurationSeconds * 1000) / partTargetMs);
    const partCount = Math.min(prerollPartCount, Math.max(1, fitting));
    const durationSeconds = partTargetMs / 1000;
    const options = { defaults, partCount, partSeconds: durationSeconds };
    const preroll = makePreroll(init, this.#openFragments, options);
    if (preroll === undefined) return [];
    const { parts, shiftTicks } = preroll;
    session.shiftTicks = shiftTicks;
    const opening = this.#openSegment(session);
    const programDateTimeMs = opening.programDateTimeMs - partCount * partTargetMs;
    const opens = { ...opening, isPreroll: true, programDateTimeMs };
    const events = parts.map((bytes, index): SegmenterEvent => {
      const part = { bytes, durationSeconds, frameCount: 1, isIndependent: true };
      return { type: 'part', part, opens: index === 0 ? opens : undefined };
    });
    return [...events, ...this.#endSegment(session)];
  }

  #openSegment(session: SegmenterSession): SegmentOpening {
    const opening: SegmentOpening = {
      isDiscontinuity: session.isDiscontinuity,
      isPreroll: false,
      init: session.init,
      programDateTimeMs: wallClockMs(session, session.declaredTicks),
    };
    session.isSegmentOpen = true;
    session.isDiscontinuity = false;
    this.#hasPublished = true;
    return opening;
  }

  #closeSegment(session: SegmenterSession): SegmenterEvent[] {
    const events: SegmenterEvent[] = [];
    if (this.#openFrameCount > 0) {
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

  #resetOpenPart(): void {
    this.#openFragments = [];
    this.#openFrameCount = 0;
  }
}
