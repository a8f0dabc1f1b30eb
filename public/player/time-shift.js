/** Closer to the live position than this many seconds counts as live. */
const liveSeconds = 2;
/** Margin, because the oldest segment may leave the playlist before it is loaded. */
const oldestMarginSeconds = 3;

/**
 * Whether the viewer is watching the past, and where. Only the viewer ends that: until then the picture plays at normal
 * speed, and after a reload of the playlist it continues where it was, by the playlist's clock.
 */
export class TimeShift {
  #video;
  #engine;
  #isActive = false;
  /** Where to go on after the playlist was loaded anew, ms since the epoch. @type {number | null} */
  #returnToMs = null;

  /**
   * @param {HTMLVideoElement} video
   * @param {() => import('./engines/engine.js').Engine | null} engine the present one
   */
  constructor(video, engine) {
    this.#video = video;
    this.#engine = engine;
  }

  get isActive() {
    return this.#isActive;
  }

  /** @returns {import('./view/timeline.js').Shift | null} */
  get state() {
    const engine = this.#engine();
    const past = engine?.past() ?? null;
    if (engine === null || past === null) return null;
    const position = this.#video.currentTime;
    return {
      lengthSeconds: past.liveSeconds - past.startSeconds,
      behindSeconds: Math.max(0, past.liveSeconds - position),
      isLive: !this.#isActive,
      clockAt: (behind) => engine.clockAt(behind === 0 ? position : past.liveSeconds - behind),
    };
  }

  /** @param {number} seconds before the live position */
  seekBehind(seconds) {
    const past = this.#engine()?.past() ?? null;
    if (past === null) return;
    if (seconds < liveSeconds) return this.goLive();
    this.#isActive = true;
    const oldest = past.startSeconds + oldestMarginSeconds;
    this.#video.currentTime = Math.max(oldest, past.liveSeconds - seconds);
  }

  goLive() {
    this.#isActive = false;
    this.#returnToMs = null;
    this.#engine()?.jumpToLive();
  }

  /** The engine may have jumped to the live edge by itself, because the past that was watched is gone. */
  look() {
    if (!this.#isActive || this.#returnToMs !== null) return;
    const behind = this.state?.behindSeconds;
    if (behind !== undefined && behind < liveSeconds / 2) this.#isActive = false;
  }

  /** Call before the playlist is reloaded. */
  leave() {
    if (!this.#isActive) return;
    this.#returnToMs ??= this.#engine()?.clockAt(this.#video.currentTime) ?? null;
    this.#isActive = this.#returnToMs !== null;
  }

  /** Call when the picture moves again. */
  comeBack() {
    if (this.#returnToMs === null) return;
    const position = this.#engine()?.positionAt(this.#returnToMs) ?? null;
    this.#returnToMs = null;
    this.#isActive = position !== null;
    if (position !== null) this.#video.currentTime = position;
  }
}
