import type { ReadPlaylist } from './m3u8.ts';
import { allSegments } from './playlist-rules.ts';

/** What a client asks for next. */
export interface PartNumber {
  readonly msn: number;
  readonly part: number;
}

export function nextPartOf(playlist: ReadPlaylist): PartNumber {
  const { open } = playlist;
  if (open) return { msn: open.msn, part: open.parts.length };
  const last = playlist.segments.at(-1);
  return { msn: last ? last.msn + 1 : playlist.mediaSequence, part: 0 };
}

/**
 * Whether the playlist is one that may answer a request for this part (6.2.5.2): it has it, or anything later. A part
 * after the last of a whole segment means the first of the next.
 */
export function hasPart(playlist: ReadPlaylist, { msn, part }: PartNumber): boolean {
  return allSegments(playlist).some((segment) => {
    return segment.msn > msn || (segment.msn === msn && segment.parts.length > part);
  });
}
