/**
 * Audio that stays away this long while frames of video come is gone. Nothing waits for audio, so this is patient: each
 * change costs viewers a new run.
 */
const goneMs = 3_000;
/** A camera whose audio came late, or went away once, gets it (back) when it has been steady this long. */
const steadyMs = 5_000;
/** Without a frame of video for this long a camera pauses as a whole. */
const pauseMs = 500;

/** Whether a camera's audio comes, in time of arrival. */
export class AudioPresence {
  #lastAudioAtMs: number | undefined;
  #lastVideoAtMs: number | undefined;
  #steadySinceMs: number | undefined;
  /** The first frame of video behind the last audio, or behind a pause of both. */
  #silentSinceMs: number | undefined;

  audio(arrivedAtMs: number): void {
    const isBack = this.#lastAudioAtMs === undefined || arrivedAtMs - this.#lastAudioAtMs > goneMs;
    if (isBack || this.isGone) this.#steadySinceMs = arrivedAtMs;
    this.#lastAudioAtMs = arrivedAtMs;
    this.#silentSinceMs = undefined;
  }

  video(arrivedAtMs: number): void {
    const lastMs = this.#lastVideoAtMs;
    if (lastMs === undefined || arrivedAtMs - lastMs > pauseMs) this.#silentSinceMs = undefined;
    this.#lastVideoAtMs = arrivedAtMs;
    this.#silentSinceMs ??= arrivedAtMs;
  }

  get hasCome(): boolean {
    return this.#lastAudioAtMs !== undefined;
  }

  get isGone(): boolean {
    const [since, last] = [this.#silentSinceMs, this.#lastVideoAtMs];
    return since !== undefined && last !== undefined && last - since > goneMs;
  }

  get isSteady(): boolean {
    const [since, last] = [this.#steadySinceMs, this.#lastAudioAtMs];
    return since !== undefined && last !== undefined && !this.isGone && last - since >= steadyMs;
  }
}
