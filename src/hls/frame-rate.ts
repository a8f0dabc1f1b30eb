import type { PublishedPiece } from './open-segment.ts';

/** Over less media or fewer frames than this a mean frame rate says little: one frame more or less is a sixteenth. */
const shortestMeasuredSeconds = 2;
const fewestMeasuredFrames = 16;
/** A rate of former media is still the stream's when the newest frames come so many times as fast, or as slow, at most. */
const formerAgreement = 1.3;

/** Frames per second by the newest frames. */
export interface ObservedFrameRate {
  /** undefined while they are too few, or come too irregularly, to tell it exactly. */
  readonly steady: number | undefined;
  /** Roughly; undefined before the second frame. */
  readonly median: number | undefined;
}

/** Frames per second of the fastest session among these pieces; undefined where none has enough media to tell. */
export function measureFrameRate(pieces: readonly PublishedPiece[]): number | undefined {
  const sessions = new Map<string, { seconds: number; frameCount: number }>();
  for (const { map, durationSeconds, frameCount } of pieces) {
    const session = sessions.get(map) ?? { seconds: 0, frameCount: 0 };
    session.seconds += durationSeconds;
    session.frameCount += frameCount;
    sessions.set(map, session);
  }
  const rates = [...sessions.values()]
    .filter(({ seconds, frameCount }) => {
      return seconds >= shortestMeasuredSeconds && frameCount >= fewestMeasuredFrames;
    })
    .map(({ seconds, frameCount }) => frameCount / seconds);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

/** Before it can be measured: undefined rather than a guess, since players read it once. */
export function estimateFrameRate(
  { steady, median }: ObservedFrameRate,
  former: number | undefined,
): number | undefined {
  if (steady !== undefined || former === undefined || median === undefined) return steady;
  const ratio = former / median;
  return Math.max(ratio, 1 / ratio) <= formerAgreement ? former : undefined;
}
