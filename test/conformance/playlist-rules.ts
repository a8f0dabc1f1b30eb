import type { ReadPart, ReadPlaylist, ReadSegment } from './m3u8.ts';

export interface Violation {
  readonly rule: string;
  /** Section of rfc8216bis. */
  readonly section: string;
  readonly detail: string;
}

export interface RuleOptions {
  /** Longest frame in seconds: parts may miss their segment's duration by this. */
  readonly frameSeconds: number;
}

type Report = (rule: string, section: string, detail: string) => void;

/** Durations are written with five decimals, PART-TARGET with three. */
const rounding = 0.0006;
/** PROGRAM-DATE-TIME has whole milliseconds. */
const dateRoundingMs = 2;

/** Everything that one playlist shows by itself. */
export function checkPlaylist(playlist: ReadPlaylist, options: RuleOptions): Violation[] {
  return collect((report) => {
    checkHeader(playlist, report);
    checkServerControl(playlist, report);
    for (const segment of allSegments(playlist)) checkSegment(playlist, segment, report, options);
    checkDates(playlist, report);
    checkMaps(playlist, report);
    checkPartAge(playlist, report);
    checkHint(playlist, report);
    checkUniqueUris(playlist, report);
  });
}

/** What must hold between two versions that a client got one after the other (both whole, see `applyDelta`). */
export function checkTransition(previous: ReadPlaylist, next: ReadPlaylist): Violation[] {
  return collect((report) => {
    checkConstants(previous, next, report);
    const movedCount = next.mediaSequence - previous.mediaSequence;
    if (movedCount < 0) {
      report('media-sequence-grows', '6.2.2', `${previous.mediaSequence} to ${next.mediaSequence}`);
      return;
    }
    checkKeptSegments(previous, next, report);
    checkRemoval(previous, next, report);
    checkHintCameTrue(previous, next, report);
  });
}

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
    const keptSeconds = sum(delta.segments.map((segment) => segment.duration));
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

export function allSegments(playlist: ReadPlaylist): ReadSegment[] {
  return playlist.open ? [...playlist.segments, playlist.open] : [...playlist.segments];
}

export function allParts(playlist: ReadPlaylist): ReadPart[] {
  return allSegments(playlist).flatMap((segment) => [...segment.parts]);
}

function collect(check: (report: Report) => void): Violation[] {
  const violations: Violation[] = [];
  check((rule, section, detail) => violations.push({ rule, section, detail }));
  return violations;
}

function checkHeader(playlist: ReadPlaylist, report: Report): void {
  if (playlist.firstLine !== '#EXTM3U') report('extm3u', '4.4.1.1', playlist.firstLine);
  if (!Number.isInteger(playlist.targetDuration)) {
    report('target-duration', '4.4.3.1', `${playlist.targetDuration} is no whole number`);
  }
  if (playlist.version < 6) report('version', '8', 'EXT-X-MAP needs version 6');
  if (playlist.partTarget === undefined && allParts(playlist).length > 0) {
    report('part-inf', '4.4.3.7', 'parts without EXT-X-PART-INF');
  }
  const hasDiscontinuity = playlist.segments.some((segment) => segment.discontinuity);
  if (hasDiscontinuity && playlist.discontinuitySequence === undefined) {
    report('discontinuity-sequence', '6.2.2', 'EXT-X-DISCONTINUITY without the sequence tag');
  }
}

function checkServerControl(playlist: ReadPlaylist, report: Report): void {
  const { serverControl, targetDuration, partTarget = 0 } = playlist;
  const atLeast = (name: string, least: number): void => {
    const value = Number(serverControl.get(name) ?? 'NaN');
    if (!(value + rounding >= least)) {
      report(name.toLowerCase(), '4.4.3.8', `${value} is less than ${least}`);
    }
  };
  if (serverControl.get('CAN-BLOCK-RELOAD') !== 'YES') {
    report('can-block-reload', '4.4.3.8', 'missing');
  }
  atLeast('HOLD-BACK', 3 * targetDuration);
  atLeast('PART-HOLD-BACK', 3 * partTarget);
  atLeast('CAN-SKIP-UNTIL', 6 * targetDuration);
}

function checkSegment(
  playlist: ReadPlaylist,
  segment: ReadSegment,
  report: Report,
  options: RuleOptions,
): void {
  const name = segment.uri ?? 'the open segment';
  if (Math.round(segment.duration) > playlist.targetDuration) {
    report('extinf', '4.4.3.1', `${name} lasts ${segment.duration} s`);
  }
  if (segment.lateTags.length > 0) {
    report('tags-before-parts', '4.4.4.9', `${name}: ${segment.lateTags.join()} behind a part`);
  }
  const partTarget = playlist.partTarget ?? 0;
  for (const [index, part] of segment.parts.entries()) {
    if (!(part.duration <= partTarget + rounding)) {
      report('part-target', '4.4.4.9', `${part.uri} lasts ${part.duration} s`);
    }
    const isLast = index === segment.parts.length - 1 && segment.uri !== undefined;
    const isOpenEnd = index === segment.parts.length - 1 && segment.uri === undefined;
    const isExcepted = isLast || isOpenEnd || part.independent || part.gap;
    if (!isExcepted && part.duration < 0.85 * partTarget - rounding) {
      report('part-85-percent', '4.4.4.9', `${part.uri} lasts ${part.duration} s`);
    }
  }
  const partSeconds = sum(segment.parts.map((part) => part.duration));
  const isListed = segment.uri !== undefined && segment.parts.length > 0;
  if (isListed && Math.abs(partSeconds - segment.duration) > options.frameSeconds) {
    report('parts-add-up', '4.4.4.9', `${name}: ${partSeconds} s in parts of ${segment.duration}`);
  }
}

function checkDates(playlist: ReadPlaylist, report: Report): void {
  let expectedMs: number | undefined;
  for (const segment of allSegments(playlist)) {
    const actualMs = segment.programDateTimeMs;
    if (actualMs === undefined) {
      report('program-date-time', '4.4.4.6', `none at ${segment.msn}`);
      continue;
    }
    if (expectedMs !== undefined) {
      const offMs = actualMs - expectedMs;
      const isWrong = segment.discontinuity
        ? offMs < -dateRoundingMs
        : Math.abs(offMs) > dateRoundingMs;
      if (isWrong) report('program-date-time', '4.4.4.6', `${offMs} ms off at ${segment.msn}`);
    }
    expectedMs = actualMs + segment.duration * 1000;
  }
}

function checkMaps(playlist: ReadPlaylist, report: Report): void {
  for (const segment of allSegments(playlist)) {
    if (segment.map === undefined && playlist.skippedCount === 0) {
      report('map', '4.4.4.5', `no EXT-X-MAP applies to ${segment.msn}`);
    }
    if (segment.discontinuity && !segment.hasMapTag) {
      report('map-per-discontinuity', '4.4.4.5', `${segment.msn} has no EXT-X-MAP of its own`);
    }
  }
}

function checkPartAge(playlist: ReadPlaylist, report: Report): void {
  let seconds = 0;
  for (const segment of allSegments(playlist).toReversed()) {
    const isOld = seconds > 3 * playlist.targetDuration + rounding;
    if (isOld && segment.parts.length > 0) {
      report('part-age', '6.2.2', `parts of ${segment.msn} end ${seconds} s before the end`);
    }
    seconds += segment.duration;
  }
}

function checkHint(playlist: ReadPlaylist, report: Report): void {
  const hints = playlist.preloadHints.filter(({ type }) => type === 'PART');
  if (hints.length !== 1) report('preload-hint', '4.4.5.3', `${hints.length} hints of a part`);
  const known = new Set(allParts(playlist).map((part) => part.uri));
  for (const { uri } of hints) {
    if (known.has(uri)) report('preload-hint', '4.4.5.3', `${uri} is listed already`);
  }
}

function checkUniqueUris(playlist: ReadPlaylist, report: Report): void {
  const seen = new Set<string>();
  for (const segment of allSegments(playlist)) {
    for (const uri of [segment.uri, ...segment.parts.map((part) => part.uri)]) {
      if (uri === undefined) continue;
      if (seen.has(uri)) report('unique-uri', '6.2.1', `${uri} is listed twice`);
      seen.add(uri);
    }
  }
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
  const fresh = allSegments(next)
    .filter((segment) => segment.msn >= lastMsn)
    .flatMap((segment) => [...segment.parts])
    .find((part) => !before.has(part.uri));
  if (fresh !== undefined && fresh.uri !== hinted) {
    report('preload-hint-true', '4.4.5.3', `${hinted} was hinted, ${fresh.uri} came`);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
