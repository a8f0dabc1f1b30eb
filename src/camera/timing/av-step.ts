/** Players tolerate this much between audio and video (ITU-R BT.1359 sees 45 ms as the limit of audio ahead). */
const toleranceMs = 40;
/** Out of step for this long: no jitter. */
const patienceMs = 5_000;
/** At most one new run in this time for the sake of audio. */
const restMs = 60_000;
/** Audio that is out of step again within this time cannot be copied. */
const memoryMs = 600_000;

/** Samples of the error, a second apart, that must follow each other closely before audio is moved by it. */
const sampleMs = 1_000;
const sampleCount = 4;
const closeMs = 80;

/** Watches how far audio and video are out of step, and says when only a new run can mend it. */
export class AvStep {
  #outSinceMs: number | undefined;
  #mendedAtMs: number | undefined;
  #needsEncoding = false;
  readonly #samplesMs: number[] = [];
  #sampledAtMs = -Infinity;

  /** Audio that is counted in samples does not stay with the video: it has to be encoded to be stretched. */
  get needsEncoding(): boolean {
    return this.#needsEncoding;
  }

  /** How far audio is behind video now, as far as both are known. */
  note(lagMs: number, nowMs: number): void {
    if (nowMs - this.#sampledAtMs < sampleMs) return;
    this.#sampledAtMs = nowMs;
    this.#samplesMs.push(lagMs);
    if (this.#samplesMs.length > sampleCount) this.#samplesMs.shift();
  }

  /** The newest lag, or 0 where it moves so fast that one track just has not seen yet what the other has. */
  get settledLagMs(): number {
    const samples = this.#samplesMs;
    const isClose = (ms: number, index: number): boolean =>
      index === 0 || Math.abs(ms - (samples[index - 1] ?? ms)) <= closeMs;
    return samples.length === sampleCount && samples.every(isClose) ? (samples.at(-1) ?? 0) : 0;
  }

  /** Returns whether a new run is wanted; the caller starts it with a keyframe, and tells. */
  isOut(errorMs: number, nowMs: number): boolean {
    if (Math.abs(errorMs) <= toleranceMs) {
      this.#outSinceMs = undefined;
      return false;
    }
    this.#outSinceMs ??= nowMs;
    if (nowMs - this.#outSinceMs < patienceMs) return false;
    const sinceMendedMs = nowMs - (this.#mendedAtMs ?? -Infinity);
    if (sinceMendedMs < restMs) return false;
    this.#needsEncoding ||= sinceMendedMs < memoryMs;
    return true;
  }

  /** A run began, with both in step. `isMended`: for this reason. */
  began(isMended: boolean, nowMs: number): void {
    this.#outSinceMs = undefined;
    this.#samplesMs.length = 0;
    if (isMended) this.#mendedAtMs = nowMs;
  }
}
