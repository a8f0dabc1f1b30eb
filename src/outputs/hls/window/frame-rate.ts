import type { PublishedPiece } from './open-segment.ts';

/** Over less media or fewer frames than this a mean frame rate says little: one frame more or less is a sixteenth. */
const shortestMeasuredSeconds = 2;
const fewestMeasuredFrames = 16;
/**
 * A rate of earlier media is still the stream's when the newest frames come so many times as fast, or as slow, at
 * most.
 */
const agreement = 1.3;

/** Frames per second by the newest frames. */
export interface ObservedFrameRate {
  /** undefined while they are too few, or come too irregularly, to tell it exactly. */
  readonly steady: number | undefined;
  /** Roughly; undefined before the second frame. */
  readonly median: number | undefined;
}

/** Frames per second of the fastest run among these pieces; undefined where none has enough media to tell. */
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

/** Rates that cameras are set to, in frames per second, are multiples of this more often than not. */
const usualStep = 5;

/**
 * Frames per second of video whose frames are about this far apart, in milliseconds. Stamps are rounded to whole
 * milliseconds, so 66 ms are as good as 67: a usual rate within that doubt is taken, or the nearest whole one.
 */
export function expectedFrameRate(frameMs: number): number {
  const rate = 1000 / frameMs;
  const isWithin = (whole: number): boolean => Math.abs(1000 / whole - frameMs) <= 1;
  const usual = usualStep * Math.round(rate / usualStep);
  return [usual, Math.round(rate)].find((whole) => whole > 0 && isWithin(whole)) ?? rate;
}

/**
 * Before it can be measured: undefined rather than a guess, since players read it once. `earlier`: of the media before;
 * `expected`: of what has come before the first keyframe.
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
