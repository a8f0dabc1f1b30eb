import { camerasPath } from '../lib/addresses.js';
import { pollJson } from '../lib/api.js';
import { playerLimit, sharesOneConnection } from '../lib/connections.js';
import { formatDuration } from '../lib/duration.js';
import { required, setText } from '../lib/dom.js';
import { RequestSlots } from '../lib/request-slots.js';
import { tileInDirection } from './arrow-keys.js';
import { CameraTile } from './camera-tile.js';
import { PlayerSeats } from './player-seats.js';
import { summarize, summarizeUnknown } from './summary.js';

/** @typedef {import('../lib/camera-status.js').CameraStatus} CameraStatus */
/** @typedef {import('../lib/api.js').ApiNews<{ cameras: CameraStatus[] }>} WallNews */

/** Between the first requests of two neighbours, in milliseconds. */
const staggerMs = 40;
/**
 * Stills at once: as many as the server can be asked for over one connection, or what players, whose parts come with
 * stills in the same six, leave.
 */
const slotsFor = (/** @type {number} */ players) =>
  sharesOneConnection()
    ? { total: 12, cold: 9 }
    : { total: Math.max(1, 4 - players), cold: players === 0 ? 3 : 1 };

/** How often the states are read: fast while somebody waits for a camera. In milliseconds. */
const pollIntervalsMs = { waiting: 1000, playing: 2000, quiet: 5000 };

/** @typedef {{ type: 'unreachable' | 'no-answer', retryAtMs: number }} NoAnswer */

const bannerWords = {
  unreachable: 'Gateway not reachable, trying again',
  'no-answer':
    'No answer yet: the gateway is out of reach, or all connections of this browser to it are in use. Trying again',
};

/** The page `/`: all cameras of the gateway. */
class Wall {
  #list = required('#cameras', HTMLUListElement);
  #summary = required('#summary', HTMLElement);
  #banner = required('#banner', HTMLElement);
  #bannerWords = required('#banner-words', HTMLElement);
  /** Hidden from screen readers: an alert whose text ticks would be read out every second. */
  #nextTry = required('#next-try', HTMLElement);
  #empty = required('#empty', HTMLElement);
  #loading = required('#loading', HTMLElement);
  #slots = new RequestSlots(slotsFor(0));
  #seats = new PlayerSeats(playerLimit);
  /** @type {Map<string, CameraTile>} */
  #tiles = new Map();
  /** @type {NoAnswer | null} while the gateway does not answer */
  #silence = null;
  #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (target instanceof CameraTile) target.isInView = isIntersecting;
    }
  });

  start() {
    this.#list.addEventListener('keydown', (event) => this.#onKey(event));
    this.#list.addEventListener('playing-changed', () => this.#shareConnections());
    setInterval(() => this.#tick(), 500);
    void pollJson(camerasPath, (/** @type {WallNews} */ news) => this.#onNews(news), {
      intervalMs: () => this.#pollIntervalMs,
      signal: new AbortController().signal,
    });
  }

  get #pollIntervalMs() {
    const tiles = [...this.#tiles.values()];
    if (tiles.some((tile) => tile.isExpectant)) return pollIntervalsMs.waiting;
    return tiles.some((tile) => tile.isPlaying) ? pollIntervalsMs.playing : pollIntervalsMs.quiet;
  }

  /** @param {WallNews} news */
  #onNews(news) {
    this.#silence = 'retryAtMs' in news ? news : null;
    this.#tick();
    if (news.type !== 'answer') return this.#showSilence();
    const { cameras } = news.value;
    this.#loading.hidden = true;
    this.#empty.hidden = cameras.length > 0;
    this.#showTiles(cameras, news.readAtMs);
    this.#tick();
  }

  #showSilence() {
    if (this.#tiles.size === 0 || this.#silence === null) return;
    this.#showSummary(summarizeUnknown(this.#tiles.size));
    for (const tile of this.#tiles.values()) tile.showNoAnswer(this.#silence);
  }

  /** @param {string} summary */
  #showSummary(summary) {
    setText(this.#summary, summary);
    const title = `${summary} · camgate`;
    if (document.title !== title) document.title = title;
  }

  /** @param {CameraStatus[]} cameras @param {number} readAtMs */
  #showTiles(cameras, readAtMs) {
    const gone = new Set(this.#tiles.keys());
    const share = { slots: this.#slots, seats: this.#seats };
    cameras.forEach((status, index) => {
      gone.delete(status.id);
      const reading = { status, readAtMs };
      const tile = this.#tiles.get(status.id);
      if (tile === undefined)
        this.#addTile(CameraTile.create(reading, share, index * staggerMs), status.id);
      else tile.show(reading);
    });
    for (const id of gone) this.#removeTile(id);
  }

  /** @param {CameraTile} tile @param {string} id */
  #addTile(tile, id) {
    this.#tiles.set(id, tile);
    const item = document.createElement('li');
    item.append(tile);
    this.#list.append(item);
    this.#observer.observe(tile);
  }

  /** @param {string} id */
  #removeTile(id) {
    const tile = this.#tiles.get(id);
    if (tile === undefined) return;
    this.#observer.unobserve(tile);
    tile.closest('li')?.remove();
    this.#tiles.delete(id);
  }

  #tick() {
    const now = performance.now();
    const silence = this.#silence;
    this.#banner.hidden = silence === null;
    this.#list.toggleAttribute('data-outdated', silence !== null);
    for (const tile of this.#tiles.values()) {
      if (silence === null) tile.tick(now);
      else tile.tickAge(now);
    }
    if (silence === null) return this.#showTones();
    const left = silence.retryAtMs - now;
    setText(this.#bannerWords, bannerWords[silence.type]);
    setText(this.#nextTry, left > 0 ? `in ${formatDuration(left / 1000)}` : 'now');
  }

  #showTones() {
    if (!this.#loading.hidden) return;
    this.#showSummary(summarize([...this.#tiles.values()].map(({ tone }) => tone)));
  }

  #shareConnections() {
    const players = [...this.#tiles.values()].filter((tile) => tile.isPlaying).length;
    this.#slots.limits = slotsFor(players);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // Alt with an arrow leads through the history of the tab.
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof HTMLInputElement || !(event.target instanceof Element)) return;
    const tiles = [...this.#tiles.values()];
    const from = tiles.findIndex(
      (tile) => tile === /** @type {Element} */ (event.target).closest('camera-tile'),
    );
    const places = tiles.map((tile) => tile.getBoundingClientRect());
    const to = tileInDirection(event.key, places, from);
    if (to === undefined) return;
    event.preventDefault();
    tiles[to]?.focusPicture();
  }
}

new Wall().start();
