import type { OpenPart } from '../window/open-segment.ts';
import type { SegmentRecord } from '../storage/segment-list.ts';

/**
 * Where a player that knows nothing yet should begin, in seconds from the first segment: at the newest segment with a
 * keyframe, when the one at the live edge has none (a GOP beyond TARGETDURATION). undefined leaves it to the player.
 * hls.js would else wait at the live edge for the next keyframe, 10 s with some cameras.
 */
export function startOffsetSeconds(
  segments: readonly SegmentRecord[],
  openParts: readonly OpenPart[],
): number | undefined {
  // Between two segments the edge is the whole one.
  const hasKeyframeAtEdge =
    openParts.length > 0
      ? openParts.some(({ listed }) => listed.independent)
      : segments.at(-1)?.hasKeyframe !== false;
  if (hasKeyframeAtEdge) return undefined;
  const newest = segments.findLastIndex(({ hasKeyframe }) => hasKeyframe);
  if (newest < 0) return undefined;
  return segments.slice(0, newest).reduce((sum, { listed }) => sum + listed.duration, 0);
}
