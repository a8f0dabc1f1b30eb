import type { SegmentRecord } from './segment-list.ts';
import type { Targets } from './targets.ts';
import type { MediaResource } from './window.ts';

/** The whole segments of a live window, as the renditions made of them see it. */
export interface SegmentSource {
  /** Those that the playlist lists. */
  readonly segments: readonly SegmentRecord[];
  /** EXT-X-DISCONTINUITY-SEQUENCE of that list. */
  readonly discontinuitySequence: number;
  /** undefined before the first part. */
  readonly targets: Targets | undefined;
  media(name: string): MediaResource | undefined;
}
