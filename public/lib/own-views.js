/** @typedef {'hls' | 'mjpeg' | 'snapshot'} Protocol */

/** The gateway forgets a viewer this long after its last request, in milliseconds. */
const forgottenAfterMs = 10_000;

/** What this page itself watches of a camera, so that it does not count itself among the viewers. */
export class OwnViews {
  /** When each was last watched here, by performance.now(). @type {Map<Protocol, number>} */
  #seenAtMs = new Map();

  /** @param {Protocol} protocol @param {number} nowMs */
  note(protocol, nowMs) {
    this.#seenAtMs.set(protocol, nowMs);
  }

  /**
   * @param {import('./camera-status.js').StatusReading} reading
   * @returns {Record<string, number>} viewers by protocol without this page
   */
  othersIn({ status: { viewers }, readAtMs }) {
    return Object.fromEntries(
      Object.entries(viewers).map(([protocol, count]) => {
        const seenAtMs = this.#seenAtMs.get(/** @type {Protocol} */ (protocol));
        const isCounted = seenAtMs !== undefined && readAtMs - seenAtMs < forgottenAfterMs;
        return [protocol, isCounted ? Math.max(0, count - 1) : count];
      }),
    );
  }
}
