import { pollJson } from '../lib/api.js';
import { snapshotPath, statusPath } from '../lib/addresses.js';
import { element, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { createControls, relabel } from './controls.js';
import { FreezeFrame } from './freeze-frame.js';
import { Playback } from './playback.js';
import { describePlayer, isAway } from './words.js';

/** @typedef {import('../lib/camera-status.js').CameraStatus} CameraStatus */

const idleBarMs = 2500;
/** How far an arrow key goes in time. */
const stepSeconds = 5;
/** Also while it plays: a still picture must not be called live for long. */
const statusIntervalMs = 1000;

/**
 * `<camgate-player camera="front" name="Front door" autoplay>`: live video of one camera, which recovers by itself and
 * says what it is doing. Starts muted, because browsers start only silent video without a click.
 *
 * - attribute `data-state`: what it is doing, one of PlayerState (words.js)
 * - property `stats`: latency and counts
 * - event `camera-news`: each answer of the gateway about the camera, with the ApiNews in `detail`
 */
export class CamgatePlayer extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {Playback | null} */
  #playback = null;
  /** @type {import('../lib/camera-status.js').StatusReading | null} */
  #reading = null;
  /** @type {'ok' | 'unknown-camera' | 'unreachable'} */
  #api = 'ok';
  #video = element('video', { playsinline: true, disableremoteplayback: true });
  #poster = element('img', { class: 'player-poster', alt: '' });
  #stream = element('img', { class: 'player-stream', alt: '', hidden: true });
  #canvas = element('canvas', { class: 'player-freeze', hidden: true, 'aria-hidden': 'true' });
  #badge = element('span', { class: 'player-badge' });
  #message = element('p', { class: 'player-message' });
  #advice = element('p', { class: 'player-advice' });
  #announcer = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  #bigPlay = element(
    'button',
    { type: 'button', class: 'player-start', 'aria-label': 'Play' },
    icon('play'),
  );
  /** @type {ReturnType<typeof createControls> | null} */
  #controls = null;

  get stats() {
    return this.#playback?.stats ?? null;
  }

  get cameraId() {
    return this.getAttribute('camera') ?? '';
  }

  connectedCallback() {
    this.#lifetime = new AbortController();
    this.#render();
    this.#playback = new Playback({
      video: this.#video,
      image: this.#stream,
      freeze: new FreezeFrame(this.#video, this.#canvas),
      cameraId: this.cameraId,
      onTick: () => this.#show(),
    });
    this.#listen(this.#lifetime.signal);
    if (this.hasAttribute('autoplay')) this.#playback.play();
    void this.#pollStatus(this.#lifetime.signal);
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

  toggleMute() {
    this.#video.muted = !this.#video.muted;
    if (!this.#video.muted && this.#video.volume === 0) this.#video.volume = 1;
  }

  async toggleFullscreen() {
    if (document.fullscreenElement !== null) return document.exitFullscreen();
    // iPhones have full screen for video elements only.
    const video = /** @type {HTMLVideoElement & { webkitEnterFullscreen?: () => void }} */ (
      this.#video
    );
    if (document.fullscreenEnabled) await this.requestFullscreen();
    else video.webkitEnterFullscreen?.();
  }

  async #togglePictureInPicture() {
    if (document.pictureInPictureElement === this.#video) await document.exitPictureInPicture();
    else await this.#video.requestPictureInPicture();
  }

  #render() {
    const name = this.getAttribute('name') ?? this.cameraId;
    this.#video.muted = true;
    this.#poster.src = snapshotPath(this.cameraId);
    this.#video.setAttribute('aria-label', `Live video of ${name}`);
    this.#stream.alt = `Live pictures of ${name}`;
    this.#controls = createControls(this.cameraId, name, {
      togglePlay: () => this.togglePlay(),
      toggleMute: () => this.toggleMute(),
      setVolume: (volume) => this.#setVolume(volume),
      toggleFullscreen: () => void this.toggleFullscreen(),
      togglePictureInPicture: () => void this.#togglePictureInPicture(),
      seekBehind: (seconds) => this.#seekBehind(seconds),
      goLive: () => this.#goLive(),
    });
    this.#controls.pictureInPicture.hidden = !document.pictureInPictureEnabled;
    const notice = element(
      'div',
      { class: 'player-notice' },
      ...[
        element('span', { class: 'player-spinner', 'aria-hidden': 'true' }),
        this.#message,
        this.#advice,
      ],
    );
    this.tabIndex = 0;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', `Player of ${name}`);
    this.replaceChildren(
      ...[this.#poster, this.#video, this.#stream, this.#canvas, notice, this.#bigPlay],
      ...[this.#badge, this.#controls.bar, this.#announcer],
    );
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    this.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    this.#bigPlay.addEventListener('click', () => this.togglePlay(), { signal });
    this.#video.addEventListener('click', () => this.togglePlay(), { signal });
    this.#video.addEventListener('volumechange', () => this.#showSound(), { signal });
    this.#poster.addEventListener('load', () => (this.dataset['poster'] = 'shown'), { signal });
    this.#showSound();
    this.#hideBarWhenIdle(signal);
  }

  /** @param {AbortSignal} signal */
  #hideBarWhenIdle(signal) {
    let timer = setTimeout(() => undefined, 0);
    const rest = () => this.removeAttribute('data-active');
    const wake = () => {
      this.dataset['active'] = '';
      clearTimeout(timer);
      timer = setTimeout(rest, idleBarMs);
    };
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
      this.addEventListener(type, wake, { signal });
    }
    this.addEventListener('pointerleave', rest, { signal });
    signal.addEventListener('abort', () => clearTimeout(timer));
    wake();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isOnControl = event.target instanceof HTMLElement && event.target !== this;
    const key = event.key.toLowerCase();
    if (key === ' ' && isOnControl) return; // the space bar presses the focused button
    /** @type {Record<string, () => void>} */
    const actions = {
      ' ': () => this.togglePlay(),
      k: () => this.togglePlay(),
      m: () => this.toggleMute(),
      f: () => void this.toggleFullscreen(),
      ...(this.#controls?.timeline.row.hidden === false && this.#timeKeys),
    };
    if (event.target instanceof HTMLInputElement && key.startsWith('arrow')) return; // they move the slider
    const action = actions[key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  get #timeKeys() {
    return {
      arrowleft: () => this.#step(-stepSeconds),
      arrowright: () => this.#step(stepSeconds),
      l: () => this.#goLive(),
    };
  }

  /** @param {number} volume */
  #setVolume(volume) {
    this.#video.volume = volume;
    this.#video.muted = volume === 0;
  }

  /** @param {AbortSignal} signal */
  #pollStatus(signal) {
    return pollJson(
      statusPath(this.cameraId),
      /** @param {import('../lib/api.js').ApiNews<CameraStatus>} news */
      (news) => this.#onNews(news),
      { intervalMs: () => statusIntervalMs, signal },
    );
  }

  /** @param {import('../lib/api.js').ApiNews<CameraStatus>} news */
  #onNews(news) {
    if (news.type === 'answer') {
      this.#api = 'ok';
      this.#reading = { status: news.value, readAtMs: news.readAtMs };
    } else {
      this.#api = news.type === 'refused' ? 'unknown-camera' : 'unreachable';
    }
    if (this.#playback !== null) {
      // With the still picture there is always something to play: standing still is a fault then.
      const status = this.#reading?.status;
      this.#playback.isCameraAway = status !== undefined && isAway(status) && !status.isSlateShown;
    }
    if (this.#api === 'unknown-camera') this.#giveUp();
    this.#show();
    this.dispatchEvent(new CustomEvent('camera-news', { detail: news }));
  }

  /** A camera that is not configured does not come by waiting. */
  #giveUp() {
    this.#lifetime.abort();
    this.#playback?.pause();
  }

  #show() {
    const playback = this.#playback;
    if (playback === null || this.#controls === null) return;
    const { state, words } = describePlayer({
      phase: playback.phase,
      hasPlayed: playback.hasPlayed,
      latencySeconds: playback.stats.latencySeconds,
      isShifted: playback.stats.isShifted,
      reading: this.#reading,
      api: this.#api,
      isOnline: navigator.onLine,
      nowMs: performance.now(),
    });
    if (this.dataset['state'] !== state) {
      this.dataset['state'] = state;
      setText(this.#announcer, words); // once per change: figures that tick on would drown everything else
    }
    setText(this.#badge, words);
    setText(this.#message, words);
    setText(this.#advice, (state === 'away' ? this.#reading?.status.advice : null) ?? '');
    if (playback.isPaused) relabel(this.#controls.play, 'play', 'Play');
    else relabel(this.#controls.play, 'pause', 'Pause');
    this.toggleAttribute('data-moving', playback.hasPlayed);
    this.toggleAttribute('data-shifted', playback.stats.isShifted);
    this.#controls.timeline.show(playback.shift);
    this.#controls.sound.hidden = !this.#hasSound();
  }

  #hasSound() {
    return this.#reading?.status.tracks.some(({ kind }) => kind === 'audio') ?? false;
  }

  #showSound() {
    if (this.#controls === null) return;
    const { muted, volume } = this.#video;
    if (muted) relabel(this.#controls.mute, 'muted', 'Unmute');
    else relabel(this.#controls.mute, 'sound', 'Mute');
    this.#controls.volume.value = String(muted ? 0 : volume);
  }
}

customElements.define('camgate-player', CamgatePlayer);
