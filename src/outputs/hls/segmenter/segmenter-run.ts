import { MediaFormatError } from '../../../lib/errors.ts';
import type { Frame, Run } from '../../../media/frame.ts';
import { writeInitSegment } from '../../../media/mp4/init-writer.ts';
import { AudioContinuity } from './audio-continuity.ts';
import { VideoClock } from './video-clock.ts';

/** The run that is being cut; times are ticks of its video track, as in its frames. */
export interface SegmenterRun {
  readonly source: Run;
  /** `ftyp` and `moov`. */
  readonly init: Buffer;
  readonly clock: VideoClock;
  /** undefined for video alone. */
  readonly audio: AudioContinuity | undefined;
  /** A keyframe is needed before anything can be decoded: at the start and after a break. */
  isWaitingForKeyframe: boolean;
  /** Wall clock of `originTicks`, ms since the epoch. */
  originMs: number;
  originTicks: number;
  /** Where the open part begins in the playlist. */
  declaredTicks: number;
  /** Where the open segment's wanted length counts from. */
  segmentStartTicks: number;
  isSegmentOpen: boolean;
  /** Added to the times of all frames, because a preroll or an earlier run comes before them, in seconds. */
  shiftSeconds: number;
}

/** undefined for tracks that cannot go into MP4. */
export function beginRun(source: Run, knownFrameMs: number | undefined): SegmenterRun | undefined {
  const init = initSegmentOf(source);
  if (init === undefined) return undefined;
  const { timescale } = source.video;
  const knownTicks = knownFrameMs === undefined ? undefined : (knownFrameMs * timescale) / 1000;
  return {
    source,
    init,
    clock: new VideoClock(timescale, knownTicks),
    audio: source.audio && new AudioContinuity(source.audio),
    isWaitingForKeyframe: true,
    originMs: 0,
    originTicks: 0,
    declaredTicks: 0,
    segmentStartTicks: 0,
    isSegmentOpen: false,
    shiftSeconds: 0,
  };
}

function initSegmentOf(source: Run): Buffer | undefined {
  try {
    return writeInitSegment(source);
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}

export function wallClockMs(run: SegmenterRun, ticks: number): number {
  return run.originMs + ((ticks - run.originTicks) * 1000) / run.clock.timescale;
}

/** Wall clock of a frame, in milliseconds since the epoch. */
export function dateOf({ originMs, video }: Run, { dts }: Frame): number {
  return originMs + (dts * 1000) / video.timescale;
}

/** Ties media time to the wall clock: the frame has the time that its run says, but never one before `earliestMs`. */
export function anchorRun(run: SegmenterRun, frame: Frame, earliestMs: number): void {
  run.originMs = Math.max(dateOf(run.source, frame), earliestMs);
  run.originTicks = frame.dts;
  run.declaredTicks = frame.dts;
  run.segmentStartTicks = frame.dts;
}
