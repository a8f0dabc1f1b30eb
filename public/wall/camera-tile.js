import { cameraPage, snapshotWidthFor } from '../lib/addresses.js';
import {
  stateWords,
  toneOf,
  unreachableWords,
  videoTrack,
  viewerCount,
} from '../lib/camera-status.js';
import { element, setText } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { StillPicture } from './still-picture.js';

/** @typedef {import('../lib/camera-status.js').StatusReading} StatusReading */
/** @typedef {import('../lib/request-slots.js').RequestSlots} RequestSlots */

/** How often a picture is asked for, in milliseconds. An offline camera is asked only so that it is tried again. */
const paces = { live: 1000, waiting: 1000, stale: 2000, idle: 1000, offline: 5000 };

/** One camera on the wall: a still that refreshes, its state in words, and live video in its place when asked. */
export class CameraTile extends HTMLElement {
  /** @type {StatusReading | null} */
  #reading = null;
  /** @type {StillPicture | null} */
  #still = null;
  #isInView = false;
  /** The player is on its way: a second click must not bring a second one. */
  #isStarting = false;
  #startDelayMs = 0;
  #image = element('img', { class: 'tile-still', alt: '' });
  #words = element('span', { class: 'state-words' });
  #state = element('p', { class: 'state' }, element('span', { class: 'state-mark' }), this.#words);
  #viewers = element('span');
  #viewersWord = element('span', { class: 'visually-hidden' });
  #notice = element('div', { class: 'tile-notice' });
  #play = element('button', { type: 'button', class: 'tile-play' }, icon('play'));
  #stop = element('button', { type: 'button', class: 'tile-stop', hidden: true }, icon('close'));
  #link = element('a');
  #picture = element('div', { class: 'tile-picture' });

  /**
   * @param {StatusReading} reading
   * @param {RequestSlots} slots
   * @param {number} startDelayMs before the first picture is asked for
   */
  static create(reading, slots, startDelayMs) {
    const tile = /** @type {CameraTile} */ (document.createElement('camera-tile'));
    tile.#startDelayMs = startDelayMs;
    tile.#still = new StillPicture({
      cameraId: reading.status.id,
      image: tile.#image,
      slots,
      pace: () => tile.#pace(),
    });
    tile.#render(reading);
    tile.show(reading);
    return tile;
  }

  disconnectedCallback() {
    this.#still?.dispose();
  }

  get isPlaying() {
    return this.#picture.querySelector('camgate-player') !== null;
  }

  /** @param {boolean} isInView */
  set isInView(isInView) {
    this.#isInView = isInView;
    this.#runStill();
  }

  /** @param {StatusReading} reading the newest answer of the gateway */
  show(reading) {
    this.#reading = reading;
    const { status } = reading;
    const tone = toneOf(status);
    this.dataset['tone'] = tone;
    this.#state.dataset['tone'] = tone;
    const count = viewerCount(status);
    setText(this.#viewers, String(count));
    setText(this.#viewersWord, count === 1 ? ' viewer' : ' viewers');
    setText(this.#notice, status.advice ?? '');
    this.tick(performance.now());
  }

  /** @param {number} nowMs performance.now(), for the ages and countdowns */
  tick(nowMs) {
    if (this.#reading !== null) setText(this.#words, stateWords(this.#reading, nowMs));
  }

  /** Says so until the gateway answers again. */
  showUnreachable() {
    this.#state.dataset['tone'] = 'offline';
    setText(this.#words, unreachableWords);
    setText(this.#notice, '');
  }

  focusPicture() {
    const target = this.isPlaying ? this.#picture.querySelector('camgate-player') : this.#play;
    if (target instanceof HTMLElement) target.focus();
  }

  async play() {
    if (this.isPlaying || this.#isStarting || this.#reading === null) return;
    const { id, name } = this.#reading.status;
    this.#isStarting = true;
    try {
      await import('../player/camgate-player.js');
    } catch {
      return; // without the gateway there is nothing to play, and the banner says so
    } finally {
      this.#isStarting = false;
    }
    const player = element('camgate-player', { camera: id, name, autoplay: true });
    this.#picture.append(player);
    this.#play.hidden = true;
    this.#stop.hidden = false;
    player.focus();
    this.#runStill();
    this.dispatchEvent(new CustomEvent('playing-changed', { bubbles: true }));
  }

  stop() {
    this.#picture.querySelector('camgate-player')?.remove();
    this.#play.hidden = false;
    this.#stop.hidden = true;
    this.#play.focus();
    this.#runStill();
    this.dispatchEvent(new CustomEvent('playing-changed', { bubbles: true }));
  }

  /** @param {StatusReading} reading */
  #render({ status: { id, name } }) {
    this.#link.href = cameraPage(id);
    setText(this.#link, name);
    this.#play.setAttribute('aria-label', `Play ${name} here`);
    this.#stop.setAttribute('aria-label', `Stop ${name}`);
    this.#stop.title = 'Stop (Esc)';
    this.#play.addEventListener('click', () => void this.play());
    this.#stop.addEventListener('click', () => this.stop());
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.isPlaying && document.fullscreenElement === null)
        this.stop();
    });
    this.#picture.append(this.#image, this.#notice, this.#play, this.#stop);
    const heading = element('h2', { class: 'tile-name' }, this.#link);
    heading.addEventListener('pointerenter', () => {
      this.#link.title = heading.scrollWidth > heading.clientWidth ? name : '';
    });
    const viewers = element(
      'p',
      { class: 'tile-viewers' },
      icon('eye'),
      this.#viewers,
      this.#viewersWord,
    );
    const caption = element('div', { class: 'tile-caption' }, ...[heading, viewers, this.#state]);
    this.replaceChildren(element('article', { 'aria-label': name }, this.#picture, caption));
  }

  #runStill() {
    if (this.#isInView && !this.isPlaying) this.#still?.start(this.#startDelayMs);
    else this.#still?.stop();
  }

  /** @returns {{ lane: import('../lib/request-slots.js').Lane, intervalMs: number, width: number | undefined }} */
  #pace() {
    const status = this.#reading?.status;
    const tone = status === undefined ? 'idle' : toneOf(status);
    const placePixels = this.clientWidth * Math.min(2, devicePixelRatio);
    const ownPixels = status === undefined ? undefined : videoTrack(status);
    return {
      lane: tone === 'live' ? 'warm' : 'cold',
      intervalMs: paces[tone],
      width: snapshotWidthFor(
        placePixels,
        ownPixels?.kind === 'video' ? ownPixels.width : undefined,
      ),
    };
  }
}

customElements.define('camera-tile', CameraTile);
