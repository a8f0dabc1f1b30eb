import type { ReadPlaylist, ReadSegment } from './m3u8.ts';
import type { Report } from '../violations.ts';

/**
 * With EXT-X-INDEPENDENT-SEGMENTS every segment begins with a keyframe, so its first part says so (4.4.2.1, 4.4.4.9).
 */
export function checkIndependentSegments(playlist: ReadPlaylist, report: Report): void {
  if (!playlist.isIndependent) return;
  const segments: readonly (ReadSegment | undefined)[] = [...playlist.segments, playlist.open];
  for (const segment of segments) {
    const first = segment?.parts[0];
    if (first === undefined || first.independent) continue;
    report('independent-segments', '4.4.2.1', `${first.uri} begins a segment without a keyframe`);
  }
}

/** The tag stands in every version of a playlist or in none (6.2.1). */
export function checkIndependenceStays(
  previous: ReadPlaylist,
  next: ReadPlaylist,
  report: Report,
): void {
  if (previous.isIndependent === next.isIndependent) return;
  const detail = next.isIndependent ? 'the tag came later' : 'the tag went away';
  report('constant-independent-segments', '6.2.1', detail);
}
