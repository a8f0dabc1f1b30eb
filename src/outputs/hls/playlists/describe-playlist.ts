import { headOf, type OpenSegmentRecord } from '../window/open-segment.ts';
import type { MediaPlaylist } from './playlist.ts';
import type { SegmentList } from '../storage/segment-list.ts';
import { partHoldBackTargets, type Targets } from '../segmenter/targets.ts';

/** Parts are listed, and held playlists waited for, this many target durations (rfc8216bis 6.2.2, 6.2.5.2). */
export const partListTargets = 3;
/** CAN-SKIP-UNTIL in target durations: the minimum (rfc8216bis 4.4.3.8). */
const skipTargets = 6;
/** HOLD-BACK in target durations: the minimum (rfc8216bis 4.4.3.8). */
const holdBackTargets = 3;

export interface PublishedMedia {
  readonly hasIndependentSegments: boolean;
  readonly targets: Targets;
  readonly segments: Pick<SegmentList, 'listed' | 'removedDiscontinuityCount'>;
  readonly open: OpenSegmentRecord | undefined;
  /** The next segment does not continue where the last one ended. */
  readonly isBroken: boolean;
  /** Media sequence number of the open segment, or of the next one. */
  readonly openMsn: number;
  readonly hintedPart: string;
}

/** The low-latency media playlist of what is published. */
export function describePlaylist(media: PublishedMedia): MediaPlaylist {
  const { targets, segments, open, isBroken, openMsn, hintedPart } = media;
  const targetDuration = targets.targetDurationSeconds;
  const partTarget = targets.partTargetMs / 1000;
  return {
    independentSegments: media.hasIndependentSegments,
    targetDuration,
    partTarget,
    serverControl: {
      canSkipUntil: skipTargets * targetDuration,
      holdBack: holdBackTargets * targetDuration,
      partHoldBack: partHoldBackTargets * partTarget,
    },
    mediaSequence: segments.listed[0]?.msn ?? openMsn,
    discontinuitySequence: segments.removedDiscontinuityCount,
    segments: segments.listed.map(({ listed }) => listed),
    open: open && { ...headOf(open), parts: open.parts.map(({ listed }) => listed) },
    endsInDiscontinuity: isBroken,
    preloadHint: hintedPart,
  };
}
