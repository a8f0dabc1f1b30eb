/** What a client loads for one segment. */
export interface LoadedPiece {
  readonly durationSeconds: number;
  readonly byteLength: number;
}

export interface Bandwidth {
  /** Bits per second, whole. */
  readonly peak: number;
  readonly average: number;
}

/**
 * BANDWIDTH is the largest rate of any contiguous run of segments that lasts 0.5 to 1.5 target durations,
 * AVERAGE-BANDWIDTH the mean of all (rfc8216bis 4.4.6.2).
 */
export function measureBandwidth(
  segments: readonly LoadedPiece[],
  targetDurationSeconds: number,
): Bandwidth {
  const average = rate(segments);
  let peak = 0;
  for (let start = 0; start < segments.length; start += 1) {
    let bytes = 0;
    let seconds = 0;
    for (let end = start; end < segments.length; end += 1) {
      bytes += segments[end]?.byteLength ?? 0;
      seconds += segments[end]?.durationSeconds ?? 0;
      if (seconds > 1.5 * targetDurationSeconds) break;
      if (seconds >= 0.5 * targetDurationSeconds) peak = Math.max(peak, toRate(bytes, seconds));
    }
  }
  return { peak: Math.max(peak, average), average };
}

function rate(pieces: readonly LoadedPiece[]): number {
  let bytes = 0;
  let seconds = 0;
  for (const piece of pieces) {
    bytes += piece.byteLength;
    seconds += piece.durationSeconds;
  }
  return toRate(bytes, seconds);
}

function toRate(bytes: number, seconds: number): number {
  return seconds > 0 ? Math.round((bytes * 8) / seconds) : 0;
}
