/** The playlists of rfc8216bis as data; fields are named after their tags, durations are seconds. */

import type { VideoRange } from '../../../media/nal/video-range.ts';

/** EXT-X-PART (4.4.4.9). */
export interface PlaylistPart {
  readonly duration: number;
  readonly uri: string;
  readonly independent: boolean;
  /** GAP=YES: the part cannot be loaded. */
  readonly isGap: boolean;
}

/** The tags before a segment's parts. */
export interface SegmentHead {
  /** EXT-X-DISCONTINUITY (4.4.4.3) before this segment. */
  readonly discontinuity: boolean;
  /** EXT-X-MAP (4.4.4.5): URI of the init segment. Written where it begins to apply. */
  readonly map: string;
  /** EXT-X-PROGRAM-DATE-TIME (4.4.4.6), ms since the epoch. */
  readonly programDateTime: number;
}

export interface PlaylistSegment extends SegmentHead {
  /** EXTINF (4.4.4.1). */
  readonly duration: number;
  readonly uri: string;
  /** EXT-X-GAP (4.4.4.7): the segment cannot be loaded. */
  readonly isGap: boolean;
  /** Empty when they are no longer listed. */
  readonly parts: readonly PlaylistPart[];
}

/** The segment that is still being made: parts without EXTINF. */
export interface OpenSegment extends SegmentHead {
  readonly parts: readonly PlaylistPart[];
}

export interface MediaPlaylist {
  /** EXT-X-INDEPENDENT-SEGMENTS (4.4.2.1). */
  readonly independentSegments: boolean;
  /** EXT-X-TARGETDURATION (4.4.3.1). */
  readonly targetDuration: number;
  /** PART-TARGET of EXT-X-PART-INF (4.4.3.7). */
  readonly partTarget: number;
  /** EXT-X-SERVER-CONTROL (4.4.3.8). */
  readonly serverControl: {
    readonly canSkipUntil: number;
    readonly holdBack: number;
    readonly partHoldBack: number;
  };
  /** EXT-X-MEDIA-SEQUENCE (4.4.3.2). */
  readonly mediaSequence: number;
  /** EXT-X-DISCONTINUITY-SEQUENCE (4.4.3.3). */
  readonly discontinuitySequence: number;
  readonly segments: readonly PlaylistSegment[];
  readonly open: OpenSegment | undefined;
  /** EXT-X-DISCONTINUITY (4.4.4.3) after the last segment, for the next one, of which nothing exists yet. */
  readonly endsInDiscontinuity: boolean;
  /** URI of EXT-X-PRELOAD-HINT:TYPE=PART (4.4.5.3). */
  readonly preloadHint: string;
}

/** EXT-X-STREAM-INF (4.4.6.2) of the only variant. */
export interface MultivariantPlaylist {
  /** EXT-X-VERSION. */
  readonly version: number;
  /** EXT-X-INDEPENDENT-SEGMENTS (4.4.2.1). */
  readonly independentSegments: boolean;
  /** TIME-OFFSET of EXT-X-START (4.4.2.2), from the first segment; undefined writes no such tag. */
  readonly startOffset: number | undefined;
  /** Peak bits per second. */
  readonly bandwidth: number;
  /** Bits per second. */
  readonly averageBandwidth: number;
  readonly codecs: readonly string[];
  readonly resolution: { readonly width: number; readonly height: number };
  /** Frames per second; undefined before it is known. */
  readonly frameRate: number | undefined;
  /** undefined where the camera does not say. */
  readonly videoRange: VideoRange | undefined;
  readonly uri: string;
}
