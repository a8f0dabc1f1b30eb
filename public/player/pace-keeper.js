import { afterCalm, afterStall, bufferedAhead, playbackRate } from './pacing.js';

/** Sets how fast a video plays, by the rules of pacing.js, and learns from its stalls. */
export class PaceKeeper {
  #video;
  #cushion = { seconds: 0, changedAtMs: 0 };
  #stallCount = 0;
  /** @type {number | null} */
  #fillingSinceMs = null;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** Times the picture ran dry while it was watched. */
  get stallCount() {
    return this.#stallCount;
  }

  /** @param {number | null} seconds what the playlist asks for @returns {number | null} what is kept */
  targetFor(seconds) {
    return seconds === null ? null : seconds + this.#cushion.seconds;
  }

  /** The first picture is shown until there is enough to play on from it. */
  get isHolding() {
    return this.#video.playbackRate === 0;
  }

  /** @param {{ isFilling: boolean, latencySeconds: number | null, targetLatencySeconds: number | null }} facts */
  keep({ isFilling, ...lag }) {
    const video = this.#video;
    const nowMs = performance.now();
    this.#cushion = afterCalm(this.#cushion, nowMs);
    this.#fillingSinceMs = isFilling ? (this.#fillingSinceMs ?? nowMs) : null;
    const rate = playbackRate({
      ...lag,
      bufferedSeconds: bufferedAhead(video),
      rate: video.playbackRate,
      fillingForMs: this.#fillingSinceMs === null ? null : nowMs - this.#fillingSinceMs,
    });
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  stalled() {
    this.#stallCount += 1;
    this.#cushion = afterStall(this.#cushion, performance.now());
  }
}
