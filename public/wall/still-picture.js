import { snapshotPath } from '../lib/addresses.js';
import { pageShown, sleepUntilNews } from '../lib/sleep.js';

/** @typedef {import('../lib/request-slots.js').RequestSlots} RequestSlots */
/** @typedef {import('../lib/request-slots.js').Lane} Lane */

/**
 * @typedef {object} StillOptions
 * @property {string} cameraId
 * @property {HTMLImageElement} image
 * @property {RequestSlots} slots shared by all pictures of the page
 * @property {() => { lane: Lane, intervalMs: number, width: number | undefined }} pace how and how often to ask now
 */

/**
 * A request to a camera that has to start first is held until its first picture. Given up after this time it keeps no
 * connection from the other cameras, and the camera goes on starting: it lingers after its last viewer.
 */
const patienceMs = 4000;

/** The newest picture of one camera, asked for again and again while somebody can see it. */
export class StillPicture {
  #options;
  #etag = '';
  #objectUrl = '';
  #shownCount = 0;
  #run = new AbortController();

  /** @param {StillOptions} options */
  constructor(options) {
    this.#options = options;
    this.#run.abort();
  }

  /** @param {number} delayMs before the first request, so that a wall of cameras does not ask in one burst */
  start(delayMs) {
    if (!this.#run.signal.aborted) return;
    this.#run = new AbortController();
    void this.#refresh(delayMs, this.#run.signal);
  }

  stop() {
    this.#run.abort();
  }

  dispose() {
    this.stop();
    URL.revokeObjectURL(this.#objectUrl);
  }

  /** @param {number} delayMs @param {AbortSignal} signal */
  async #refresh(delayMs, signal) {
    await sleepUntilNews(delayMs, signal);
    while (!signal.aborted) {
      await pageShown(signal);
      const { lane, intervalMs } = this.#options.pace();
      await this.#options.slots.run(lane, signal, () => this.#fetch(signal));
      // The second picture comes early: anyone who opens the page wants to see that it lives.
      await sleepUntilNews(this.#shownCount === 1 ? intervalMs / 2 : intervalMs, signal);
    }
  }

  /** @param {AbortSignal} signal */
  async #fetch(signal) {
    try {
      const response = await fetch(
        snapshotPath(this.#options.cameraId, this.#options.pace().width),
        // Asks with the ETag of the picture in the cache; a 304 arrives here as that picture.
        {
          cache: 'no-cache',
          signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
        },
      );
      const etag = response.headers.get('etag') ?? '';
      if (response.ok && (etag === '' || etag !== this.#etag)) {
        await this.#show(await response.blob());
        this.#etag = etag;
      }
    } catch {
      // No picture this time: the state in words says why, and the next round asks again.
    }
  }

  /** @param {Blob} picture */
  async #show(picture) {
    const { image } = this.#options;
    const previous = this.#objectUrl;
    this.#objectUrl = URL.createObjectURL(picture);
    image.src = this.#objectUrl;
    await image.decode().finally(() => URL.revokeObjectURL(previous));
    this.#shownCount += 1;
    image.dataset['shown'] = '';
  }
}
