import { checkIndependenceStays } from './independent-segments.ts';
import type { ReadPlaylist, ReadSegment } from './m3u8.ts';
import { allParts, allSegments, rounding, sum } from './playlist-rules.ts';
import { collect, type Report, type Violation } from '../violations.ts';

/** What must hold between two versions that a client got one after the other (both whole, see `applyDelta`). */
export function checkTransition(previous: ReadPlaylist, next: ReadPlaylist): Violation[] {
  return collect((report) => {
    checkConstants(previous, next, report);
    checkIndependenceStays(previous, next, report);
    const movedCount = next.mediaSequence - previous.mediaSequence;
    if (movedCount < 0) {
      report('media-sequence-grows', '6.2.2', `${previous.mediaSequence} to ${next.mediaSequence}`);
      return;
    }
    checkKeptSegments(previous, next, report);
    checkKeptDiscontinuity(previous, next, report);
    checkRemoval(previous, next, report);
    checkHintCameTrue(previous, next, report);
  });
}

function checkConstants(previous: ReadPlaylist, next: ReadPlaylist, report: Report): void {
  if (previous.targetDuration !== next.targetDuration) {
    report(
      'constant-target-duration',
      '6.2.1',
      `${previous.targetDuration} to ${next.targetDuration}`,
    );
  }
  if (previous.partTarget !== next.partTarget) {
    report('constant-part-target', '4.4.3.7', `${previous.partTarget} to ${next.partTarget}`);
  }
  const names = new Set([...previous.serverControl.keys(), ...next.serverControl.keys()]);
  for (const name of names) {
    const [before, after] = [previous.serverControl.get(name), next.serverControl.get(name)];
    if (before !== after) {
      report('constant-server-control', '4.4.3.8', `${name}: ${before ?? ''} to ${after ?? ''}`);
    }
  }
}

function checkKeptSegments(previous: ReadPlaylist, next: ReadPlaylist, report: Report): void {
  const byMsn = new Map(allSegments(next).map((segment) => [segment.msn, segment]));
  for (const before of allSegments(previous)) {
    const after = byMsn.get(before.msn);
    if (after === undefined) continue;
    const changes =
      before.uri === undefined ? changesOfOpen(before, after) : changesOf(before, after);
    for (const change of changes) {
      report('immutable-segment', '6.2.1', `${change} of segment ${before.msn} changed`);
    }
    const isKept = after.parts.length > 0 || after.uri !== undefined;
    if (!isKept) report('immutable-segment', '6.2.1', `parts of ${before.msn} vanished`);
    for (const [index, part] of before.parts.entries()) {
      const now = after.parts[index];
      if (after.parts.length === 0 && after.uri !== undefined) break;
      if (now?.uri !== part.uri || now.duration !== part.duration) {
        report('immutable-part', '6.2.1', `${part.uri} became ${now?.uri ?? 'nothing'}`);
      }
    }
  }
  const last = allSegments(previous).at(-1);
  const newest = allSegments(next).at(-1);
  if (last && newest && newest.msn < last.msn) {
    report('append-only', '6.2.1', `segment ${last.msn} vanished from the end`);
  }
}

function changesOf(before: ReadSegment, after: ReadSegment): string[] {
  const keys = ['uri', 'duration', 'discontinuity', 'map', 'programDateTimeMs'] as const;
  return keys.filter((key) => before[key] !== after[key]);
}

function changesOfOpen(before: ReadSegment, after: ReadSegment): string[] {
  const keys = ['discontinuity', 'map', 'programDateTimeMs'] as const;
  return keys.filter((key) => before[key] !== after[key]);
}

/** A tag at the end stays there until its segment comes, which then has it (6.2.1). */
function checkKeptDiscontinuity(previous: ReadPlaylist, next: ReadPlaylist, report: Report): void {
  if (previous.trailingDiscontinuityTagCount === 0) return;
  const msn = nextMsnOf(previous);
  const segment = allSegments(next).find((candidate) => candidate.msn === msn);
  const isAtTheEnd = nextMsnOf(next) === msn && next.trailingDiscontinuityTagCount > 0;
  const isRemoved = next.mediaSequence > msn;
  if (segment?.discontinuity !== true && !isAtTheEnd && !isRemoved) {
    report('discontinuity-stays', '6.2.1', `the tag before ${msn} was withdrawn`);
  }
}

function nextMsnOf(playlist: ReadPlaylist): number {
  return (allSegments(playlist).at(-1)?.msn ?? playlist.mediaSequence - 1) + 1;
}

function checkRemoval(previous: ReadPlaylist, next: ReadPlaylist, report: Report): void {
  const removed = allSegments(previous).filter((segment) => segment.msn < next.mediaSequence);
  const removedTagCount = removed.filter((segment) => segment.discontinuity).length;
  const before = previous.discontinuitySequence ?? 0;
  const after = next.discontinuitySequence ?? 0;
  if (after < before) report('discontinuity-sequence', '6.2.2', `${before} to ${after}`);
  const isContiguous = next.mediaSequence <= (allSegments(previous).at(-1)?.msn ?? 0) + 1;
  if (isContiguous && after - before !== removedTagCount) {
    report(
      'discontinuity-sequence',
      '6.2.2',
      `${removedTagCount} tags were removed, the sequence went from ${before} to ${after}`,
    );
  }
  const leftSeconds = sum(next.segments.map((segment) => segment.duration));
  if (removed.length > 0 && leftSeconds + rounding < 3 * next.targetDuration) {
    report('shortest-playlist', '6.2.2', `only ${leftSeconds} s are left after a removal`);
  }
}

function checkHintCameTrue(previous: ReadPlaylist, next: ReadPlaylist, report: Report): void {
  const hinted = previous.preloadHints.find(({ type }) => type === 'PART')?.uri;
  if (hinted === undefined) return;
  const before = new Set(allParts(previous).map((part) => part.uri));
  const lastMsn = allSegments(previous).at(-1)?.msn ?? -1;
  const later = allSegments(next).filter((segment) => segment.msn >= lastMsn);
  // After a long pause the parts of then may not be listed any more.
  const isComplete = later[0] !== undefined && later[0].parts.length > 0;
  const fresh = later
    .flatMap((segment) => [...segment.parts])
    .find((part) => !before.has(part.uri));
  if (isComplete && fresh !== undefined && fresh.uri !== hinted) {
    report('preload-hint-true', '4.4.5.3', `${hinted} was hinted, ${fresh.uri} came`);
  }
}
