import type { PlaylistSegment } from './playlist.ts';
import { independentSegmentsTag } from './render-playlist.ts';
import type { PlaylistText } from '../window/window.ts';

/** A segment of a playlist without low-latency tags; fields are named as in `playlist.ts`. */
type ClassicSegment = Omit<PlaylistSegment, 'parts' | 'map'> & {
  /** undefined where segments need no init segment. */
  readonly map: string | undefined;
};

/** A live media playlist of whole segments (RFC 8216 4.3). */
interface ClassicPlaylist {
  readonly version: number;
  readonly independentSegments: boolean;
  readonly targetDuration: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly segments: readonly ClassicSegment[];
}

/** What a playlist with EXT-X-GAP must say (rfc8216bis 8). */
const gapVersion = 8;

function renderClassicPlaylist(playlist: ClassicPlaylist): string {
  const { targetDuration, mediaSequence, discontinuitySequence, segments } = playlist;
  const { version, independentSegments } = playlist;
  const hasGap = segments.some(({ isGap }) => isGap);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${hasGap ? Math.max(version, gapVersion) : version}`,
    ...(independentSegments ? [independentSegmentsTag] : []),
    `#EXT-X-TARGETDURATION:${targetDuration}`,
    `#EXT-X-MEDIA-SEQUENCE:${mediaSequence}`,
    // Always there: segments will be removed, some with a DISCONTINUITY tag (RFC 8216 6.2.2).
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence}`,
  ];
  let map: string | undefined;
  for (const segment of segments) {
    if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.map !== undefined && (segment.discontinuity || segment.map !== map)) {
      lines.push(`#EXT-X-MAP:URI="${segment.map}"`);
    }
    map = segment.map;
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTime).toISOString()}`);
    if (segment.isGap) lines.push('#EXT-X-GAP');
    lines.push(`#EXTINF:${segment.duration.toFixed(5)},`, segment.uri);
  }
  return `${lines.join('\n')}\n`;
}

/** The text of one classic playlist: rendered once per change, shared by every viewer. */
export class ClassicText {
  readonly #name: string;
  #text: PlaylistText | undefined;

  /** `name` tells the texts of one life apart: letters and digits. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Segments never change but for becoming gaps, so the ends of the list say which list it is. */
  get(playlist: ClassicPlaylist): PlaylistText {
    const { mediaSequence, segments } = playlist;
    const gapCount = segments.filter(({ isGap }) => isGap).length;
    const etag = `"${this.#name}-${mediaSequence}-${segments.length}-${gapCount}"`;
    if (this.#text?.etag !== etag) {
      this.#text = { body: Buffer.from(renderClassicPlaylist(playlist)), etag };
    }
    return this.#text;
  }
}
