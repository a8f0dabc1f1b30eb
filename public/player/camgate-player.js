import { pollJson } from '../lib/api.js';
import { statusPath } from '../lib/addresses.js';
import { FreezeFrame } from './view/freeze-frame.js';
import { hideBarWhenIdle } from './view/idle-bar.js';
import { Playback } from './playback.js';
import { listenForKeys } from './player-keys.js';
import { PlayerView } from './view/player-view.js';
import { describePlayer, isAway } from './view/words.js';

/** @typedef {import('../lib/camera-status.js').CameraStatus} CameraStatus */

/** While it plays, a still picture must not be called live for long. */
const statusIntervalsMs = { starting: 1000, playing: 2000, paused: 5000 };

/**
 * `<camgate-player camera="front" name="Front door" autoplay>`: live video of one camera, which recovers by itself and
 * says what it is doing. Starts muted, because browsers start only silent video without a click. With the attribute
 * `page-keys` its keys work wherever the focus is: for a page with one player. With `fed` it does not ask the gateway
 * for the state of its camera, but is told it with `take`: for a page that asks for all of them at once.
 *
 * - attribute `data-state`: what it is doing, one of PlayerState (words.js)
 * - property `stats`: latency and counts
 * - event `camera-news`: each answer of the gateway about the camera, with the ApiNews in `detail`
 */
export class CamgatePlayer extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {PlayerView | null} */
  #view = null;
  /** @type {Playback | null} */
  #playback = null;
  /** @type {import('../lib/camera-status.js').StatusReading | null} */
  #reading = null;
  /** @type {'ok' | 'unknown-camera' | 'unreachable' | 'no-answer'} */
  #api = 'ok';

  get stats() {
    return this.#playback?.stats ?? null;
  }

  get cameraId() {
    return this.getAttribute('camera') ?? '';
  }

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const { cameraId } = this;
    const name = this.getAttribute('name') ?? cameraId;
    const view = new PlayerView(this, { cameraId, name }, this.#controlActions);
    const { video, stream: image } = view;
    const freeze = new FreezeFrame(video, view.canvas);
    this.#view = view;
    this.#playback = new Playback({ video, image, freeze, cameraId, onTick: () => this.#show() });
    const keyPlace = this.hasAttribute('page-keys') ? document : this;
    listenForKeys(keyPlace, this.#keyActions, signal);
    hideBarWhenIdle(this, signal);
    if (this.hasAttribute('autoplay')) this.#playback.play();
    if (!this.hasAttribute('fed')) void this.#pollStatus(signal);
    this.#show();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    this.#playback?.dispose();
    this.#playback = null;
  }

  togglePlay() {
    if (this.#playback === null) return;
    if (this.#playback.isPaused) this.#playback.play();
    else this.#playback.pause();
    this.#show();
  }

  toggleMute() {
    const video = this.#view?.video;
    if (video === undefined) return;
    video.muted = !video.muted;
    if (!video.muted && video.volume === 0) video.volume = 1;
  }

  async toggleFullscreen() {
    if (document.fullscreenElement !== null) return document.exitFullscreen();
    // iPhones have full screen for video elements only.
    const video =
      /** @type {(HTMLVideoElement & { webkitEnterFullscreen?: () => void }) | undefined} */ (
        this.#view?.video
      );
    if (document.fullscreenEnabled) await this.requestFullscreen();
    else video?.webkitEnterFullscreen?.();
  }

  /** @returns {import('./view/controls.js').ControlActions} */
  get #controlActions() {
    return {
      togglePlay: () => this.togglePlay(),
      toggleMute: () => this.toggleMute(),
      setVolume: (volume) => this.#setVolume(volume),
      toggleFullscreen: () => void this.toggleFullscreen(),
      togglePictureInPicture: () => void this.#togglePictureInPicture(),
      seekBehind: (seconds) => this.#seekBehind(seconds),
      goLive: () => this.#goLive(),
    };
  }

  /** @returns {import('./player-keys.js').KeyActions} */
  get #keyActions() {
    return {
      ...this.#controlActions,
      step: (seconds) => this.#step(seconds),
      hasPast: () => this.#view?.hasTimeline ?? false,
    };
  }

  /** @param {number} volume */
  #setVolume(volume) {
    const video = this.#view?.video;
    if (video === undefined) return;
    video.volume = volume;
    video.muted = volume === 0;
  }

  async #togglePictureInPicture() {
    const video = this.#view?.video;
    try {
      if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
      else await video?.requestPictureInPicture();
    } catch {
      // Before the first picture there is nothing for the window to show.
    }
  }

  /** @param {number} seconds before the live picture */
  #seekBehind(seconds) {
    this.#playback?.seekBehind(seconds);
    this.#show();
  }

  #goLive() {
    this.#playback?.goLive();
    this.#show();
  }

  /** @param {number} seconds negative is back in time */
  #step(seconds) {
    const shift = this.#playback?.shift ?? null;
    if (shift !== null) this.#seekBehind((shift.isLive ? 0 : shift.behindSeconds) - seconds);
  }

  /** @param {AbortSignal} signal */
  #pollStatus(signal) {
    return pollJson(
      statusPath(this.cameraId),
      /** @param {import('../lib/api.js').ApiNews<CameraStatus>} news */
      (news) => this.take(news),
      { intervalMs: () => statusIntervalsMs[this.#pace], signal },
    );
  }

  get #pace() {
    if (this.#playback?.isPaused === true) return 'paused';
    return this.dataset['state'] === 'playing' ? 'playing' : 'starting';
  }

  /** @param {import('../lib/api.js').ApiNews<CameraStatus>} news of its camera */
  take(news) {
    if (news.type === 'answer') {
      this.#api = 'ok';
      this.#reading = { status: news.value, readAtMs: news.readAtMs };
      if (this.#view !== null) this.#view.name = news.value.name;
    } else {
      this.#api = news.type;
    }
    if (this.#playback !== null) {
      // With the slate there is always something to play, so standing still is a fault.
      const status = this.#reading?.status;
      this.#playback.isCameraAway = status !== undefined && isAway(status) && !status.isSlateShown;
    }
    if (this.#api === 'unknown-camera') this.#giveUp();
    this.#show();
    this.dispatchEvent(new CustomEvent('camera-news', { detail: news }));
  }

  /** Waiting does not help if the camera is not configured. */
  #giveUp() {
    this.#lifetime.abort();
    this.#playback?.pause();
  }

  #show() {
    const playback = this.#playback;
    if (playback === null || this.#view === null) return;
    const { stats, hasPlayed, isPaused, shift } = playback;
    const { engine, latencySeconds, isShifted } = stats;
    const status = this.#reading?.status;
    const { state, words } = describePlayer({
      ...{ phase: playback.phase, hasPlayed, latencySeconds, isShifted },
      ...{ reading: this.#reading, api: this.#api, isOnline: navigator.onLine },
      nowMs: performance.now(),
    });
    const advice = state === 'away' ? (status?.advice ?? null) : null;
    const hasSound = status?.tracks.some(({ kind }) => kind === 'audio') ?? false;
    const isVideo = engine !== 'MJPEG';
    const face = { state, words, advice, isPaused, hasPlayed, isShifted, isVideo, hasSound, shift };
    this.#view.show(face);
  }
}

customElements.define('camgate-player', CamgatePlayer);
