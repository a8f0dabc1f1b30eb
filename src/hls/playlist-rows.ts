import type { MediaPlaylist, PlaylistSegment } from './playlist.ts';
import type { SegmentRecord } from './segment-list.ts';

/** Segments with their parts as far as these began within the last `partListSeconds` (rfc8216bis 6.2.2). */
export function listSegments(
  records: readonly SegmentRecord[],
  openSeconds: number,
  partListSeconds: number,
): PlaylistSegment[] {
  let seconds = openSeconds;
  const segments: PlaylistSegment[] = [];
  for (const { listed, bare } of records.toReversed()) {
    seconds += listed.duration;
    segments.push(seconds <= partListSeconds ? listed : bare);
  }
  return segments.reverse();
}

/** Segments that lie wholly before the Skip Boundary (rfc8216bis 6.2.5.1), measured from the last complete segment. */
export function countSkippable(playlist: MediaPlaylist): number {
  let seconds = 0;
  let index = playlist.segments.length;
  while (index > 0 && seconds < playlist.serverControl.canSkipUntil) {
    index -= 1;
    seconds += playlist.segments[index]?.duration ?? 0;
  }
  return index;
}
