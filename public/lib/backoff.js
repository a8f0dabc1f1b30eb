/**
 * @typedef {object} Backoff
 * @property {number} firstMs
 * @property {number} maxMs
 */

/**
 * Doubling delay with jitter, so that a hundred pages do not return in the same moment after an outage.
 *
 * @param {Backoff} backoff
 * @param {number} attempt failures so far without this one, from 0
 * @param {number} random 0 to 1
 * @returns {number} milliseconds, between three quarters of the step and the step
 */
export function backoffDelayMs(backoff, attempt, random) {
  const step = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 20));
  return Math.round(step * (0.75 + 0.25 * random));
}
