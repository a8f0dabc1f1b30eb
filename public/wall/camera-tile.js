import { cameraPage, snapshotWidthFor } from '../lib/addresses.js';
import {
  asWatched,
  noAnswerWords,
  stateWords,
  toneOf,
  unreachableWords,
  videoTrack,
} from '../lib/camera-status.js';
import { element, setText } from '../lib/dom.js';
import { formatDuration } from '../lib/duration.js';
import { icon } from '../lib/icons.js';
import { OwnViews } from '../lib/own-views.js';
import { StillPicture } from './still-picture.js';

/** @typedef {import('../lib/camera-status.js').StatusReading} StatusReading */
/** @typedef {import('../lib/request-slots.js').RequestSlots} RequestSlots */
/** @typedef {import('../player/camgate-player.js').CamgatePlayer} CamgatePlayer */

/**
 * @typedef {object} WallShare what all tiles of a wall share
 * @property {RequestSlots} slots
 * @property {import('./player-seats.js').PlayerSeats} seats
 */

/** How often a picture is asked for, in milliseconds. An offline camera is asked only so that it is tried again. */
const paces = { live: 1000, waiting: 1000, stale: 2000, idle: 1000, offline: 5000 };

/** States of a player that is not waiting for anything that the gateway could tell. @type {ReadonlySet<string>} */
const settledStates = new Set(['playing', 'paused', 'blocked', 'unknown']);

const waitingWords =
  'Stills: over HTTP/1.1 a browser has six connections, enough for four players. Stop one, or open camgate over HTTPS.';

/** One camera on the wall: a still that refreshes, its state in words, and live video in its place when asked. */
export class CameraTile extends HTMLElement {
  /** @type {StatusReading | null} */
  #reading = null;
  /** @type {StillPicture | null} */
  #still = null;
  /** @type {import('./player-seats.js').PlayerSeats | null} */
  #seats = null;
  #isInView = false;
  /** Whether it was told to play. A second click must not bring a second player. */
  #isWanted = false;
  #hasWaited = false;
  #startDelayMs = 0;
  #ownViews = new OwnViews();
  #sit = () => void this.#startPlayer();
  #image = element('img', { class: 'tile-still', alt: '' });
  #age = element('span', { class: 'tile-age' });
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
   * @param {WallShare} share
   * @param {number} startDelayMs before the first picture is asked for
   */
  static create(reading, { slots, seats }, startDelayMs) {
    const tile = /** @type {CameraTile} */ (document.createElement('camera-tile'));
    tile.#startDelayMs = startDelayMs;
    tile.#seats = seats;
    tile.#still = new StillPicture({
      cameraId: reading.status.id,
      image: tile.#image,
      slots,
      pace: () => tile.#pace(),
      onRequest: () => tile.#ownViews.note('snapshot', performance.now()),
    });
    tile.#render(reading);
    tile.show(reading);
    return tile;
  }

  disconnectedCallback() {
    this.#still?.dispose();
    this.#seats?.leave(this.#sit);
  }

  get isPlaying() {
    return this.#player !== null;
  }

  /** What the gateway says next of this camera is being waited for. */
  get isExpectant() {
    const state = this.#player?.dataset['state'];
    if (state !== undefined && !settledStates.has(state)) return true;
    return this.#isWatched && (this.tone === 'waiting' || this.#isRetryDue);
  }

  /** As those see it who look at the tile. */
  get tone() {
    return this.#shown === null ? 'idle' : toneOf(this.#shown.status);
  }

  /** @param {boolean} isInView */
  set isInView(isInView) {
    this.#isInView = isInView;
    this.#runStill();
    this.#showState();
  }

  /** @param {StatusReading} reading the newest answer of the gateway */
  show(reading) {
    this.#reading = reading;
    this.#player?.take({ type: 'answer', value: reading.status, readAtMs: reading.readAtMs });
    this.tick(performance.now());
    const others = Object.values(this.#ownViews.othersIn(reading));
    const count = others.reduce((sum, one) => sum + one, 0);
    setText(this.#viewers, String(count));
    setText(this.#viewersWord, count === 1 ? ' other viewer' : ' other viewers');
    this.#showState();
  }

  /** @param {number} nowMs performance.now(), for the ages and countdowns */
  tick(nowMs) {
    const engine = this.#isPlayerRunning ? this.#player?.stats?.engine : undefined;
    if (engine !== undefined) this.#ownViews.note(engine === 'MJPEG' ? 'mjpeg' : 'hls', nowMs);
    if (this.#shown !== null) setText(this.#words, stateWords(this.#shown, nowMs));
    this.tickAge(nowMs);
  }

  /** @param {number} nowMs performance.now(); it goes on when the gateway does not answer */
  tickAge(nowMs) {
    const age = this.#still?.ageAt(nowMs) ?? null;
    setText(this.#age, age === null ? '' : `${formatDuration(age.ageMs / 1000)} ago`);
    this.toggleAttribute('data-old', age?.isOld ?? false);
  }

  /**
   * Says so until the gateway answers again.
   *
   * @param {{ type: 'unreachable' | 'no-answer', retryAtMs: number }} news
   */
  showNoAnswer(news) {
    this.#player?.take(news);
    this.#state.dataset['tone'] = 'offline';
    setText(this.#words, news.type === 'unreachable' ? unreachableWords : noAnswerWords);
    setText(this.#notice, '');
  }

  focusPicture() {
    (this.#player ?? this.#play).focus();
  }

  play() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#seats?.ask(this.#sit);
    this.#hasWaited = this.#isWaiting;
    this.#changed();
  }

  stop() {
    this.#isWanted = false;
    this.#player?.remove();
    this.#seats?.leave(this.#sit);
    this.#changed();
    this.#play.focus();
  }

  async #startPlayer() {
    try {
      await import('../player/camgate-player.js');
    } catch {
      return this.stop(); // without the gateway there is nothing to play, and the banner says so
    }
    if (!this.#isWanted || this.isPlaying || this.#reading === null) return;
    const { id, name } = this.#reading.status;
    const player = element('camgate-player', { camera: id, name, autoplay: true, fed: true });
    this.#picture.append(player);
    player.take({ type: 'answer', value: this.#reading.status, readAtMs: this.#reading.readAtMs });
    if (!this.#hasWaited) player.focus();
    this.#changed();
  }

  /** It plays, waits to play, or does not any more. */
  #changed() {
    this.#play.hidden = this.#isWanted && this.isPlaying;
    this.#stop.hidden = !this.#isWanted;
    this.#runStill();
    this.#showState();
    this.dispatchEvent(new CustomEvent('playing-changed', { bubbles: true }));
  }

  #showState() {
    if (this.#reading === null) return;
    const { tone } = this;
    this.dataset['tone'] = tone;
    this.#state.dataset['tone'] = tone;
    setText(this.#notice, this.#isWaiting ? waitingWords : (this.#reading.status.advice ?? ''));
  }

  get #player() {
    return this.#picture.querySelector('camgate-player');
  }

  get #isPlayerRunning() {
    const state = this.#player?.dataset['state'];
    return state !== undefined && state !== 'paused' && state !== 'blocked';
  }

  get #isWaiting() {
    return this.#seats?.isWaiting(this.#sit) ?? false;
  }

  get #isRetryDue() {
    if (this.#reading === null) return false;
    const { status, readAtMs } = this.#reading;
    return (
      status.nextRetrySeconds !== null &&
      performance.now() - readAtMs > status.nextRetrySeconds * 1000
    );
  }

  get #isWatched() {
    return this.#isPlayerRunning || (this.#still?.isRunning ?? false);
  }

  get #shown() {
    if (this.#reading === null || !this.#isWatched) return this.#reading;
    return { ...this.#reading, status: asWatched(this.#reading.status) };
  }

  /** @param {StatusReading} reading */
  #render({ status: { id, name } }) {
    this.#link.href = cameraPage(id);
    setText(this.#link, name);
    this.#play.setAttribute('aria-label', `Play ${name} here`);
    this.#stop.setAttribute('aria-label', `Stop ${name}`);
    this.#stop.title = 'Stop (Esc)';
    this.#play.addEventListener('click', () => this.play());
    this.#stop.addEventListener('click', () => this.stop());
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#isWanted && document.fullscreenElement === null)
        this.stop();
    });
    this.#picture.append(this.#image, this.#age, this.#notice, this.#play, this.#stop);
    const heading = element('h2', { class: 'tile-name' }, this.#link);
    heading.addEventListener('pointerenter', () => {
      this.#link.title = heading.scrollWidth > heading.clientWidth ? name : '';
    });
    const viewers = element(
      'p',
      { class: 'tile-viewers', title: 'Others who watch' },
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
