import type { PublishedPiece } from './open-segment.ts';

/** Over less media than this, in seconds, a mean frame rate says little. */
const shortestMeasuredSeconds = 2;

/**
 * Frames per second of the fastest session among these pieces; `observed`, the rate of the newest frames, where no session
 * has enough media to tell. undefined without media.
 */
export function frameRateOf(
  pieces: readonly PublishedPiece[],
  observed: number | undefined,
): number | undefined {
  const sessions = new Map<string, { seconds: number; frameCount: number }>();
  for (const { map, durationSeconds, frameCount } of pieces) {
    const session = sessions.get(map) ?? { seconds: 0, frameCount: 0 };
    session.seconds += durationSeconds;
    session.frameCount += frameCount;
    sessions.set(map, session);
  }
  const all = [...sessions.values()].filter(({ seconds }) => seconds > 0);
  const measured = all.filter(({ seconds }) => seconds >= shortestMeasuredSeconds);
  if (measured.length === 0 && observed !== undefined && all.length > 0) return observed;
  const rates = (measured.length > 0 ? measured : all).map((one) => one.frameCount / one.seconds);
  return rates.length === 0 ? undefined : Math.max(...rates);
}
