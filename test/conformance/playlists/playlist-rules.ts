import { checkIndependentSegments } from './independent-segments.ts';
import type { ReadPart, ReadPlaylist, ReadSegment } from './m3u8.ts';
import { collect, type Report, type Violation } from '../violations.ts';

export interface RuleOptions {
  /** Longest frame in seconds: parts may miss their segment's duration by this. */
  readonly frameSeconds: number;
}

/** Durations are written with five decimals, PART-TARGET with three. */
export const rounding = 0.0006;
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
    checkDiscontinuities(playlist, report);
    checkGaps(playlist, report);
    checkPartAge(playlist, report);
    checkHint(playlist, report);
    checkUniqueUris(playlist, report);
    checkIndependentSegments(playlist, report);
  });
}

export function allSegments(playlist: ReadPlaylist): ReadSegment[] {
  return playlist.open ? [...playlist.segments, playlist.open] : [...playlist.segments];
}

export function allParts(playlist: ReadPlaylist): ReadPart[] {
  return allSegments(playlist).flatMap((segment) => [...segment.parts]);
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
  const hasDiscontinuity = allSegments(playlist).some((segment) => segment.discontinuity);
  const isAnnounced = playlist.trailingDiscontinuityTagCount > 0;
  if ((hasDiscontinuity || isAnnounced) && playlist.discontinuitySequence === undefined) {
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
  let previous: string | undefined;
  for (const segment of allSegments(playlist)) {
    if (segment.map === undefined && playlist.skippedCount === 0) {
      report('map', '4.4.4.5', `no EXT-X-MAP applies to ${segment.msn}`);
    }
    if (segment.discontinuity && !segment.hasMapTag) {
      report('map-per-discontinuity', '4.4.4.5', `${segment.msn} has no EXT-X-MAP of its own`);
    }
    // Another init segment is another encoder: other parameters, stamps that begin anew.
    if (previous !== undefined && previous !== segment.map && !segment.discontinuity) {
      report(
        'discontinuity',
        '4.4.4.3',
        `${segment.msn} has a new init without EXT-X-DISCONTINUITY`,
      );
    }
    previous = segment.map;
  }
}

/** Two sessions that end one after the other break the stream once: every tag counts in the sequence (4.4.3.3). */
function checkDiscontinuities(playlist: ReadPlaylist, report: Report): void {
  for (const { msn, discontinuityTagCount } of allSegments(playlist)) {
    if (discontinuityTagCount > 1) {
      report('discontinuity-once', '4.4.4.3', `${discontinuityTagCount} tags before ${msn}`);
    }
  }
  const { trailingDiscontinuityTagCount } = playlist;
  if (trailingDiscontinuityTagCount > 1) {
    report('discontinuity-once', '4.4.4.3', `${trailingDiscontinuityTagCount} tags at the end`);
  }
}

/** What is missing is marked, on the part and on its segment (4.4.4.7, 4.4.4.9). */
function checkGaps(playlist: ReadPlaylist, report: Report): void {
  for (const segment of playlist.segments) {
    if (!segment.gap && segment.parts.some((part) => part.gap)) {
      report('gap', '4.4.4.7', `${segment.msn} has a missing part and no EXT-X-GAP`);
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

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
