import { RateMeter } from '../lib/time/rate-meter.ts';
import { byteLengthOf, type Frame } from '../media/frame.ts';

const measuredSeconds = 5;

/**
 * Ages, rates and totals of what arrives from a camera; read by the watchdog, the API and the metrics. All times are of
 * the monotonic clock.
 */
export class IntakeMeter {
  bytesTotal = 0;
  framesTotal = 0;
  keyframesTotal = 0;
  corruptTotal = 0;
  lastByteAtMs: number | undefined;
  lastFrameAtMs: number | undefined;
  lastKeyframeAtMs: number | undefined;
  readonly #frames = new RateMeter(measuredSeconds);
  readonly #bytes = new RateMeter(measuredSeconds);
  #longestGopMs = 0;
  #otherFrames = 0;
  #otherBytes = 0;
  #hasSessionKeyframe = false;
  #isInterrupted = false;

  /** A session begins: ages count from here, rates start anew. */
  begin(nowMs: number): void {
    this.lastByteAtMs = nowMs;
    this.lastFrameAtMs = undefined;
    this.#hasSessionKeyframe = false;
    this.#isInterrupted = false;
    this.#otherFrames = 0;
    this.#otherBytes = 0;
    this.#frames.reset();
    this.#bytes.reset();
  }

  /** Nothing was read for a while: the distance from the last keyframe to the next says nothing about the camera. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  bytes(count: number, nowMs: number): void {
    this.bytesTotal += count;
    this.lastByteAtMs = nowMs;
    this.#bytes.add(count, nowMs);
  }

  frame({ isKeyframe, data }: Pick<Frame, 'isKeyframe' | 'data'>, nowMs: number): void {
    this.framesTotal++;
    this.lastFrameAtMs = nowMs;
    this.#frames.add(1, nowMs);
    if (!isKeyframe) {
      this.#otherFrames += 1;
      this.#otherBytes += byteLengthOf({ data });
      return;
    }
    this.keyframesTotal++;
    if (!this.#isInterrupted && this.#hasSessionKeyframe && this.lastKeyframeAtMs !== undefined) {
      this.#longestGopMs = Math.max(this.#longestGopMs, nowMs - this.lastKeyframeAtMs);
    }
    this.#hasSessionKeyframe = true;
    this.#isInterrupted = false;
    this.lastKeyframeAtMs = nowMs;
  }

  corrupt(): void {
    this.corruptTotal++;
  }

  /** Longest keyframe interval so far, in milliseconds of arrival; 0 until two keyframes came in one session. */
  get longestGopMs(): number {
    return this.#longestGopMs;
  }

  /** From this session's newest keyframe to its newest frame, in milliseconds of arrival; 0 before a keyframe. */
  get runningGopMs(): number {
    if (!this.#hasSessionKeyframe) return 0;
    return (this.lastFrameAtMs ?? 0) - (this.lastKeyframeAtMs ?? 0);
  }

  get hasSessionKeyframe(): boolean {
    return this.#hasSessionKeyframe;
  }

  /** Mean size of this session's frames other than keyframes, in bytes; undefined before the first. */
  get otherFrameBytes(): number | undefined {
    return this.#otherFrames === 0 ? undefined : this.#otherBytes / this.#otherFrames;
  }

  frameRate(nowMs: number): number | undefined {
    return this.#frames.perSecond(nowMs);
  }

  bitsPerSecond(nowMs: number): number | undefined {
    const bytesPerSecond = this.#bytes.perSecond(nowMs);
    return bytesPerSecond === undefined ? undefined : bytesPerSecond * 8;
  }
}
