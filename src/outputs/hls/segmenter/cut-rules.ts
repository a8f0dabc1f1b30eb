import type { Frame } from '../../../media/frame.ts';
import type { SegmenterRun } from './segmenter-run.ts';
import { longestSegmentMs, shortestPartShare, type Targets } from './targets.ts';

/** At the next keyframe a segment starts anew when the declared time lags by more than this, and than one frame. */
const longestLagSeconds = 1;
/** The first part may have had a frame too many, before the targets were known. */
const longestLagFrames = 1.5;

/** One more frame would make the part too long. */
export function isPartFull(
  { clock, declaredTicks }: SegmenterRun,
  { partTargetMs }: Targets,
): boolean {
  const length = clock.endTicks - declaredTicks;
  const target = (partTargetMs * clock.timescale) / 1000;
  // A frame that overshoots by less than a quarter of itself still belongs here: stamps are rounded.
  return length >= shortestPartShare * target && length + 0.75 * clock.expectedTicks > target;
}

/** At a keyframe: the wanted length of `segmentMs` is reached, or one more GOP would be too long. */
export function isSegmentLongEnough(
  { clock, segmentStartTicks }: SegmenterRun,
  targets: Targets,
  segmentMs: number,
): boolean {
  const lengthMs = ((clock.endTicks - segmentStartTicks) * 1000) / clock.timescale;
  const halfFrameMs = (clock.frameTicks * 500) / clock.timescale;
  const gopMs = (clock.latestGopTicks * 1000) / clock.timescale;
  return lengthMs + halfFrameMs >= segmentMs || lengthMs + gopMs > longestSegmentMs(targets);
}

/** One more part would make the segment longer than TARGETDURATION allows. */
export function isSegmentFull(run: SegmenterRun, targets: Targets): boolean {
  const { clock, declaredTicks, segmentStartTicks } = run;
  const lengthMs = ((declaredTicks - segmentStartTicks) * 1000) / clock.timescale;
  return lengthMs + targets.partTargetMs > longestSegmentMs(targets);
}

export function isLagging({ clock, declaredTicks }: SegmenterRun, frame: Frame): boolean {
  const longest = Math.max(
    longestLagSeconds * clock.timescale,
    longestLagFrames * clock.frameTicks,
  );
  return frame.dts - declaredTicks > longest;
}
