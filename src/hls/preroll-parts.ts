import { makePreroll } from '../media/preroll.ts';
import type { SegmenterPart } from './segmenter-events.ts';
import type { SegmenterSession } from './segmenter-session.ts';
import type { Targets } from './targets.ts';

/**
 * PART-HOLD-BACK and two parts more. A player that keeps that distance begins in the preroll and has it for a buffer. Where
 * fewer parts than have come since stand in it, hls.js loads no parts before the next whole segment.
 */
const prerollPartCount = 5;

/**
 * The preroll of `fragments`, which begin with the session's first keyframe; it stands where their media would,
 * and what comes later is shifted behind it. Empty where none can be made; the first part has to do then.
 */
export function makePrerollParts(
  session: SegmenterSession,
  { partTargetMs, targetDurationSeconds }: Targets,
  fragments: readonly Buffer[],
): SegmenterPart[] {
  const { defaults, init, shiftTicks } = session;
  if (defaults === undefined) return [];
  const fitting = Math.floor((targetDurationSeconds * 1000) / partTargetMs);
  const partCount = Math.min(prerollPartCount, Math.max(1, fitting));
  const durationSeconds = partTargetMs / 1000;
  const preroll = makePreroll(init, fragments, {
    defaults,
    shiftTicks,
    partCount,
    partSeconds: durationSeconds,
  });
  if (preroll === undefined) return [];
  session.shiftTicks = preroll.shiftTicks;
  return preroll.parts.map((bytes) => {
    const keyframes = { count: 1, byteLength: bytes.length };
    return {
      bytes,
      durationSeconds,
      frameCount: 1,
      isIndependent: true,
      keyframes,
      isPreroll: true,
    };
  });
}
