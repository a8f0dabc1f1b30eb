import { byteLengthOf, videoTimescale, type Frame } from '../../../media/frame.ts';
import { writeFragment, type FragmentRun } from '../../../media/mp4/fragment-writer.ts';
import { withParameterSets } from '../../../media/nal/parameter-sets.ts';
import type { AudioTotal, KeyframeTotal } from './segmenter-events.ts';
import type { SegmenterRun } from './segmenter-run.ts';

/** More frames of audio without one of video than this (20 s at 48 kHz) are dropped. */
const maxAudioFrames = 1000;

/**
 * How much later than expected a frame may come, in frames, for the previous part to still end where the next begins.
 */
const jitterFrames = 0.5;

const noKeyframes: KeyframeTotal = { count: 0, byteLength: 0 };

/** The frames of the part that is being made. */
export class PartAssembly {
  #video: Frame[] = [];
  #audio: Frame[] = [];
  #keyframes: KeyframeTotal = noKeyframes;
  #byteCount = 0;
  /** Where the video of the previous part ends; undefined if there is none. */
  #endTicks: number | undefined;

  get frameCount(): number {
    return this.#video.length;
  }

  /** The part's first frame is a keyframe. */
  get isIndependent(): boolean {
    return this.#video[0]?.isKeyframe === true;
  }

  get keyframes(): KeyframeTotal {
    return this.#keyframes;
  }

  get firstFrame(): Frame | undefined {
    return this.#video[0];
  }

  get firstAudio(): Frame | undefined {
    return this.#audio[0];
  }

  audioTotal(timescale: number): AudioTotal {
    const ticks = this.#audio.reduce((sum, { duration }) => sum + duration, 0);
    const byteLength = this.#audio.reduce((sum, frame) => sum + byteLengthOf(frame), 0);
    return { seconds: ticks / timescale, byteLength };
  }

  /** Of the frames alone. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** The next frame begins a stretch, or stands behind a discontinuity: it continues nothing. */
  goOn(): void {
    this.#endTicks = undefined;
  }

  addVideo(frame: Frame): void {
    this.#video.push(frame);
    const byteLength = byteLengthOf(frame);
    this.#byteCount += byteLength;
    if (!frame.isKeyframe) return;
    const { count, byteLength: before } = this.#keyframes;
    this.#keyframes = { count: count + 1, byteLength: before + byteLength };
  }

  addAudio(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (this.#audio.length >= maxAudioFrames) return;
      this.#audio.push(frame);
      this.#byteCount += byteLengthOf(frame);
    }
  }

  /** No part follows this one without a break: its audio ends with its video, and is dropped if there is no video. */
  finishAudio({ audio, clock }: SegmenterRun): void {
    if (audio === undefined) return;
    if (this.#video.length > 0) this.#audio = audio.finish(this.#audio, clock.endTicks);
    else audio.withdraw(this.#audio);
  }

  write(run: SegmenterRun): Buffer {
    const { endTicks } = run.clock;
    const video = this.#withoutHole(run.clock.expectedTicks);
    const durations = video.map(({ dts }, index) => (video[index + 1]?.dts ?? endTicks) - dts);
    this.#endTicks = endTicks;
    return writePart(run, { video, durations, audio: this.#audio });
  }

  /**
   * The previous part ended where its last frame was expected to end. A frame that is later than that by more than
   * jitter begins there all the same, and its duration includes the hole: in Media Source Extensions a hole would split
   * the buffer, and players stall at it.
   */
  #withoutHole(frameTicks: number): readonly Frame[] {
    const [first, ...others] = this.#video;
    const begin = this.#endTicks;
    if (first === undefined || begin === undefined) return this.#video;
    if (first.dts - begin <= jitterFrames * frameTicks) return this.#video;
    return [{ ...first, dts: begin, pts: first.pts === first.dts ? begin : first.pts }, ...others];
  }

  clear(): void {
    this.#video = [];
    this.#audio = [];
    this.#keyframes = noKeyframes;
    this.#byteCount = 0;
  }
}

/**
 * A part as one fragment, copied once for all viewers. Video comes first, so that the first time a player finds in it
 * is the video's (Shaka Player places a part by that).
 */
export function writePart(
  { source, audio, shiftSeconds }: SegmenterRun,
  frames: { video: readonly Frame[]; durations: readonly number[]; audio: readonly Frame[] },
): Buffer {
  const video: FragmentRun = {
    kind: 'video',
    shiftTicks: Math.round(shiftSeconds * videoTimescale),
    frames: frames.video.map((frame) => withParameterSets(frame, source.video)),
    durations: frames.durations,
  };
  if (audio === undefined) return writeFragment(0, [video]);
  const heard: FragmentRun = {
    kind: 'audio',
    shiftTicks: Math.round(shiftSeconds * audio.timescale),
    frames: frames.audio,
    durations: frames.audio.map(({ pts, duration }, index) => {
      const next = frames.audio[index + 1];
      return next === undefined ? duration : next.pts - pts;
    }),
  };
  return writeFragment(0, [video, heard]);
}
