import { CamgateError } from '../../../lib/errors.ts';
import type { PlaylistQuery } from '../window/window.ts';

/** The playlist that is asked for: the one with this segment, or with this part of it. */
export type PlaylistTarget =
  | { readonly kind: 'current' }
  | { readonly kind: 'segment'; readonly msn: number }
  | PlaylistPartTarget;

interface PlaylistPartTarget {
  readonly kind: 'part';
  readonly msn: number;
  readonly part: number;
}

/** Where the playlist ends. */
export interface LiveEdge {
  /** Media sequence number of the segment that is being made. */
  readonly openMsn: number;
  readonly openPartCount: number;
  /** Parts of a complete segment; undefined when it is no longer known. */
  partCountOf(msn: number): number | undefined;
}

export function readTarget(query: PlaylistQuery): PlaylistTarget {
  const msn = readNumber('_HLS_msn', query.msn);
  const part = readNumber('_HLS_part', query.part);
  if (msn === undefined) {
    if (part !== undefined) throw invalid('_HLS_part needs _HLS_msn beside it.');
    return { kind: 'current' };
  }
  return part === undefined ? { kind: 'segment', msn } : { kind: 'part', msn, part };
}

/** `YES` and `v2` are equal here: no date ranges are ever removed (rfc8216bis 6.2.5.1). */
export function wantsDelta(query: PlaylistQuery): boolean {
  return query.skip === 'YES' || query.skip === 'v2';
}

/**
 * rfc8216bis 6.2.5.2: asking for more than two segments after the last complete one, or for more parts than the Advance
 * Part Limit after the last one, is a mistake of the client.
 */
export function checkAdvance(target: PlaylistTarget, edge: LiveEdge, partTargetMs: number): void {
  if (target.kind === 'current') return;
  if (target.msn > edge.openMsn + 1) {
    throw invalid(`_HLS_msn is too far ahead; the segment being made is ${edge.openMsn}.`);
  }
  if (target.kind === 'segment' || target.msn < edge.openMsn) return;
  const limit = partTargetMs >= 1000 ? 3 : Math.ceil(3000 / partTargetMs);
  const lastPart = target.msn === edge.openMsn ? edge.openPartCount - 1 : -1;
  if (target.part > lastPart + limit) {
    throw invalid(`_HLS_part is more than ${limit} parts ahead of the last one.`);
  }
}

export function isReached(target: PlaylistTarget, edge: LiveEdge): boolean {
  if (target.kind === 'current') return true;
  if (target.kind === 'segment') return target.msn < edge.openMsn;
  const { msn, part } = existingPart(target, edge);
  return msn < edge.openMsn || (msn === edge.openMsn && part < edge.openPartCount);
}

/** What the answer depends on, of all that a query may say: requests with equal keys wait for the same answer. */
export function playlistKey(query: PlaylistQuery, edge: LiveEdge): string {
  const target = readTarget(query);
  const delta = wantsDelta(query) ? ' delta' : '';
  if (target.kind === 'current') return `current${delta}`;
  if (target.kind === 'segment') return `${target.msn}${delta}`;
  const { msn, part } = existingPart(target, edge);
  return `${msn}/${part}${delta}`;
}

/** A part after the last of a complete segment is the first part of the next (rfc8216bis 6.2.5.2). */
function existingPart(target: PlaylistPartTarget, edge: LiveEdge): PlaylistPartTarget {
  const partCount = target.msn < edge.openMsn ? edge.partCountOf(target.msn) : undefined;
  if (partCount === undefined || target.part < partCount) return target;
  return { kind: 'part', msn: target.msn + 1, part: 0 };
}

function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid(`${name} must be a whole number.`);
  return Number(text);
}

function invalid(message: string): CamgateError {
  return new CamgateError('query-invalid', message);
}
