import type { Bandwidth } from './bandwidth.ts';
import type { SegmenterPart } from '../segmenter/segmenter-events.ts';

/** The GOP of cameras whose own is not known yet, in seconds: 1 s and 2 s are usual. */
const usualGopSeconds = 1.5;
/** Size of a frame between keyframes, as a share of the keyframe, before one was seen. */
const unseenFrameShare = 0.3;
/** The expected peak, as a multiple of the mean. */
const expectedPeak = 1.05;

/** Our own encoder's AAC, in bytes per second: the estimate for audio before any has arrived. */
const expectedAudioRate = 8_000;

/** What a run's video will be like, judging by the frames before its first keyframe. */
export interface ExpectedVideo {
  /** The frame interval, in milliseconds. */
  readonly frameMs: number;
  /** Mean size of the frames other than keyframes, in bytes. */
  readonly otherFrameBytes: number;
}

/**
 * The rate of a run that has just begun: each part so far shows how large its frames are, but the keyframe at its start
 * comes only once per GOP.
 */
export class RateEstimate {
  #seconds = 0;
  #byteLength = 0;
  #frameCount = 0;
  #keyframeCount = 0;
  #keyframeBytes = 0;
  #audioSeconds = 0;
  #audioBytes = 0;
  #prerollKeyframeBytes = 0;
  readonly #hasAudio: boolean;
  readonly #expected: ExpectedVideo | undefined;

  constructor(hasAudio: boolean, expected: ExpectedVideo | undefined) {
    this.#hasAudio = hasAudio;
    this.#expected = expected;
  }

  add({ bytes, durationSeconds, frameCount, keyframes, audio, isPreroll }: SegmenterPart): void {
    if (isPreroll) {
      this.#prerollKeyframeBytes = keyframes.byteLength;
      return;
    }
    this.#seconds += durationSeconds;
    this.#byteLength += bytes.length - audio.byteLength;
    this.#audioSeconds += audio.seconds;
    this.#audioBytes += audio.byteLength;
    this.#frameCount += frameCount;
    this.#keyframeCount += keyframes.count;
    this.#keyframeBytes += keyframes.byteLength;
  }

  /**
   * The keyframe interval, in seconds: as measured once a second one has come; before that, what is `known` of the
   * camera, but at least the time since the first.
   */
  gopSeconds(observed: number | undefined, known: number | undefined): number {
    if (this.#keyframeCount > 1 && observed !== undefined) return observed;
    return Math.max(observed ?? 0, known ?? usualGopSeconds);
  }

  /**
   * The mean of a whole GOP, and the peak of a run of segments that begins with a keyframe (rfc8216bis 4.4.6.2),
   * which is more where the run is shorter than the GOP. undefined before a keyframe.
   */
  bandwidth(gopSeconds: number, targetDurationSeconds: number): Bandwidth | undefined {
    const isSeen = this.#keyframeCount > 0 && this.#seconds > 0;
    if (!isSeen && (this.#expected === undefined || this.#prerollKeyframeBytes === 0))
      return undefined;
    const average = this.#rateOver(gopSeconds);
    const runSeconds = Math.min(gopSeconds, targetDurationSeconds);
    return { average, peak: Math.round(expectedPeak * this.#rateOver(runSeconds)) };
  }

  /** Of media of this length that begins with its only keyframe. */
  #rateOver(seconds: number): number {
    const frameRate = this.#frameRate;
    const frameCount = Math.max(1, frameRate * seconds);
    const keyframe =
      this.#keyframeCount > 0
        ? this.#keyframeBytes / this.#keyframeCount
        : this.#prerollKeyframeBytes;
    const byteLength = keyframe + (frameCount - 1) * this.#otherFrameBytes(keyframe);
    return Math.round(8 * ((byteLength * frameRate) / frameCount + this.#audioRate));
  }

  get #frameRate(): number {
    if (this.#seconds > 0) return this.#frameCount / this.#seconds;
    return 1000 / (this.#expected?.frameMs ?? Infinity);
  }

  get #audioRate(): number {
    if (this.#audioSeconds > 0) return this.#audioBytes / this.#audioSeconds;
    return this.#seconds === 0 && this.#hasAudio ? expectedAudioRate : 0;
  }

  /** With the boxes. */
  #otherFrameBytes(keyframe: number): number {
    const count = this.#frameCount - this.#keyframeCount;
    if (count === 0) return this.#expected?.otherFrameBytes ?? keyframe * unseenFrameShare;
    return Math.max(0, this.#byteLength - this.#keyframeBytes) / count;
  }
}
