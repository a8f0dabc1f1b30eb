/** The promises of a playlist that never change during its life (rfc8216bis 6.2.1, 4.4.3.1, 4.4.3.7, 4.4.3.8). */
export interface Targets {
  /** PART-TARGET in milliseconds. */
  readonly partTargetMs: number;
  /** EXT-X-TARGETDURATION in whole seconds. */
  readonly targetDurationSeconds: number;
}

/**
 * A segment may be this much longer than TARGETDURATION, in milliseconds: EXTINF is rounded to the nearest integer
 * before it is compared (rfc8216bis 4.4.3.1), so a GOP of 2.04 s needs no cut.
 */
export const segmentToleranceMs = 450;

export function longestSegmentMs(targets: Targets): number {
  return targets.targetDurationSeconds * 1000 + segmentToleranceMs;
}

/** PART-HOLD-BACK in part targets, as recommended (rfc8216bis 4.4.3.8). */
export const partHoldBackTargets = 3;

/** Cameras send ADPCM in blocks of up to 255 ms, and its encoder takes some 100 ms more. In milliseconds. */
const usualAudioLagMs = 400;

/**
 * How far audio may lag behind the video of a part before silence takes its place, in milliseconds. A player keeps
 * PART-HOLD-BACK between itself and the live edge, and comes one part nearer before the next part is there. With parts
 * shorter than usual, that would be less than the audio of some cameras needs, and all of it would be lost.
 */
export function longestAudioLagMs({ partTargetMs }: Targets): number {
  return Math.max(usualAudioLagMs, (partHoldBackTargets - 1) * partTargetMs);
}

/** Parts must reach this share of PART-TARGET, except a segment's last (rfc8216bis 4.4.4.9; iOS insists). */
export const shortestPartShare = 0.85;

/** What the targets are derived from; all in milliseconds. */
export interface TargetInputs {
  readonly partMs: number;
  readonly segmentMs: number;
  readonly frameMs: number;
  readonly knownGopMs: number | undefined;
}

export function chooseTargets(inputs: TargetInputs): Targets {
  const partTargetMs = choosePartTargetMs(inputs.partMs, inputs.frameMs);
  return { partTargetMs, targetDurationSeconds: chooseTargetDuration(inputs, partTargetMs) };
}

/** Fewer intervals than this establish the frame rate only when they fill a part. */
export const intervalsForTargets = 3;

/** This share of `partMs` fills a part. */
export const fullPartShare = 0.87;

/**
 * A whole number of frames near `partMs`; exactly `partMs` where that many frames fill it, give or take the millisecond
 * that a camera's stamps are rounded to (three frames of 67 ms are 15 fps).
 */
function choosePartTargetMs(partMs: number, frameMs: number): number {
  const frameCount = Math.max(1, Math.round(partMs / frameMs));
  const wholeFramesMs = frameCount * frameMs;
  if (wholeFramesMs >= fullPartShare * partMs && wholeFramesMs <= 1.01 * partMs) return partMs;
  return Math.ceil((wholeFramesMs - 0.05) / 10) * 10;
}

/** At least 2 s, which covers the usual GOPs of 1 s and 2 s before the camera's own is known. */
function chooseTargetDuration(inputs: TargetInputs, partTargetMs: number): number {
  const { segmentMs, knownGopMs } = inputs;
  const gopCount = knownGopMs ? Math.max(1, Math.ceil(segmentMs / knownGopMs - 0.02)) : 0;
  const longestMs = Math.max(segmentMs, gopCount * (knownGopMs ?? 0));
  return Math.max(2, Math.ceil((longestMs - 300) / 1000), Math.ceil(partTargetMs / 1000));
}
