import { browserAbilities, usableEngines } from './engine.js';
import { createHlsEngine } from './hls-engine.js';
import { createMjpegEngine } from './mjpeg-engine.js';
import { createNativeEngine } from './native-engine.js';
import { afterCalm, afterStall, bufferedAhead, playbackRate } from './pacing.js';
import { TimeShift } from './time-shift.js';
import { freshMemory, onFailure, onTick } from './recovery.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./recovery.js').Action} Action */

const tickMs = 250;
/** Still for longer than this is called buffering; shorter is a hiccup nobody needs to read about. */
const stillMs = 1000;

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
 * @property {import('./freeze-frame.js').FreezeFrame} freeze
 * @property {string} cameraId
 * @property {() => void} onTick after each look at the picture
 */

/** Plays one camera in one video element and keeps it playing until it is disposed. */
export class Playback {
  #surface;
  #lifetime = new AbortController();
  #run = new AbortController();
  #engines = usableEngines(browserAbilities());
  /** @type {Engine | null} */
  #engine = null;
  #memory = freshMemory(performance.now());
  /** @type {'play' | 'pause' | 'blocked'} */
  #intent = 'pause';
  #hasStarted = false;
  #hasPlayed = false;
  #isCameraAway = false;
  #stallCount = 0;
  /** @type {string | null} */
  #lastFailure = null;
  #timeShift;
  #cushion = { seconds: 0, changedAtMs: 0 };
  #recoveryCount = 0;

  /** @param {Surface} surface */
  constructor(surface) {
    this.#surface = surface;
    const { signal } = this.#lifetime;
    const { video } = surface;
    this.#timeShift = new TimeShift(video, () => this.#engine);
    video.addEventListener('waiting', () => this.#countStall(), { signal });
    video.addEventListener('canplay', () => this.#keepPace(), { signal });
    video.addEventListener('pause', () => this.#onVideoPause(), { signal });
    document.addEventListener('visibilitychange', () => this.#onVisibility(), { signal });
    addEventListener('online', () => this.#act('reload'), { signal });
    const timer = setInterval(() => this.#tick(), tickMs);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  get hasPlayed() {
    return this.#hasPlayed;
  }

  get isPaused() {
    return this.#intent !== 'play';
  }

  /** @returns {import('./words.js').Phase} */
  get phase() {
    if (this.#intent === 'pause') return 'paused';
    if (this.#intent === 'blocked') return 'blocked';
    const stillForMs = performance.now() - this.#memory.movedAtMs;
    if (this.#hasStarted && stillForMs < stillMs) return 'playing';
    if (this.#memory.step > 0 || this.#memory.failures > 0) return 'recovering';
    return this.#hasStarted ? 'buffering' : 'starting';
  }

  /** @returns {PlaybackStats} */
  get stats() {
    return {
      engine: this.#engine?.kind ?? 'none',
      latencySeconds: this.#engine?.latencySeconds() ?? null,
      targetLatencySeconds: this.#targetLatencySeconds,
      isShifted: this.#timeShift.isActive,
      lastFailure: this.#lastFailure,
      stallCount: this.#stallCount,
      recoveryCount: this.#recoveryCount,
      currentTime: this.#surface.video.currentTime,
    };
  }

  get #targetLatencySeconds() {
    const target = this.#engine?.targetLatencySeconds() ?? null;
    return target === null ? null : target + this.#cushion.seconds;
  }

  /** @param {boolean} isAway what the gateway says of the camera */
  set isCameraAway(isAway) {
    this.#isCameraAway = isAway;
  }

  play() {
    this.#intent = 'play';
    if (this.#engine === null) {
      this.#build();
    } else {
      this.#engine.resume();
      if (!this.#timeShift.isActive) this.#engine.jumpToLive();
    }
    void this.#startVideo();
  }

  /** @returns {import('./timeline.js').Shift | null} */
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
    this.#engine?.suspend();
  }

  dispose() {
    this.#lifetime.abort();
    this.#run.abort();
    this.#engine?.destroy();
    this.#engine = null;
  }

  #build() {
    this.#run.abort();
    this.#run = new AbortController();
    this.#engine?.destroy();
    this.#engine = null;
    this.#hasStarted = false;
    void this.#createEngine(this.#run.signal);
  }

  /** @param {AbortSignal} signal of this run: what an older run still reports is not heard */
  async #createEngine(signal) {
    const { video, image, cameraId } = this.#surface;
    /** @type {import('./engine.js').EngineContext} */
    const context = {
      video,
      image,
      cameraId,
      onFailure: (failure) => {
        if (signal.aborted) return;
        this.#lastFailure = failure.details;
        this.#onFailure(failure.kind);
      },
    };
    try {
      const engine = await this.#newEngine(context);
      if (signal.aborted) return engine.destroy();
      this.#engine = engine;
      void this.#startVideo();
    } catch {
      if (!signal.aborted) this.#onFailure('other'); // the library could not be fetched: the network, mostly
    }
  }

  /**
   * @param {import('./engine.js').EngineContext} context
   * @returns {Promise<Engine> | Engine}
   */
  #newEngine(context) {
    if (this.#engines[0] === 'hls.js') return createHlsEngine(context);
    return this.#engines[0] === 'native' ? createNativeEngine(context) : createMjpegEngine(context);
  }

  async #startVideo() {
    const { video } = this.#surface;
    if (this.#engine === null || this.#engine.kind === 'MJPEG' || this.#intent !== 'play') return;
    try {
      await video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return; // a newer load took over
      if (video.muted) {
        this.#intent = 'blocked';
      } else {
        video.muted = true; // browsers let a silent video start by itself
        await this.#startVideo();
      }
    }
  }

  #tick() {
    const now = performance.now();
    const positionSeconds = this.#engine?.positionSeconds() ?? 0;
    const { action, memory } = onTick(
      {
        nowMs: now,
        positionSeconds,
        isWatched: this.#intent === 'play' && !document.hidden && navigator.onLine,
        isCameraAway: this.#isCameraAway,
        hasStarted: this.#hasStarted,
        latencySeconds: this.#lagSeconds,
        targetLatencySeconds: this.#targetLatencySeconds,
      },
      this.#memory,
    );
    this.#timeShift.look();
    if (memory.movingSinceMs !== null && positionSeconds > 0) this.#noteMovement();
    this.#memory = memory;
    this.#act(action);
    this.#keepPace();
    this.#surface.onTick();
  }

  #keepPace() {
    const { video } = this.#surface;
    this.#cushion = afterCalm(this.#cushion, performance.now());
    const rate = playbackRate({
      latencySeconds: this.#lagSeconds,
      targetLatencySeconds: this.#targetLatencySeconds,
      bufferedSeconds: bufferedAhead(video),
      rate: video.playbackRate,
    });
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  /** Behind the live edge against the viewer's will; null where that is not known or not so. */
  get #lagSeconds() {
    return this.#timeShift.isActive ? null : (this.#engine?.latencySeconds() ?? null);
  }

  #noteMovement() {
    this.#timeShift.comeBack();
    this.#hasStarted = true;
    this.#hasPlayed = true;
    this.#surface.freeze.release();
  }

  /** @param {import('./recovery.js').FailureKind} kind */
  #onFailure(kind) {
    const failure = { kind, nowMs: performance.now(), random: Math.random() };
    const { action, delayMs, memory } = onFailure(failure, this.#memory);
    this.#memory = memory;
    const { signal } = this.#run;
    const timer = setTimeout(() => this.#act(action), delayMs);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /** @param {Action} action */
  #act(action) {
    if (action === 'none' || this.#intent !== 'play' || this.#lifetime.signal.aborted) return;
    if (action !== 'ask-again') this.#recoveryCount += 1;
    if (action === 'reload' || action === 'rebuild') {
      this.#surface.freeze.hold();
      this.#timeShift.leave();
    }
    if (action === 'fall-back' && this.#engines.length > 1) this.#engines.shift();
    if (action === 'rebuild' || action === 'fall-back' || this.#engine === null) {
      this.#build();
      return;
    }
    if (action === 'jump' && this.#timeShift.isActive) this.#engine.restartLoad();
    else if (action === 'jump') this.#engine.jumpToLive();
    else if (action === 'reload' || action === 'ask-again') this.#engine.reload();
    else if (action === 'restart-load') this.#engine.restartLoad();
    else this.#engine.recoverMedia();
    void this.#startVideo();
  }

  #countStall() {
    const { video } = this.#surface;
    if (this.#timeShift.isActive) return;
    if (this.#hasStarted && !video.seeking && !document.hidden && this.#intent === 'play') {
      this.#stallCount += 1;
      this.#cushion = afterStall(this.#cushion, performance.now());
    }
  }

  /** The browser pauses by itself: media keys, picture-in-picture's button, a phone call. */
  #onVideoPause() {
    if (this.#intent !== 'play' || document.hidden || !this.#hasStarted) return;
    if (document.pictureInPictureElement === this.#surface.video) this.pause();
  }

  /** A hidden page that makes no sound asks for nothing; shown again, it goes on at the live edge. */
  #onVisibility() {
    const { video } = this.#surface;
    if (this.#intent !== 'play') return;
    if (!document.hidden) return this.play();
    if (video.muted && document.pictureInPictureElement !== video) this.#engine?.suspend();
  }
}
