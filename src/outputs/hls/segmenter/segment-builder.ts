import type { Frame } from '../../../media/frame.ts';
import { PartAssembly } from './part-assembly.ts';
import { makePreroll } from './preroll.ts';
import type { SegmenterEvent, SegmenterPart, SegmentOpening } from './segmenter-events.ts';
import { anchorRun, dateOf, wallClockMs, type SegmenterRun } from './segmenter-run.ts';
import { longestAudioLagMs, type Targets } from './targets.ts';

/**
 * Dates that are ahead of the wall clock by more than this, in milliseconds, come from before the clock was set back; a
 * GOP that came all at once, or a camera's fast clock, is only seconds ahead.
 */
const longestLeadMs = 60_000;

/**
 * The part and the segment that are open, and what becomes of them: parts, dates and lengths as the playlist declares
 * them, and the preroll before its first part. When to cut is for the Segmenter to say.
 */
export class SegmentBuilder {
  readonly #part = new PartAssembly();
  #isPlaylistEmpty = true;
  #isAheadOfClock = false;
  #lastDeclaredMs = 0;
  #closedBytes = 0;

  /** No segment is complete since the start or the last `beginPlaylist`. */
  get isPlaylistEmpty(): boolean {
    return this.#isPlaylistEmpty;
  }

  /** The dates no longer fit the wall clock. */
  get isAheadOfClock(): boolean {
    return this.#isAheadOfClock;
  }

  /** Frames in the open part. */
  get frameCount(): number {
    return this.#part.frameCount;
  }

  /** Of the open segment: its parts and the frames of the one that is being made. */
  get segmentByteCount(): number {
    return this.#closedBytes + this.#part.byteCount;
  }

  beginPlaylist(): void {
    this.#isPlaylistEmpty = true;
  }

  addVideo(frame: Frame): void {
    this.#part.addVideo(frame);
  }

  addAudio(frames: readonly Frame[]): void {
    this.#part.addAudio(frames);
  }

  /** No part follows the open one without a break. */
  finishAudio(run: SegmenterRun): void {
    this.#part.finishAudio(run);
  }

  /** Drops what no part can be made of. */
  clear(): void {
    this.#part.clear();
  }

  /**
   * The frame comes next, and continues nothing. The dates of a playlist never go back: if the wall clock was set back,
   * they continue as before.
   */
  anchor(run: SegmenterRun, frame: Frame): void {
    this.#isAheadOfClock = this.#lastDeclaredMs - dateOf(run.source, frame) > longestLeadMs;
    anchorRun(run, frame, this.#lastDeclaredMs);
    this.#part.goOn();
  }

  /** Behind a preroll, if it is the first of the playlist. No event if nothing is open. */
  closePart(run: SegmenterRun, targets: Targets): SegmenterEvent[] {
    if (this.#part.frameCount === 0) return [];
    const { clock } = run;
    const target = Math.floor((targets.partTargetMs * clock.timescale) / 1000);
    const length = Math.max(1, Math.min(clock.endTicks - run.declaredTicks, target));
    const isBeginning = this.#isPlaylistEmpty && !run.isSegmentOpen;
    const events = isBeginning ? this.preroll(run, targets) : [];
    const opens = run.isSegmentOpen ? undefined : this.#openSegment(run);
    if (run.audio !== undefined) {
      this.#part.addAudio(run.audio.keepUp(clock.endTicks, longestAudioLagMs(targets)));
    }
    const part: SegmenterPart = {
      bytes: this.#part.write(run),
      durationSeconds: length / clock.timescale,
      frameCount: this.#part.frameCount,
      isIndependent: this.#part.isIndependent,
      keyframes: this.#part.keyframes,
      audio: this.#part.audioTotal(run.source.audio?.timescale ?? 1),
      isPreroll: false,
    };
    run.declaredTicks += length;
    this.#closedBytes += part.bytes.length;
    this.#lastDeclaredMs = wallClockMs(run, run.declaredTicks);
    this.#part.clear();
    events.push({ type: 'part', part, opens });
    return events;
  }

  /** A segment of its own before the open part; no event if none can be made. */
  preroll(run: SegmenterRun, targets: Targets): SegmenterEvent[] {
    const { firstFrame, firstAudio } = this.#part;
    const parts = firstFrame ? makePreroll(run, { targets, keyframe: firstFrame, firstAudio }) : [];
    if (parts.length === 0) return [];
    const opening = this.#openSegment(run);
    const programDateTimeMs = opening.programDateTimeMs - parts.length * targets.partTargetMs;
    const opens = { ...opening, isPreroll: true, programDateTimeMs };
    const events = parts.map((part, index): SegmenterEvent => {
      return { type: 'part', part, opens: index === 0 ? opens : undefined };
    });
    return [...events, ...this.endSegment(run)];
  }

  /** The parts so far are the whole segment; no event if none is open. */
  endSegment(run: SegmenterRun): SegmenterEvent[] {
    if (!run.isSegmentOpen) return [];
    run.isSegmentOpen = false;
    this.#isPlaylistEmpty = false;
    this.#closedBytes = 0;
    return [{ type: 'segment-end' }];
  }

  #openSegment(run: SegmenterRun): SegmentOpening {
    const opening: SegmentOpening = {
      isPreroll: false,
      run: run.source,
      init: run.init,
      programDateTimeMs: wallClockMs(run, run.declaredTicks),
    };
    run.isSegmentOpen = true;
    return opening;
  }
}
