import type { MediaPlaylist } from './playlist.ts';

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
