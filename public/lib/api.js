import { backoffDelayMs } from './backoff.js';
import { pageShown, sleepUntilNews } from './sleep.js';

/** An answer of the gateway that is no success; `status` is the HTTP status. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/**
 * @template T
 * @typedef {{ type: 'answer', value: T, readAtMs: number }
 *   | { type: 'refused', status: number }
 *   | { type: 'unreachable', retryAtMs: number }} ApiNews
 */

const requestTimeoutMs = 10_000;
/** A gateway that restarts is back in a second or two; one that is gone needs no hammering. */
const retry = { firstMs: 1000, maxMs: 15_000 };

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
export async function readJson(path, signal) {
  const response = await fetch(path, {
    headers: { accept: 'application/json' },
    cache: 'no-cache',
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
  });
  if (!response.ok) throw new ApiError(response.status, response.statusText);
  return response.json();
}

/**
 * Reads an address again and again while the page is shown, with back-off when the gateway does not answer, until the
 * signal is aborted. 4xx answers are news of their own: the gateway is there and says no.
 *
 * @template T
 * @param {string} path
 * @param {(news: ApiNews<T>) => void} onNews
 * @param {{ intervalMs: () => number, signal: AbortSignal }} options
 * @returns {Promise<void>}
 */
export async function pollJson(path, onNews, { intervalMs, signal }) {
  let failures = 0;
  while (!signal.aborted) {
    await pageShown(signal);
    const news = /** @type {ApiNews<T>} */ (await readNews(path, failures, signal));
    if (signal.aborted) return;
    onNews(news);
    failures = news.type === 'unreachable' ? failures + 1 : 0;
    const waitMs = news.type === 'unreachable' ? news.retryAtMs - performance.now() : intervalMs();
    await sleepUntilNews(waitMs, signal);
  }
}

/**
 * @param {string} path
 * @param {number} failures
 * @param {AbortSignal} signal
 * @returns {Promise<ApiNews<unknown>>}
 */
async function readNews(path, failures, signal) {
  try {
    const value = await readJson(path, signal);
    return { type: 'answer', value, readAtMs: performance.now() };
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) {
      return { type: 'refused', status: error.status };
    }
    const delayMs = backoffDelayMs(retry, failures, Math.random());
    return { type: 'unreachable', retryAtMs: performance.now() + delayMs };
  }
}
