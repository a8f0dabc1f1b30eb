import type { Frame, Run } from '../../../media/frame.ts';
import { isLagging, isPartFull, isSegmentFull, isSegmentLongEnough } from './cut-rules.ts';
import type { ObservedFrameRate } from '../window/frame-rate.ts';
import { FixedTargets, type TargetWishes } from './fixed-targets.ts';
import { MediaTimeline } from './media-timeline.ts';
import { SegmentBuilder } from './segment-builder.ts';
import type { SegmenterEvent } from './segmenter-events.ts';
import { beginRun, type SegmenterRun } from './segmenter-run.ts';
import type { Targets } from './targets.ts';

export interface SegmenterOptions extends TargetWishes {
  /** A segment is cut at this size whatever the stamps say, so that a broken clock cannot fill the memory. */
  readonly maxSegmentBytes: number;
  /** A segment that would not begin with a keyframe is dropped, up to the next keyframe. */
  readonly hasIndependentSegments: boolean;
}

/**
 * Groups frames into parts and segments: says when to cut. Pure: frames in, events out.
 *
 * Video decides where to cut; a part carries the audio that has arrived when it ends, which may lag. Segments begin at
 * keyframes, except when a GOP is longer than TARGETDURATION, and end when the next frame comes, or the run ends. A
 * part holds whole frames, but its declared end is never later than its start plus PART-TARGET: if frames come
 * irregularly, the parts that follow declare the rest, so that durations always add up to the media's true length and
 * each stays between 85 % and 100 % of PART-TARGET.
 *
 * hls.js refuses a playlist without a complete segment, and a viewer must not have to wait a GOP for the first frame.
 * So an empty playlist begins with a preroll, a segment that shows the first keyframe for at least PART-HOLD-BACK; the
 * GOP itself stays one segment, and viewers that join in the middle of it can begin at its keyframe. If no preroll can
 * be made, the first part is a segment of its own instead.
 */
export class Segmenter {
  readonly #options: SegmenterOptions;
  readonly #targets: FixedTargets;
  #run: SegmenterRun | undefined;
  /** The run's frame interval was known before its first frame. */
  #isExpected = false;
  readonly #media = new SegmentBuilder();
  readonly #timeline = new MediaTimeline();

  constructor(options: SegmenterOptions) {
    this.#options = options;
    this.#targets = new FixedTargets(options);
  }

  /** The GOP or the frame interval no longer fits the fixed targets, or the dates no longer fit the wall clock. */
  get needsNewLife(): boolean {
    return !this.#targets.fits || this.#media.isAheadOfClock;
  }

  /** The longest recent GOP of this run, in milliseconds; undefined before one is known. */
  get observedGopMs(): number | undefined {
    return this.#run?.clock.longestGopMs;
  }

  get observedFrameRate(): ObservedFrameRate {
    const clock = this.#run?.clock;
    return { steady: clock?.steadyFrameRate, median: clock?.medianFrameRate };
  }

  /**
   * A new run: its first keyframe opens a segment. Call `end` first. Tracks that cannot go into MP4 yield nothing.
   * `expectedFrameMs`: the frame interval, if it is already known.
   */
  begin(source: Run, expectedFrameMs?: number): void {
    this.#media.clear();
    this.#isExpected = expectedFrameMs !== undefined;
    this.#run = beginRun(source, this.#targets.frameMs ?? expectedFrameMs);
  }

  push(frame: Frame): SegmenterEvent[] {
    const run = this.#run;
    if (run === undefined) return [];
    if (frame.kind === 'video') return this.#pushVideo(run, frame);
    if (!run.isWaitingForKeyframe && run.audio !== undefined) {
      this.#media.addAudio(run.audio.take(frame));
    }
    return [];
  }

  /**
   * Closes what is open, because the playlist is being emptied; the run continues with its next keyframe, after a
   * discontinuity.
   */
  restart(): SegmenterEvent[] {
    const run = this.#run;
    const events = run === undefined ? [] : this.#interrupt(run);
    this.#media.beginPlaylist();
    return events;
  }

  /** Makes what was received playable. Idempotent. */
  end(): SegmenterEvent[] {
    const run = this.#run;
    if (run === undefined) return [];
    this.#run = undefined;
    return this.#breakOff(run);
  }

  #interrupt(run: SegmenterRun): SegmenterEvent[] {
    const events = this.#waitForKeyframe(run);
    run.clock.restart();
    return events;
  }

  /** Whether the frame would begin a segment but must not. */
  #isBarred(run: SegmenterRun, frame: Frame): boolean {
    const begins = !run.isSegmentOpen && this.#media.frameCount === 0;
    return this.#options.hasIndependentSegments && begins && !frame.isKeyframe;
  }

  #waitForKeyframe(run: SegmenterRun): SegmenterEvent[] {
    const events = this.#breakOff(run);
    run.isWaitingForKeyframe = true;
    return events;
  }

  /** What comes next does not continue where this ends. */
  #breakOff(run: SegmenterRun): SegmenterEvent[] {
    this.#media.finishAudio(run);
    const events = this.#closeSegment(run);
    this.#timeline.close(run);
    this.#media.clear();
    return [...events, { type: 'discontinuity' }];
  }

  #pushVideo(run: SegmenterRun, frame: Frame): SegmenterEvent[] {
    const events: SegmenterEvent[] = [];
    if (!run.isWaitingForKeyframe && run.clock.isBreak(frame)) {
      events.push(...this.#interrupt(run));
    }
    if (run.isWaitingForKeyframe) {
      if (!frame.isKeyframe) return events;
      this.#goOn(run, frame);
      this.#addFrame(run, frame);
      events.push(...this.#prerollNow(run));
    } else {
      run.clock.reach(frame);
      events.push(...this.#cutBefore(run, frame));
      if (this.#isBarred(run, frame)) {
        return [...events, ...this.#waitForKeyframe(run)];
      }
      this.#addFrame(run, frame);
    }
    events.push(...this.#cutAfter(run, frame));
    return events;
  }

  /**
   * Viewers may still have the playlist after it was emptied, so its media time must continue, whatever the run's time
   * is.
   */
  #goOn(run: SegmenterRun, keyframe: Frame): void {
    run.isWaitingForKeyframe = false;
    this.#media.anchor(run, keyframe);
    run.shiftSeconds = this.#timeline.shiftFor(run, keyframe.dts);
    run.audio?.begin(keyframe.dts);
  }

  #cutBefore(run: SegmenterRun, frame: Frame): SegmenterEvent[] {
    if (!this.#targets.canFix(run)) return [];
    const { events, targets } = this.#fixTargets(run);
    if (frame.isKeyframe && isSegmentLongEnough(run, targets, this.#options.segmentMs)) {
      events.push(...this.#closeSegment(run));
      if (isLagging(run, frame)) {
        events.push({ type: 'discontinuity' });
        this.#media.anchor(run, frame);
      }
    } else if (this.#media.segmentByteCount > this.#options.maxSegmentBytes) {
      events.push(...this.#closeSegment(run));
    } else if (isPartFull(run, targets)) {
      events.push(...this.#media.closePart(run, targets));
    }
    events.push(...this.#endBetweenKeyframes(run, targets));
    return events;
  }

  /**
   * Ends a segment whose next part would not fit, or that is to be the first complete one. This waits for the next
   * frame: if the run ends first, that ends this segment too, and announces at once that a discontinuity follows. If
   * the playlist had already named the next segment's first part, hls.js 1.6 would stop for good at the tag before it.
   */
  #endBetweenKeyframes(run: SegmenterRun, targets: Targets): SegmenterEvent[] {
    if (!run.isSegmentOpen || this.#media.frameCount > 0) return [];
    // No keyframe may come in time: end it here, where a keyframe is welcome too.
    if (isSegmentFull(run, targets)) return this.#closeSegment(run);
    const isFirst = this.#media.isPlaylistEmpty && !this.#options.hasIndependentSegments;
    // The rest of the GOP is a segment of its own, but its length counts from where both began: it ends at the usual
    // keyframe.
    return isFirst ? this.#media.endSegment(run) : [];
  }

  #addFrame(run: SegmenterRun, frame: Frame): void {
    run.clock.add(frame);
    this.#media.addVideo(frame);
  }

  #cutAfter(run: SegmenterRun, frame: Frame): SegmenterEvent[] {
    const { targets } = this.#targets;
    if (targets === undefined) return [];
    this.#targets.check(run, targets, frame);
    const isFull = run.clock.canExpect && isPartFull(run, targets);
    return isFull ? this.#media.closePart(run, targets) : [];
  }

  #fixTargets(run: SegmenterRun): { events: SegmenterEvent[]; targets: Targets } {
    const { targets, isNew } = this.#targets.fix(run);
    return { events: isNew ? [{ type: 'targets', targets }] : [], targets };
  }

  /** If the frame interval is known, there is no need to wait for another frame. */
  #prerollNow(run: SegmenterRun): SegmenterEvent[] {
    if (!this.#media.isPlaylistEmpty || !this.#isExpected) return [];
    const { events, targets } = this.#fixTargets(run);
    return [...events, ...this.#media.preroll(run, targets)];
  }

  #closeSegment(run: SegmenterRun): SegmenterEvent[] {
    const events: SegmenterEvent[] = [];
    if (this.#media.frameCount > 0) {
      const fixed = this.#fixTargets(run);
      events.push(...fixed.events, ...this.#media.closePart(run, fixed.targets));
    }
    events.push(...this.#media.endSegment(run));
    run.segmentStartTicks = run.declaredTicks;
    return events;
  }
}
