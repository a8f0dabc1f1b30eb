import { byteLengthOf, type Frame } from '../../../media/frame.ts';
import { writePart } from './part-assembly.ts';
import type { SegmenterPart } from './segmenter-events.ts';
import type { SegmenterRun } from './segmenter-run.ts';
import { partHoldBackTargets, type Targets } from './targets.ts';

/**
 * PART-HOLD-BACK and two parts more. A player that keeps that distance begins in the preroll and has it for a buffer.
 * If it has fewer parts than have come since, hls.js loads no parts before the next complete segment.
 */
const prerollPartCount = partHoldBackTargets + 2;
/**
 * The last picture and the last silence of a part last one tick longer, overlapping what follows: hls.js loads a part
 * again and again, and none after it, if its buffer ends a rounding error before the part does.
 */
const overlapTicks = 1;

interface PrerollOptions {
  readonly targets: Targets;
  readonly keyframe: Frame;
  /** Of the part that begins with the keyframe; undefined if there is none yet. */
  readonly firstAudio: Frame | undefined;
}

/**
 * A still moment before the first keyframe of a playlist: the keyframe, held, with silence if the run has audio. It
 * takes the place of the media, and everything later is shifted behind it. Empty if none can be made; then the first
 * part has to do.
 */
export function makePreroll(
  run: SegmenterRun,
  { targets, keyframe, firstAudio }: PrerollOptions,
): SegmenterPart[] {
  const { audio, clock } = run;
  const { partTargetMs, targetDurationSeconds } = targets;
  if (audio?.canBeSilent === false) return [];
  const fitting = Math.floor((targetDurationSeconds * 1000) / partTargetMs);
  const partCount = Math.min(prerollPartCount, Math.max(1, fitting));
  const partTicks = Math.round((partTargetMs * clock.timescale) / 1000);
  const beginTicks = keyframe.dts - partCount * partTicks;
  run.shiftSeconds += (partCount * partTicks) / clock.timescale;
  const audioTicks = firstAudio?.pts ?? audio?.endTicks ?? 0;
  return Array.from({ length: partCount }, (_, index) => {
    const dts = beginTicks + index * partTicks;
    const held: Frame = { ...keyframe, dts, pts: dts + keyframe.pts - keyframe.dts };
    const silence =
      audio?.silenceBefore(audioTicks, { fromTicks: dts, untilTicks: dts + partTicks }) ?? [];
    const bytes = writePart(run, {
      video: [held],
      durations: [partTicks + overlapTicks],
      audio: overlapping(silence),
    });
    return {
      bytes,
      durationSeconds: partTicks / clock.timescale,
      frameCount: 1,
      isIndependent: true,
      keyframes: { count: 1, byteLength: byteLengthOf(keyframe) },
      audio: { seconds: 0, byteLength: 0 },
      isPreroll: true,
    };
  });
}

function overlapping(silence: readonly Frame[]): Frame[] {
  const last = silence.at(-1);
  if (last === undefined) return [];
  return [...silence.slice(0, -1), { ...last, duration: last.duration + overlapTicks }];
}
