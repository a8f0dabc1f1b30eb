import { measureBandwidth, type Bandwidth, type LoadedPiece } from './bandwidth.ts';
import type { ClassicRenditions } from '../renditions/classic-renditions.ts';
import {
  estimateFrameRate,
  expectedFrameRate,
  measureFrameRate,
  type ObservedFrameRate,
} from './frame-rate.ts';
import { secondsOf } from './open-segment.ts';
import type { Publication } from './publication.ts';
import type { Run } from '../../../media/frame.ts';
import { RateEstimate, type ExpectedVideo } from './rate-estimate.ts';
import type { SegmenterPart } from '../segmenter/segmenter-events.ts';

/** No camera sends more frames per second: what looks like more is a burst without usable stamps. */
const fastestRate = 240;
/** Less media than this, in seconds, is too little to measure bandwidth. */
const shortestMeasuredSeconds = 1.5;
/** Figures from earlier media hold as long as the current rate is at most this many times as high, or as low. */
const agreement = 2;

/** What is known of a run's video before its first frame. */
export interface ForeseenVideo {
  /** undefined when nothing is known. */
  readonly expected?: ExpectedVideo | undefined;
  /** Frames are spread evenly over an interval that is only an estimate. */
  readonly isPaceEstimated?: boolean;
}

/** Measured figures of a stream. */
export interface EarlierFigures {
  readonly bandwidth: Bandwidth;
  readonly frameRate: number | undefined;
}

export interface StreamFiguresOptions {
  readonly publication: Publication;
  readonly classic: ClassicRenditions;
  readonly observedFrameRate: () => ObservedFrameRate;
  /** The longest recent GOP of the run, in milliseconds; undefined before one is known. */
  readonly observedGopMs: () => number | undefined;
  readonly knownGopMs: number | undefined;
  /** From the previous window; undefined for a camera that has not been watched yet. */
  readonly earlier: EarlierFigures | undefined;
}

/**
 * The figures that the multivariant playlist gives for the stream, measured over the listed segments. Players read them
 * once, often when a camera has just begun. So before there is enough to measure, it gives what was measured before the
 * pause, if the present rate agrees with that, else an estimate.
 */
export class StreamFigures {
  readonly #options: StreamFiguresOptions;
  #earlier: EarlierFigures | undefined;
  #estimate = new RateEstimate(false, undefined);
  #expectedRate: number | undefined;
  #isPaceEstimated = false;

  constructor(options: StreamFiguresOptions) {
    this.#options = options;
    this.#earlier = options.earlier;
  }

  /** A run begins. */
  begin(run: Run, { expected, isPaceEstimated = false }: ForeseenVideo): void {
    this.#estimate = new RateEstimate(run.audio !== undefined, expected);
    this.#expectedRate = expected && expectedFrameRate(expected.frameMs);
    this.#isPaceEstimated = isPaceEstimated;
  }

  add(part: SegmenterPart): void {
    this.#estimate.add(part);
  }

  /** Call before the listed segments are dropped. */
  remember(): void {
    this.#earlier = this.measured;
  }

  /** From the listed segments, or what was remembered; undefined if neither says anything. */
  get measured(): EarlierFigures | undefined {
    const { completePieces } = this.#options.publication;
    if (!this.#isEnough(completePieces)) return this.#earlier;
    const frameRate = measureFrameRate(completePieces) ?? this.#earlier?.frameRate;
    return { bandwidth: this.#measure(completePieces), frameRate };
  }

  /**
   * FRAME-RATE is the largest of the stream (rfc8216bis 4.4.6.2), so of the runs that are listed; undefined while
   * unknown.
   */
  get frameRate(): number | undefined {
    const { completePieces, openPieces } = this.#options.publication;
    const observed = this.#options.observedFrameRate();
    const steady = this.#isPaceEstimated ? undefined : observed.steady;
    const rate =
      measureFrameRate([...completePieces, ...openPieces]) ??
      estimateFrameRate(
        { ...observed, steady },
        {
          earlier: this.#earlier?.frameRate,
          expected: this.#expectedRate,
        },
      );
    return rate !== undefined && rate <= fastestRate ? rate : undefined;
  }

  get bandwidth(): Bandwidth {
    const { completePieces, openPieces } = this.#options.publication;
    if (this.#isEnough(completePieces)) return this.#measure(completePieces);
    const estimate = this.#estimate.bandwidth(this.#gopSeconds, this.#targetDurationSeconds);
    const earlier = this.#earlier?.bandwidth;
    if (estimate === undefined) return earlier ?? this.#measure([...completePieces, ...openPieces]);
    if (earlier !== undefined && isSimilar(earlier, estimate)) return earlier;
    // Where segments are shorter than the GOP, the one with the keyframe is the peak, however long the GOP lasts.
    if (secondsOf(completePieces) < shortestMeasuredSeconds) return estimate;
    return { ...estimate, peak: Math.max(estimate.peak, this.#measure(completePieces).peak) };
  }

  /** Until enough has been made, the fMP4 figures are used; its boxes take about as much as transport packets do. */
  get transportBandwidth(): Bandwidth {
    const pieces = this.#options.classic.transportPieces;
    return this.#isEnough(pieces) ? this.#measure(pieces) : this.bandwidth;
  }

  /** A GOP at least, so that its keyframe weighs as much as it should. */
  #isEnough(pieces: readonly LoadedPiece[]): boolean {
    return secondsOf(pieces) >= Math.max(shortestMeasuredSeconds, 0.9 * this.#gopSeconds);
  }

  get #gopSeconds(): number {
    const { observedGopMs, knownGopMs } = this.#options;
    return this.#estimate.gopSeconds(toSeconds(observedGopMs()), toSeconds(knownGopMs));
  }

  #measure(pieces: readonly LoadedPiece[]): Bandwidth {
    return measureBandwidth(pieces, this.#targetDurationSeconds);
  }

  get #targetDurationSeconds(): number {
    return this.#options.publication.targets?.targetDurationSeconds ?? 2;
  }
}

function toSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function isSimilar(earlier: Bandwidth, now: Bandwidth): boolean {
  const ratio = earlier.average / now.average;
  return ratio <= agreement && ratio >= 1 / agreement;
}
