import type { LoadedPiece } from './bandwidth.ts';
import type { PlaylistPart, SegmentHead } from '../playlists/playlist.ts';
import type { SegmentRecord } from '../storage/segment-list.ts';
import type { SegmenterPart, SegmentOpening } from '../segmenter/segmenter-events.ts';

export interface PublishedPiece extends LoadedPiece {
  readonly frameCount: number;
  /** Name of its init segment; each run has its own. */
  readonly map: string;
}

export interface OpenPart extends PublishedPiece {
  readonly listed: PlaylistPart;
  readonly bytes: Buffer;
}

/** The segment that is being made. */
export interface OpenSegmentRecord {
  readonly opening: SegmentOpening;
  readonly isDiscontinuity: boolean;
  /** Name of its init segment. */
  readonly map: string;
  readonly parts: OpenPart[];
}

/** `uri` is the part's name, `map` that of its init segment. */
export function toOpenPart(part: SegmenterPart, uri: string, map: string): OpenPart {
  const { bytes, durationSeconds, frameCount, isIndependent } = part;
  return {
    listed: { duration: durationSeconds, uri, independent: isIndependent, isGap: false },
    bytes,
    byteLength: bytes.length,
    durationSeconds,
    frameCount,
    map,
  };
}

/** What it becomes after its last part. */
export function complete(open: OpenSegmentRecord, msn: number): SegmentRecord {
  const { parts } = open;
  return {
    msn,
    run: open.opening.run,
    listed: {
      ...headOf(open),
      duration: secondsOf(parts),
      uri: `${msn}.m4s`,
      isGap: false,
      parts: parts.map(({ listed }) => listed),
    },
    parts: 'listed',
    partCount: parts.length,
    byteLength: parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    frameCount: parts.reduce((sum, { frameCount }) => sum + frameCount, 0),
    hasKeyframe: parts.some(({ listed }) => listed.independent),
    isPreroll: open.opening.isPreroll,
  };
}

export function headOf({ opening, isDiscontinuity, map }: OpenSegmentRecord): SegmentHead {
  return {
    discontinuity: isDiscontinuity,
    map,
    programDateTime: opening.programDateTimeMs,
  };
}

export function secondsOf(parts: readonly LoadedPiece[]): number {
  return parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}
