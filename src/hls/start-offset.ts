import type { PlaylistPart, PlaylistSegment } from './playlist.ts';

/**
 * Where a player that knows nothing yet should begin, in seconds from the first segment: at the newest segment with a
 * keyframe, when the one at the live edge has none (a GOP beyond TARGETDURATION). undefined leaves it to the player.
 * hls.js would else wait at the live edge for the next keyframe, 10 s with some cameras.
 */
export function startOffsetSeconds(
  segments: readonly PlaylistSegment[],
  openParts: readonly PlaylistPart[],
): number | undefined {
  if (openParts.length === 0 || hasKeyframe(openParts)) return undefined;
  const newest = segments.findLastIndex(({ parts }) => hasKeyframe(parts));
  if (newest < 0) return undefined;
  return segments.slice(0, newest).reduce((sum, { duration }) => sum + duration, 0);
}

function hasKeyframe(parts: readonly PlaylistPart[]): boolean {
  return parts.some(({ independent }) => independent);
}
