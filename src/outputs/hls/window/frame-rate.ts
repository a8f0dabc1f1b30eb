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

/** A rate that is so near to a whole number, as a share of it, is that number. */
const wholeDoubt = 0.01;

/** Frames per second of video whose frames are this far apart, as far as that is known; in milliseconds. */
export function expectedFrameRate(frameMs: number): number {
  const rate = 1000 / frameMs;
  return Math.abs(rate - Math.round(rate)) <= wholeDoubt * rate ? Math.round(rate) : rate;
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
