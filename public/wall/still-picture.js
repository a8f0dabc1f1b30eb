import { stillPath } from '../lib/addresses.js';
import { pageShown, sleepUntilNews } from '../lib/sleep.js';

/** @typedef {import('../lib/request-slots.js').RequestSlots} RequestSlots */
/** @typedef {import('../lib/request-slots.js').Lane} Lane */

/**
 * @typedef {object} StillOptions
 * @property {string} cameraId
 * @property {HTMLImageElement} image
 * @property {RequestSlots} slots shared by all pictures of the page
 * @property {() => { lane: Lane, intervalMs: number, width: number | undefined }} pace how and how often to ask now
 * @property {() => void} onRequest
 */

/**
 * A request to a camera that has to start first is held until its first picture. Given up after this time it keeps no
 * connection from the other cameras, and the camera goes on starting: it lingers after its last viewer.
 */
const patienceMs = 4000;
/**
 * A picture is old when it is twice as old as the last two were apart, at the least and at the most, in milliseconds.
 */
const oldAfterMs = { min: 10_000, max: 120_000 };

/** The newest picture of one camera, asked for again and again while somebody can see it. */
export class StillPicture {
  #options;
  #etag = '';
  #objectUrl = '';
  #shownCount = 0;
  /** By performance.now(), as far as the gateway knows: when the frame came from the camera. */
  #takenAtMs = Number.NaN;
  #apartMs = 0;
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

  get isRunning() {
    return !this.#run.signal.aborted;
  }

  /** @param {number} nowMs performance.now() @returns {{ ageMs: number, isOld: boolean } | null} null: none is shown */
  ageAt(nowMs) {
    if (this.#shownCount === 0) return null;
    const ageMs = Math.max(0, nowMs - this.#takenAtMs);
    const { min, max } = oldAfterMs;
    return { ageMs, isOld: ageMs > Math.min(max, Math.max(min, 2 * this.#apartMs)) };
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
      this.#options.onRequest();
      const response = await fetch(
        stillPath(this.#options.cameraId, this.#options.pace().width),
        // Asks with the ETag of the picture in the cache; a 304 arrives here as that picture.
        {
          cache: 'no-cache',
          signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
        },
      );
      const etag = response.headers.get('etag') ?? '';
      // 204: there is none.
      if (response.status === 200 && (etag === '' || etag !== this.#etag)) {
        const ageSeconds = Number(response.headers.get('age') ?? 0);
        const takenAtMs = performance.now() - ageSeconds * 1000;
        await this.#show(await response.blob());
        this.#apartMs = this.#shownCount > 1 ? takenAtMs - this.#takenAtMs : 0;
        this.#takenAtMs = takenAtMs;
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
