import type { PublishedPiece } from './open-segment.ts';

/** A mean frame rate over less media or fewer frames than this is inexact: one frame more or less is a sixteenth. */
const shortestMeasuredSeconds = 2;
const fewestMeasuredFrames = 16;
/** The rate of earlier media still holds if the newest frames are at most this many times as fast, or as slow. */
const agreement = 1.3;

/** The frame rate of the newest frames. */
export interface ObservedFrameRate {
  /** undefined while they are too few, or too irregular, to know it exactly. */
  readonly steady: number | undefined;
  /** Roughly; undefined before the second frame. */
  readonly median: number | undefined;
}

/** Frames per second of the fastest run among these pieces; undefined if none has enough media to know. */
export function measureFrameRate(pieces: readonly PublishedPiece[]): number | undefined {
  const runs = new Map<string, { seconds: number; frameCount: number }>();
  for (const { map, durationSeconds, frameCount } of pieces) {
    const run = runs.get(map) ?? { seconds: 0, frameCount: 0 };
    run.seconds += durationSeconds;
    run.frameCount += frameCount;
    runs.set(map, run);
  }
  const rates = [...runs.values()]
    .filter(({ seconds, frameCount }) => {
      return seconds >= shortestMeasuredSeconds && frameCount >= fewestMeasuredFrames;
    })
    .map(({ seconds, frameCount }) => frameCount / seconds);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

/** Cameras are mostly set to a multiple of this, in frames per second. */
const usualStep = 5;

/**
 * Frames per second of video whose frame interval is about this long, in milliseconds. Stamps are rounded to whole
 * milliseconds, so 66 ms are as good as 67: a usual rate within that doubt is taken, or the nearest whole one.
 */
export function expectedFrameRate(frameMs: number): number {
  const rate = 1000 / frameMs;
  const isWithin = (whole: number): boolean => Math.abs(1000 / whole - frameMs) <= 1;
  const usual = usualStep * Math.round(rate / usualStep);
  return [usual, Math.round(rate)].find((whole) => whole > 0 && isWithin(whole)) ?? rate;
}

/**
 * The rate before it can be measured: undefined rather than a guess, because players read it only once. `earlier`: of
 * earlier media; `expected`: of the frames before the first keyframe.
 */
export function estimateFrameRate(
  { steady, median }: ObservedFrameRate,
  { earlier, expected }: { earlier: number | undefined; expected: number | undefined },
): number | undefined {
  if (steady !== undefined) return steady;
  const known = earlier ?? expected;
  if (median === undefined) return expected;
  if (known === undefined) return undefined;
  const ratio = known / median;
  return Math.max(ratio, 1 / ratio) <= agreement ? known : undefined;
}
