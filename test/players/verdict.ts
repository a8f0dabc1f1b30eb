import type { WatchedPlayer } from './watched-player.ts';

/** The times of one run, ms since the epoch. */
export interface Moments {
  readonly openedMs: number;
  /** Every player of the run had shown something, or had its time. */
  readonly startedMs: number;
  readonly awayMs: number;
  readonly backMs: number;
  readonly overMs: number;
}

/** What one player did with one camera; durations in milliseconds. */
export interface Verdict {
  /** From the opening to the first picture; undefined: never. */
  readonly startMs: number | undefined;
  /** Longest time without a new picture while the camera was well, start excluded. */
  readonly longestGapMs: number;
  readonly playedToTheEnd: boolean;
  /** While the camera was well. */
  readonly complaints: readonly string[];
  readonly hadOutage: boolean;
  /** From the camera's return to the first new picture; undefined: the player did not go on. */
  readonly wentOnMs: number | undefined;
  readonly complaintsOfOutage: readonly string[];
  /** Why the player left, if it did. */
  readonly end: string | undefined;
  readonly latenciesMs: readonly number[];
  readonly latenciesAfterOutageMs: readonly number[];
}

/** A player that reads segment by segment shows nothing for a segment's time; longer is a picture that stands. */
const standingMs = 3000;
const notedMs = 1500;
/** How long before the end of the run the picture must be seen to move. */
const lastLookMs = 8000;

export function judge(watched: WatchedPlayer, moments: Moments): Verdict {
  const { openedMs, startedMs, awayMs, overMs } = moments;
  const { sightings, end } = watched;
  const firstMs = sightings.firstAfter(openedMs);
  const steadyMs = Math.max(startedMs, firstMs ?? startedMs);
  const gap = sightings.longestGap(steadyMs, awayMs);
  for (const { ms, endMs } of sightings.gaps(openedMs, overMs)) {
    if (ms > notedMs) watched.log(`stood for ${ms} ms until ${new Date(endMs).toISOString()}`);
  }
  return {
    startMs: firstMs === undefined ? undefined : firstMs - watched.askedMs,
    longestGapMs: gap.ms,
    playedToTheEnd: firstMs !== undefined && gap.ms < standingMs && (end?.atMs ?? overMs) >= awayMs,
    complaints: watched.complaintsBetween(openedMs, awayMs),
    hadOutage: awayMs < overMs,
    wentOnMs: wentOn(watched, moments),
    complaintsOfOutage: watched.complaintsBetween(awayMs, overMs),
    end: end?.text,
    latenciesMs: sightings.latencies(steadyMs, awayMs),
    latenciesAfterOutageMs: sightings.latencies(overMs - lastLookMs, overMs),
  };
}

/**
 * By the frame's number where there is one: something that the camera sent after its return. A player of which only the
 * clock is known went on at the end of its longest stand.
 */
function wentOn({ sightings, end }: WatchedPlayer, moments: Moments): number | undefined {
  const { awayMs, backMs, overMs } = moments;
  const movesAtTheEnd = sightings.longestGap(overMs - lastLookMs, overMs).ms < standingMs;
  if (end !== undefined || !movesAtTheEnd) return undefined;
  const atMs = sightings.readsFrames
    ? sightings.firstSentAfter(backMs)
    : sightings.longestGap(awayMs, overMs).endMs;
  return atMs === undefined ? undefined : atMs - backMs;
}
