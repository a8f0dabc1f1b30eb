import '../player/camgate-player.js';
import './copy-field.js';
import {
  cameraIdOf,
  classicPlaylistPath,
  embedPage,
  mjpegPath,
  playlistPath,
  publicAddress,
  retryPath,
  snapshotPath,
  transportPlaylistPath,
} from '../lib/addresses.js';
import { askFor } from '../lib/api.js';
import {
  asWatched,
  noAnswerWords,
  stateWords,
  toneOf,
  unreachableWords,
} from '../lib/camera-status.js';
import { element, required, setText } from '../lib/dom.js';
import { OwnViews } from '../lib/own-views.js';
import { cameraDetails } from './details.js';
import { playerDetails } from './player-details.js';

/** @typedef {import('../lib/camera-status.js').CameraStatus} CameraStatus */
/** @typedef {import('../player/camgate-player.js').CamgatePlayer} CamgatePlayer */

/** The page `/cameras/{id}`: one camera with everything about it. */
class CameraPage {
  #id = cameraIdOf(location.pathname);
  #name = required('#name', HTMLElement);
  #state = required('#state', HTMLElement);
  #stateWords = required('#state .state-words', HTMLElement);
  #details = required('#details', HTMLElement);
  #problem = required('#problem', HTMLElement);
  #retry = required('#retry', HTMLButtonElement);
  #retryAnswer = required('#retry-answer', HTMLElement);
  /** @type {Map<string, HTMLElement>} */
  #values = new Map();
  /** @type {import('../lib/camera-status.js').StatusReading | null} */
  #reading = null;
  /**
   * By performance.now(). Kept when the camera is dialled again: the gateway then tells of the new session alone.
   * @type {number | null}
   */
  #lastFrameAtMs = null;
  #ownViews = new OwnViews();
  #player = /** @type {CamgatePlayer} */ (
    element('camgate-player', {
      camera: this.#id,
      name: this.#id,
      autoplay: true,
      'page-keys': true,
    })
  );

  start() {
    setText(this.#name, this.#id);
    this.#showAddresses();
    this.#player.addEventListener('camera-news', (event) => {
      const { detail } = /** @type {CustomEvent<import('../lib/api.js').ApiNews<CameraStatus>>} */ (
        event
      );
      this.#onNews(detail);
    });
    required('#stage', HTMLElement).append(this.#player);
    this.#retry.addEventListener('click', () => void this.#tryNow());
    this.#ownViews.note('snapshot', performance.now()); // what the player shows before it plays
    setInterval(() => this.#tick(), 500);
  }

  /** @param {import('../lib/api.js').ApiNews<CameraStatus>} news */
  #onNews(news) {
    if (news.type === 'unknown-camera') return this.#showUnknown();
    if (news.type !== 'answer') return this.#showSilence(news.type);
    this.#reading = { status: news.value, readAtMs: news.readAtMs };
    const { name, lastFrameAgeSeconds } = news.value;
    if (lastFrameAgeSeconds !== null) {
      this.#lastFrameAtMs = news.readAtMs - lastFrameAgeSeconds * 1000;
    }
    setText(this.#name, name);
    document.title = `${name} · camgate`;
    this.#tick();
  }

  #showUnknown() {
    required('#known', HTMLElement).hidden = true;
    required('#unknown', HTMLElement).hidden = false;
    setText(required('#unknown-id', HTMLElement), this.#id);
    document.title = 'No such camera · camgate';
    this.#player.remove();
  }

  /** What was read last says nothing of now. @param {'unreachable' | 'no-answer'} type */
  #showSilence(type) {
    this.#reading = null;
    this.#state.dataset['tone'] = 'offline';
    setText(this.#stateWords, type === 'unreachable' ? unreachableWords : noAnswerWords);
    this.#problem.hidden = true;
    this.#retry.hidden = true;
  }

  /** What comes of it is told by the state. */
  async #tryNow() {
    this.#retry.disabled = true;
    setText(this.#retryAnswer, (await askFor(retryPath(this.#id))) ?? '');
    this.#retry.disabled = false;
  }

  #tick() {
    if (this.#reading === null) return;
    const { stats, dataset } = this.#player;
    const isWatched = dataset['state'] !== 'paused' && dataset['state'] !== 'blocked';
    const status = isWatched ? asWatched(this.#reading.status) : this.#reading.status;
    const reading = { ...this.#reading, status };
    const nowMs = performance.now();
    if (isWatched && stats !== null) {
      this.#ownViews.note(stats.engine === 'MJPEG' ? 'mjpeg' : 'hls', nowMs);
    }
    this.#state.dataset['tone'] = toneOf(status);
    setText(this.#stateWords, stateWords(reading, nowMs));
    this.#problem.hidden = status.reason === null;
    setText(this.#problem, status.advice ?? '');
    this.#retry.hidden = status.nextRetrySeconds === null;
    if (this.#retry.hidden) setText(this.#retryAnswer, '');
    const lastFrameAgeMs = this.#lastFrameAtMs === null ? null : nowMs - this.#lastFrameAtMs;
    const player = { stats, state: dataset['state'], lastFrameAgeMs, wallMs: Date.now() };
    const rows = [...cameraDetails(reading, nowMs, this.#ownViews), ...playerDetails(player)];
    for (const [name, value] of rows) this.#showRow(name, value);
  }

  /** @param {string} name @param {string} value */
  #showRow(name, value) {
    const known = this.#values.get(name);
    if (known !== undefined) return setText(known, value);
    const cell = element('dd', {}, value);
    this.#values.set(name, cell);
    this.#details.append(element('div', {}, element('dt', {}, name), cell));
  }

  #showAddresses() {
    const frame =
      `<iframe src="${publicAddress(embedPage(this.#id))}" width="640" height="360" ` +
      'allow="autoplay; fullscreen; picture-in-picture" title="Camera"></iframe>';
    required('#embed', HTMLElement).append(
      element('copy-field', { label: 'Embed code', value: frame }),
    );
    required('#addresses', HTMLElement).append(
      element('copy-field', {
        label: 'HLS playlist',
        value: publicAddress(playlistPath(this.#id)),
      }),
      element('copy-field', {
        label: 'HLS without low latency',
        value: publicAddress(classicPlaylistPath(this.#id)),
      }),
      element('copy-field', {
        label: 'HLS for old televisions (MPEG-TS)',
        value: publicAddress(transportPlaylistPath(this.#id)),
      }),
      element('copy-field', { label: 'MJPEG stream', value: publicAddress(mjpegPath(this.#id)) }),
      element('copy-field', { label: 'Snapshot', value: publicAddress(snapshotPath(this.#id)) }),
    );
  }
}

new CameraPage().start();
