import { afterCalm, afterStall, bufferedAhead, playbackRate } from './pacing.js';

/** Sets how fast a video plays, by the rules of pacing.js, and learns from its stalls. */
export class PaceKeeper {
  #video;
  #cushion = { seconds: 0, changedAtMs: 0 };
  #stallCount = 0;

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

  /** @param {{ latencySeconds: number | null, targetLatencySeconds: number | null }} lag */
  keep(lag) {
    const video = this.#video;
    this.#cushion = afterCalm(this.#cushion, performance.now());
    const rate = playbackRate({
      ...lag,
      bufferedSeconds: bufferedAhead(video),
      rate: video.playbackRate,
    });
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  stalled() {
    this.#stallCount += 1;
    this.#cushion = afterStall(this.#cushion, performance.now());
  }
}
