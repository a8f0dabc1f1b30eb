import type { InitSegment } from '../media/types.ts';
import type { Targets } from './targets.ts';

export interface SegmenterPart {
  readonly bytes: Buffer;
  readonly durationSeconds: number;
  readonly frameCount: number;
  /** The part's first frame is a keyframe. */
  readonly isIndependent: boolean;
  readonly keyframes: KeyframeTotal;
  /** Made by us to begin the playlist: says nothing of the stream. */
  readonly isPreroll: boolean;
}

export interface KeyframeTotal {
  readonly count: number;
  /** As they came, so with the boxes around each. */
  readonly byteLength: number;
}

/** How a segment begins; comes with its first part. */
export interface SegmentOpening {
  readonly isPreroll: boolean;
  readonly init: InitSegment;
  readonly programDateTimeMs: number;
}

export type SegmenterEvent =
  /** Once, before the first part. */
  | { readonly type: 'targets'; readonly targets: Targets }
  | {
      readonly type: 'part';
      readonly part: SegmenterPart;
      readonly opens: SegmentOpening | undefined;
    }
  /** The segment of the parts so far is complete. */
  | { readonly type: 'segment-end' }
  /** No segment is open, and the next one does not go on where the last one ended. May come more than once between two. */
  | { readonly type: 'discontinuity' };
