import { RateMeter } from '../lib/rate-meter.ts';

const measuredSeconds = 5;
/** Media time that moves by more than this against ours between two frames is a jump, not skew. */
const jumpMs = 2_000;

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
  #hasSessionKeyframe = false;
  #isInterrupted = false;
  #skewMs: number | undefined;
  #skewBaseMs: number | undefined;

  /** A session begins: ages count from here, rates and media time start anew. */
  begin(nowMs: number): void {
    this.lastByteAtMs = nowMs;
    this.lastFrameAtMs = undefined;
    this.#hasSessionKeyframe = false;
    this.#isInterrupted = false;
    this.#skewMs = undefined;
    this.#skewBaseMs = undefined;
    this.#frames.reset();
    this.#bytes.reset();
  }

  /** Nobody listened for a while: the distance of the next keyframe to the one before says nothing of the camera. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  bytes(count: number, nowMs: number): void {
    this.bytesTotal += count;
    this.lastByteAtMs = nowMs;
    this.#bytes.add(count, nowMs);
  }

  frame(isKeyframe: boolean, nowMs: number): void {
    this.framesTotal++;
    this.lastFrameAtMs = nowMs;
    this.#frames.add(1, nowMs);
    if (!isKeyframe) return;
    this.keyframesTotal++;
    if (!this.#isInterrupted && this.#hasSessionKeyframe && this.lastKeyframeAtMs !== undefined) {
      this.#longestGopMs = Math.max(this.#longestGopMs, nowMs - this.lastKeyframeAtMs);
    }
    this.#hasSessionKeyframe = true;
    this.#isInterrupted = false;
    this.lastKeyframeAtMs = nowMs;
  }

  /** `timeMs` is the camera's stamp of a video frame. */
  mediaTime(timeMs: number, nowMs: number): void {
    const offsetMs = timeMs - nowMs;
    if (this.#skewBaseMs === undefined || this.#skewMs === undefined) {
      this.#skewBaseMs = offsetMs;
      this.#skewMs = 0;
      return;
    }
    const skewMs = offsetMs - this.#skewBaseMs;
    if (Math.abs(skewMs - this.#skewMs) > jumpMs) this.#skewBaseMs = offsetMs - this.#skewMs;
    else this.#skewMs = skewMs;
  }

  corrupt(): void {
    this.corruptTotal++;
  }

  /** Longest distance of keyframes seen so far, in milliseconds of arrival; 0 until two came in one session. */
  get longestGopMs(): number {
    return this.#longestGopMs;
  }

  get hasSessionKeyframe(): boolean {
    return this.#hasSessionKeyframe;
  }

  /** Media clock minus ours since the session began, in seconds. */
  get clockSkewSeconds(): number | undefined {
    return this.#skewMs === undefined ? undefined : this.#skewMs / 1000;
  }

  frameRate(nowMs: number): number | undefined {
    return this.#frames.perSecond(nowMs);
  }

  bitsPerSecond(nowMs: number): number | undefined {
    const bytesPerSecond = this.#bytes.perSecond(nowMs);
    return bytesPerSecond === undefined ? undefined : bytesPerSecond * 8;
  }
}
