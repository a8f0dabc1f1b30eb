import type { SegmentRecord } from '../storage/segment-list.ts';
import type { Targets } from '../segmenter/targets.ts';
import type { MediaResource } from './window.ts';

/**
 * A playlist without low-latency tags is not served before it has this many segments. Old players need three segments
 * to start, and a player that begins with fewer stalls until the next one is complete. Segments begin with the first
 * part of a camera, so these are usually 2 s; three target durations (RFC 8216 6.3.3) would be 6 s of black.
 */
export const startSegmentCount = 3;

/** The complete segments of a live window, as the renditions made from them see it. */
export interface SegmentSource {
  /** Those that the playlist lists. The newest `startSegmentCount` are in memory, unless it is short. */
  readonly segments: readonly SegmentRecord[];
  /** EXT-X-DISCONTINUITY-SEQUENCE of that list. */
  readonly discontinuitySequence: number;
  /** undefined before the first part. */
  readonly targets: Targets | undefined;
  media(name: string): MediaResource | undefined;
  /** A viewer is given a playlist of these segments: they stay fetchable for a while after they have left it. */
  promiseListed(): void;
}
