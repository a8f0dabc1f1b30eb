import { type Frame, type Run, videoTimescale } from '../../media/frame.ts';
import { RecoveryPoints } from '../../media/nal/intra-refresh.ts';
import type { SourceFrame } from '../../sources/source.ts';
import type { DatedFrame } from './arrival/initial-backlog.ts';

const ticksPerMs = videoTimescale / 1000;

/** A frame of video with its times by the monotonic clock. */
export interface TimedFrame extends DatedFrame {
  readonly ptsMs: number;
  readonly dtsMs: number;
}

/** The time of one run, in ticks since its zero; decode times rise strictly, whatever comes in. */
export class RunTicks {
  readonly #zeroMs: number;
  readonly #audio: Run['audio'];
  /** undefined where every keyframe is a whole picture. */
  readonly #points: RecoveryPoints | undefined;
  #videoTicks = -1;
  #lastAudioTicks = -1;
  #lastDuration = 0;
  /** The last block was given out. */
  #hasLast = false;

  constructor(zeroMs: number, { video, audio }: Pick<Run, 'video' | 'audio'>) {
    this.#zeroMs = zeroMs;
    this.#audio = audio;
    if (video.hasIntraRefresh === true) this.#points = new RecoveryPoints(video.codec);
  }

  get audio(): Run['audio'] {
    return this.#audio;
  }

  video({ frame, arrivedAtMs, ptsMs, dtsMs }: TimedFrame): Frame {
    const dts = Math.max(this.#videoTicks + 1, Math.round((dtsMs - this.#zeroMs) * ticksPerMs));
    const pts = Math.max(dts, Math.round((ptsMs - this.#zeroMs) * ticksPerMs));
    this.#videoTicks = dts;
    const { isKeyframe, data } = frame;
    const timed: Frame = { kind: 'video', pts, dts, duration: 0, isKeyframe, arrivedAtMs, data };
    if (this.#points === undefined) return timed;
    const wholeAfter = this.#points.push(frame);
    return wholeAfter === undefined ? timed : { ...timed, wholeAfter };
  }

  /** undefined for audio from before the run or before what was given out, and in a run without audio. */
  audioBlock(
    { duration, data }: SourceFrame,
    at: { readonly arrivedAtMs: number; readonly timeMs: number; readonly isContinuous: boolean },
  ): Frame | undefined {
    if (this.#audio === undefined) return undefined;
    const { arrivedAtMs, timeMs, isContinuous } = at;
    let pts = this.#lastAudioTicks + this.#lastDuration;
    if (!isContinuous || !this.#hasLast) {
      pts = Math.round(((timeMs - this.#zeroMs) * this.#audio.timescale) / 1000);
      this.#hasLast = pts > this.#lastAudioTicks;
      if (!this.#hasLast) return undefined;
    }
    this.#lastAudioTicks = pts;
    this.#lastDuration = Math.max(1, duration);
    return { kind: 'audio', pts, dts: pts, duration, isKeyframe: true, arrivedAtMs, data };
  }
}
