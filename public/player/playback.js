import { EngineSlot } from './engines/engine-slot.js';
import { Ladder } from './ladder.js';
import { giveMediaKeysBack, takeMediaKeys } from './media-keys.js';
import { PaceKeeper } from './pace-keeper.js';
import { startVideo } from './start-video.js';
import { TimeShift } from './time-shift.js';

/** @typedef {import('./recovery.js').Action} Action */

const tickMs = 250;
/**
 * If the picture stands still for longer than this, the page says buffering; anything shorter is not worth mentioning.
 */
const stillMs = 1000;
/**
 * After a longer pause the page's playlist is out of date: it does not say where the live edge is, or that the camera
 * was off meanwhile. Reloading it brings the live picture sooner than catching up would.
 */
const stalePauseMs = 700;
/** These empty the video element. @type {ReadonlySet<Action>} */
const emptying = new Set(['reload', 'rebuild', 'recover-media']);

/**
 * @typedef {object} PlaybackStats
 * @property {string} engine LL-HLS, HLS, MJPEG or none
 * @property {number | null} latencySeconds
 * @property {number | null} targetLatencySeconds
 * @property {boolean} isShifted the viewer went back in time and stays there
 * @property {string | null} lastFailure what the engine reported last
 * @property {number} stallCount times the picture ran dry while it was watched
 * @property {number} recoveryCount actions of the recovery ladder
 * @property {number} currentTime of the video, in seconds
 *
 * @typedef {object} Surface
 * @property {HTMLVideoElement} video
 * @property {HTMLImageElement} image
 * @property {import('./view/freeze-frame.js').FreezeFrame} freeze
 * @property {string} cameraId
 * @property {() => void} onTick after each look at the picture
 */

/** Plays one camera in one video element and keeps it playing until it is disposed. */
export class Playback {
  #surface;
  #lifetime = new AbortController();
  #slot;
  #pace;
  #timeShift;
  #ladder = new Ladder((action) => this.#act(action));
  /** @type {'play' | 'pause' | 'blocked'} */
  #intent = 'pause';
  #hasStarted = false;
  #hasPlayed = false;
  #isCameraAway = false;
  #recoveryCount = 0;
  /** When the engine stopped loading; null while it loads. @type {number | null} */
  #suspendedAtMs = null;

  /** @param {Surface} surface */
  constructor(surface) {
    this.#surface = surface;
    const { signal } = this.#lifetime;
    const { video, image, cameraId } = surface;
    const place = { video, image, cameraId };
    this.#slot = new EngineSlot(place, {
      onEngine: () => void this.#startVideo(),
      onFailure: (failure) => this.#ladder.failed(failure, this.#slot.signal),
      onFilling: () => this.#keepPace(),
    });
    this.#pace = new PaceKeeper(video);
    this.#timeShift = new TimeShift(video, () => this.#engine);
    video.addEventListener('waiting', () => this.#countStall(), { signal });
    video.addEventListener('canplay', () => this.#keepPace(), { signal });
    video.addEventListener('pause', () => this.#onVideoPause(), { signal });
    document.addEventListener('visibilitychange', () => this.#onVisibility(), { signal });
    addEventListener('online', () => this.#act('reload'), { signal });
    const timer = setInterval(() => this.#tick(), tickMs);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  get #engine() {
    return this.#slot.engine;
  }

  get hasPlayed() {
    return this.#hasPlayed;
  }

  get isPaused() {
    return this.#intent !== 'play';
  }

  /** @returns {import('./view/words.js').Phase} */
  get phase() {
    if (this.#intent === 'pause') return 'paused';
    if (this.#intent === 'blocked') return 'blocked';
    if (this.#hasStarted && this.#ladder.stillForMs < stillMs) return 'playing';
    if (this.#ladder.isClimbing) return 'recovering';
    return this.#hasStarted ? 'buffering' : 'starting';
  }

  /** @returns {PlaybackStats} */
  get stats() {
    return {
      engine: this.#engine?.kind ?? 'none',
      latencySeconds: this.#engine?.latencySeconds() ?? null,
      targetLatencySeconds: this.#targetLatencySeconds,
      isShifted: this.#timeShift.isActive,
      lastFailure: this.#ladder.lastFailure,
      stallCount: this.#pace.stallCount,
      recoveryCount: this.#recoveryCount,
      currentTime: this.#surface.video.currentTime,
    };
  }

  get #targetLatencySeconds() {
    return this.#pace.targetFor(this.#engine?.targetLatencySeconds() ?? null);
  }

  /** @param {boolean} isAway what the gateway says of the camera */
  set isCameraAway(isAway) {
    this.#isCameraAway = isAway;
  }

  /** Goes on at the live edge, or where the viewer has gone back to. */
  play() {
    this.#intent = 'play';
    if (this.#engine === null) this.#build();
    else this.#resume(this.#engine);
    takeMediaKeys({ play: () => this.play(), pause: () => this.pause() });
    void this.#startVideo();
  }

  /** @param {import('./engines/engine.js').Engine} engine */
  #resume(engine) {
    const pausedForMs = performance.now() - (this.#suspendedAtMs ?? Number.POSITIVE_INFINITY);
    this.#suspendedAtMs = null;
    if (this.#timeShift.isActive) {
      engine.resume();
    } else if (pausedForMs > stalePauseMs) {
      this.#surface.freeze.hold();
      engine.reload();
    } else {
      engine.resume();
      engine.jumpToLive();
    }
  }

  #suspend() {
    this.#suspendedAtMs ??= performance.now();
    this.#engine?.suspend();
  }

  /** @returns {import('./view/timeline.js').Shift | null} */
  get shift() {
    return this.#timeShift.state;
  }

  /** @param {number} seconds before the live position */
  seekBehind(seconds) {
    this.#timeShift.seekBehind(seconds);
  }

  goLive() {
    this.#timeShift.goLive();
  }

  pause() {
    this.#intent = 'pause';
    this.#surface.video.pause();
    this.#suspend();
  }

  dispose() {
    this.#lifetime.abort();
    giveMediaKeysBack();
    this.#slot.dispose();
  }

  #build() {
    this.#hasStarted = false;
    this.#slot.build();
  }

  #fallBack() {
    this.#hasStarted = false;
    this.#slot.fallBack();
  }

  async #startVideo() {
    if (this.#engine === null || this.#engine.kind === 'MJPEG' || this.#intent !== 'play') return;
    const outcome = await startVideo(this.#surface.video);
    if (outcome === 'blocked') this.#intent = 'blocked';
  }

  #tick() {
    const positionSeconds = this.#engine?.positionSeconds() ?? 0;
    const action = this.#ladder.look({
      positionSeconds,
      isWatched: this.#intent === 'play' && !document.hidden && navigator.onLine,
      isCameraAway: this.#isCameraAway,
      hasStarted: this.#hasStarted,
      latencySeconds: this.#lagSeconds,
      targetLatencySeconds: this.#targetLatencySeconds,
    });
    this.#timeShift.look();
    const isMoving = this.#ladder.isMoving && positionSeconds > 0;
    if (isMoving && !this.#pace.isHolding) this.#noteMovement();
    this.#act(action);
    this.#keepPace();
    this.#surface.onTick();
  }

  #keepPace() {
    this.#pace.keep({
      isFilling: this.#engine?.isFilling() ?? false,
      latencySeconds: this.#lagSeconds,
      targetLatencySeconds: this.#targetLatencySeconds,
    });
  }

  /** How far playback is behind the live edge without the viewer wanting it; null if unknown or not the case. */
  get #lagSeconds() {
    return this.#timeShift.isActive ? null : (this.#engine?.latencySeconds() ?? null);
  }

  #noteMovement() {
    this.#timeShift.comeBack();
    this.#hasStarted = true;
    this.#hasPlayed = true;
    this.#surface.freeze.release();
  }

  /** @param {Action} action */
  #act(action) {
    if (action === 'none' || this.#intent !== 'play' || this.#lifetime.signal.aborted) return;
    if (action !== 'ask-again') this.#recoveryCount += 1;
    if (action === 'reload' || action === 'rebuild') this.#timeShift.leave();
    if (emptying.has(action)) this.#surface.freeze.hold();
    const engine = this.#engine;
    if (action === 'fall-back') return this.#fallBack();
    if (action === 'rebuild' || engine === null) return this.#build();
    if (action === 'jump' && this.#timeShift.isActive) engine.restartLoad();
    else if (action === 'jump') engine.jumpToLive();
    else if (action === 'reload' || action === 'ask-again') engine.reload();
    else if (action === 'restart-load') engine.restartLoad();
    else engine.recoverMedia({ isLive: !this.#timeShift.isActive });
    void this.#startVideo();
  }

  #countStall() {
    const { video } = this.#surface;
    if (this.#timeShift.isActive || this.#pace.isHolding) return;
    // Emptied by a reload or a rebuild: if playback merely runs dry, the picture stays.
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    if (this.#hasStarted && !video.seeking && !document.hidden && this.#intent === 'play') {
      this.#pace.stalled();
    }
  }

  /** The browser pauses by itself, where it has no media keys: picture-in-picture's button. */
  #onVideoPause() {
    if (this.#intent !== 'play' || document.hidden || !this.#hasStarted) return;
    if (document.pictureInPictureElement === this.#surface.video) this.pause();
  }

  /** A hidden page without sound requests nothing; when it is shown again, it goes on at the live edge. */
  #onVisibility() {
    const { video } = this.#surface;
    if (this.#intent !== 'play') return;
    if (!document.hidden) return this.play();
    if (video.muted && document.pictureInPictureElement !== video) this.#suspend();
  }
}
