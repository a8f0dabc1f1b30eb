import type { Run } from '../../../media/frame.ts';
import type { Targets } from './targets.ts';

export interface SegmenterPart {
  readonly bytes: Buffer;
  readonly durationSeconds: number;
  readonly frameCount: number;
  /** The part's first frame is a keyframe. */
  readonly isIndependent: boolean;
  readonly keyframes: KeyframeTotal;
  readonly audio: AudioTotal;
  /** Made by us to begin the playlist: says nothing about the stream. */
  readonly isPreroll: boolean;
}

export interface KeyframeTotal {
  readonly count: number;
  /** Of the coded frames alone, without the boxes around them. */
  readonly byteLength: number;
}

/** The audio in a part; its time differs from that of the video if it lags or leads. */
export interface AudioTotal {
  readonly seconds: number;
  /** Of the coded frames alone. */
  readonly byteLength: number;
}

/** The beginning of a segment; comes with its first part. */
export interface SegmentOpening {
  readonly isPreroll: boolean;
  /** What its media is of. */
  readonly run: Run;
  /** The init segment of the run: the same buffer for all its segments. */
  readonly init: Buffer;
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
  /**
   * No segment is open, and the next one does not continue where the last one ended. May come more than once between
   * two.
   */
  | { readonly type: 'discontinuity' };
