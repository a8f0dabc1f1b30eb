import type { ReadPlaylist, ReadSegment } from './m3u8.ts';
import { allSegments, rounding, sum } from './playlist-rules.ts';
import { collect, type Violation } from '../violations.ts';

/** A delta update as a client expands it (6.2.5.1), with what is wrong about the delta itself. */
export function applyDelta(
  previous: ReadPlaylist,
  delta: ReadPlaylist,
): { playlist: ReadPlaylist; violations: Violation[] } {
  if (delta.skippedCount === 0) return { playlist: delta, violations: [] };
  const from = delta.mediaSequence - previous.mediaSequence;
  const skipped = previous.segments
    .slice(Math.max(0, from), from + delta.skippedCount)
    .map((segment) => ({ ...segment, parts: [] }));
  const map = skipped.at(-1)?.map;
  const inherit = (segment: ReadSegment): ReadSegment =>
    segment.map === undefined ? { ...segment, map } : segment;
  const violations = collect((report) => {
    if (skipped.length !== delta.skippedCount) {
      report(
        'skipped-known',
        '4.4.5.2',
        `${delta.skippedCount} skipped, the client has ${skipped.length} of them`,
      );
    }
    const boundary = Number(delta.serverControl.get('CAN-SKIP-UNTIL') ?? '0');
    // The distance is measured from the end of the playlist, parts of the open segment included (4.4.3.8).
    const keptSeconds = sum(allSegments(delta).map((segment) => segment.duration));
    if (keptSeconds + rounding < boundary) {
      report('skip-boundary', '6.2.5.1', `${keptSeconds} s are left, ${boundary} s must be`);
    }
    if (delta.version < 9) report('version', '8', 'EXT-X-SKIP needs version 9');
  });
  return {
    playlist: {
      ...delta,
      skippedCount: 0,
      segments: [...skipped, ...delta.segments.map(inherit)],
      open: delta.open && inherit(delta.open),
    },
    violations,
  };
}

/** Whether both texts were made at the same moment, so that they must say the same. */
export function isSameVersion(one: ReadPlaylist, other: ReadPlaylist): boolean {
  const edge = (playlist: ReadPlaylist): string => {
    const { open, segments, trailingDiscontinuityTagCount, preloadHints } = playlist;
    const last = open ?? segments.at(-1);
    const end = [last?.msn, last?.parts.length, last?.uri, trailingDiscontinuityTagCount];
    return [...end, preloadHints[0]?.uri].join();
  };
  return one.mediaSequence === other.mediaSequence && edge(one) === edge(other);
}

/** A delta that was expanded says what the whole playlist of the same moment says (6.2.5.1). */
export function compareExpanded(expanded: ReadPlaylist, full: ReadPlaylist): Violation[] {
  return collect((report) => {
    const differs = (detail: string): void => report('delta-equals-full', '6.2.5.1', detail);
    const header = (playlist: ReadPlaylist): string =>
      JSON.stringify([
        playlist.targetDuration,
        playlist.partTarget,
        [...playlist.serverControl],
        playlist.discontinuitySequence,
        playlist.isIndependent,
        playlist.trailingDiscontinuityTagCount,
      ]);
    if (header(expanded) !== header(full)) differs('the header is another one');
    const [ours, theirs] = [allSegments(expanded), allSegments(full)];
    if (ours.length !== theirs.length) differs(`${ours.length} segments of ${theirs.length}`);
    for (const [index, segment] of theirs.entries()) {
      const other = ours[index];
      if (other === undefined || describe(segment) !== describe(other)) {
        differs(`segment ${segment.msn} is another one`);
      }
    }
  });
}

function describe(segment: ReadSegment): string {
  const { msn, uri, duration, discontinuity, map, programDateTimeMs, gap } = segment;
  return JSON.stringify([msn, uri, duration, discontinuity, map, programDateTimeMs, gap]);
}
