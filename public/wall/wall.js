import { camerasPath } from '../lib/addresses.js';
import { pollJson } from '../lib/api.js';
import { formatDuration } from '../lib/duration.js';
import { required, setText } from '../lib/dom.js';
import { RequestSlots } from '../lib/request-slots.js';
import { tileInDirection } from './arrow-keys.js';
import { CameraTile } from './camera-tile.js';
import { summarize, summarizeUnknown } from './summary.js';

/** @typedef {import('../lib/camera-status.js').CameraStatus} CameraStatus */
/** @typedef {import('../lib/api.js').ApiNews<{ cameras: CameraStatus[] }>} WallNews */

/** Between the first requests of two neighbours, in milliseconds. */
const staggerMs = 40;
/** Pages have six connections; the API and each player need some (two players at most before pictures slow down). */
const slotsFor = (/** @type {number} */ players) => ({
  total: Math.max(2, 4 - players),
  cold: players === 0 ? 3 : 1,
});

/** The page `/`: all cameras of the gateway. */
class Wall {
  #list = required('#cameras', HTMLUListElement);
  #summary = required('#summary', HTMLElement);
  #banner = required('#banner', HTMLElement);
  /** Hidden from screen readers: an alert whose text ticks would be read out every second. */
  #nextTry = required('#next-try', HTMLElement);
  #empty = required('#empty', HTMLElement);
  #loading = required('#loading', HTMLElement);
  #slots = new RequestSlots(slotsFor(0));
  /** @type {Map<string, CameraTile>} */
  #tiles = new Map();
  /** @type {number | null} performance.now() of the next try while the gateway does not answer */
  #retryAtMs = null;
  #isSettled = false;
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
      // Fast while cameras start, because everybody is waiting for them.
      intervalMs: () => (this.#isSettled ? 2000 : 600),
      signal: new AbortController().signal,
    });
  }

  /** @param {WallNews} news */
  #onNews(news) {
    this.#retryAtMs = news.type === 'unreachable' ? news.retryAtMs : null;
    this.#tick();
    if (news.type !== 'answer') return this.#showUnreachable();
    const { cameras } = news.value;
    this.#loading.hidden = true;
    this.#empty.hidden = cameras.length > 0;
    this.#isSettled = cameras.every(({ state }) => state !== 'connecting' && state !== 'idle');
    this.#showSummary(summarize(cameras));
    this.#showTiles(cameras, news.readAtMs);
  }

  #showUnreachable() {
    if (this.#tiles.size === 0) return;
    this.#showSummary(summarizeUnknown(this.#tiles.size));
    for (const tile of this.#tiles.values()) tile.showUnreachable();
  }

  /** @param {string} summary */
  #showSummary(summary) {
    setText(this.#summary, summary);
    document.title = `${summary} · camgate`;
  }

  /** @param {CameraStatus[]} cameras @param {number} readAtMs */
  #showTiles(cameras, readAtMs) {
    const gone = new Set(this.#tiles.keys());
    cameras.forEach((status, index) => {
      gone.delete(status.id);
      const reading = { status, readAtMs };
      const tile = this.#tiles.get(status.id);
      if (tile === undefined)
        this.#addTile(CameraTile.create(reading, this.#slots, index * staggerMs), status.id);
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
    const isReachable = this.#retryAtMs === null;
    this.#banner.hidden = isReachable;
    this.#list.toggleAttribute('data-outdated', !isReachable);
    if (this.#retryAtMs !== null) {
      const left = this.#retryAtMs - now;
      setText(this.#nextTry, left > 0 ? `in ${formatDuration(left / 1000)}` : 'now');
    } else {
      for (const tile of this.#tiles.values()) tile.tick(now);
    }
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
