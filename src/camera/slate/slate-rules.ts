import type { SupervisorState } from '../supervisor/supervisor-state.ts';

/** What decides whether the slate is due; times are of the monotonic clock. */
export interface SlateFacts {
  readonly state: SupervisorState;
  /** When somebody began to watch. */
  readonly watchedSinceMs: number;
  /** When the newest frame went on air; undefined before the first. */
  readonly lastFrameAtMs: number | undefined;
  /** How long without a frame counts as a stall. */
  readonly stallTimeoutMs: number;
}

/** A cold camera that is connecting needs a second or two, and a third one with a GOP of 2 s. */
const coldPatienceMs = 3_000;
/**
 * A camera that is known to be away: soon, but not at once, because a first dial that fails may be followed by one that
 * works.
 */
const knownAwayMs = 500;
/** After a session has failed: as long as a fast reconnect takes. */
const reconnectMs = 1_000;

/** The time at which viewers get the slate unless a frame of the camera comes before. */
export function slateDueAtMs(facts: SlateFacts): number {
  const { state, watchedSinceMs, lastFrameAtMs, stallTimeoutMs } = facts;
  const failedAtMs = 'failure' in state ? state.sinceMs : undefined;
  if (lastFrameAtMs === undefined || lastFrameAtMs < watchedSinceMs) {
    return watchedSinceMs + (failedAtMs === undefined ? coldPatienceMs : knownAwayMs);
  }
  const stalledAtMs = lastFrameAtMs + stallTimeoutMs;
  if (failedAtMs === undefined) return stalledAtMs;
  return Math.min(stalledAtMs, Math.max(lastFrameAtMs, failedAtMs) + reconnectMs);
}

/** A constant frame rate as ffmpeg takes it: so many frames in so many milliseconds. */
export interface SlateRate {
  readonly frameCount: number;
  readonly periodMs: number;
}

/** Parts must reach this share of PART-TARGET (rfc8216bis 4.4.4.9). */
const shortestPartShare = 0.85;
/** Five frames a second are enough for a still picture, and keep a part from waiting for its frame. */
const wantedIntervalMs = 200;
const mostFramesPerPart = 10;

/**
 * The frame rate that fills the parts of all these playlists with whole frames, so that their constant PART-TARGET
 * holds (rfc8216bis 4.4.3.7, and 85 % of it by 4.4.4.9). `partTargetsMs` begins with the most important one.
 */
export function slateRate(partTargetsMs: readonly [number, ...number[]]): SlateRate {
  const [periodMs] = partTargetsMs;
  const fewest = Math.max(1, Math.round(periodMs / wantedIntervalMs));
  for (let frameCount = fewest; frameCount <= mostFramesPerPart; frameCount++) {
    const intervalMs = periodMs / frameCount;
    if (partTargetsMs.every((targetMs) => fills(intervalMs, targetMs))) {
      return { frameCount, periodMs };
    }
  }
  return { frameCount: fewest, periodMs };
}

function fills(intervalMs: number, targetMs: number): boolean {
  const wholeFramesMs = Math.floor(targetMs / intervalMs + 1e-6) * intervalMs;
  return wholeFramesMs >= shortestPartShare * targetMs;
}
