import type { LoadedPiece } from './bandwidth.ts';
import type { PlaylistPart, SegmentHead } from './playlist.ts';
import type { SegmentOpening } from './segmenter.ts';

export interface PublishedPiece extends LoadedPiece {
  readonly frameCount: number;
  /** Name of its init segment, which is another one for each session. */
  readonly map: string;
}

export interface OpenPart extends PublishedPiece {
  readonly listed: PlaylistPart;
  readonly bytes: Buffer;
}

/** The segment that is being made. */
export interface OpenSegmentRecord {
  readonly opening: SegmentOpening;
  /** Name of its init segment. */
  readonly map: string;
  readonly parts: OpenPart[];
}

export function headOf({ opening, map }: OpenSegmentRecord): SegmentHead {
  return {
    discontinuity: opening.isDiscontinuity,
    map,
    programDateTime: opening.programDateTimeMs,
  };
}

export function secondsOf(parts: readonly LoadedPiece[]): number {
  return parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}

export function partName(number: number): string {
  return `part-${number}.m4s`;
}
