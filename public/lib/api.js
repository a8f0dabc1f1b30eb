import { backoffDelayMs } from './backoff.js';
import { sharesOneConnection, watchAnswers } from './connections.js';
import { pageShown, sleepUntilNews } from './sleep.js';

/**
 * An answer that is no success. `code` is the gateway's word for it; '' where something in front of it has answered.
 */
export class ApiError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

/**
 * @template T
 * @typedef {{ type: 'answer', value: T, readAtMs: number }
 *   | { type: 'unknown-camera' }
 *   | { type: 'unreachable', retryAtMs: number }
 *   | { type: 'no-answer', retryAtMs: number }} ApiNews
 *   no-answer: nothing came for long, for want of a gateway or of a free connection to it; the browser tells neither
 */

const requestTimeoutMs = 10_000;
/** A gateway that restarts is back in a second or two; one that is gone needs no hammering. */
const retry = { firstMs: 1000, maxMs: 15_000 };
/** How soon a wait notices that it is to be shorter, in milliseconds. */
const lookMs = 500;

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
  if (!response.ok) throw new ApiError(await readCode(response), response.statusText);
  return response.json();
}

/**
 * Asks the gateway to do something. The header is one that pages of other origins cannot send.
 *
 * @param {string} path
 * @returns {Promise<string | null>} why it was not done, for people; null: it was
 */
export async function askFor(path) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { accept: 'application/json', 'x-requested-with': 'camgate' },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (response.ok) return null;
    const { detail } = await response.json();
    return typeof detail === 'string' ? detail : response.statusText;
  } catch {
    return 'The gateway did not answer; try again.';
  }
}

/** @param {Response} response */
async function readCode(response) {
  try {
    const { code } = await response.json();
    return typeof code === 'string' ? code : '';
  } catch {
    return '';
  }
}

/**
 * Reads an address again and again while the page is shown, with back-off when the gateway does not answer, until the
 * signal is aborted. That a camera is not configured is news of its own. All other errors pass: a proxy whose login has
 * run out, or that has lost its gateway, says 401 or 404 as well.
 *
 * @template T
 * @param {string} path
 * @param {(news: ApiNews<T>) => void} onNews
 * @param {{ intervalMs: () => number, signal: AbortSignal }} options `intervalMs` is asked again and again
 * @returns {Promise<void>}
 */
export async function pollJson(path, onNews, { intervalMs, signal }) {
  let failures = 0;
  while (!signal.aborted) {
    await pageShown(signal);
    const news = /** @type {ApiNews<T> | undefined} */ (await readNews(path, failures, signal));
    if (signal.aborted) return;
    // The request waited in the browser for a free connection, and asks again in the same way.
    if (news === undefined) continue;
    onNews(news);
    const hasFailed = 'retryAtMs' in news;
    failures = hasFailed ? failures + 1 : 0;
    const endMs = hasFailed ? () => news.retryAtMs : untilFrom(performance.now(), intervalMs);
    await sleepUntil(endMs, signal);
  }
}

/** @param {number} sinceMs @param {() => number} intervalMs */
function untilFrom(sinceMs, intervalMs) {
  return () => sinceMs + intervalMs();
}

/** @param {() => number} endMs performance.now() of the end, which may change @param {AbortSignal} signal */
async function sleepUntil(endMs, signal) {
  for (;;) {
    const leftMs = endMs() - performance.now();
    if (leftMs <= 0 || (await sleepUntilNews(Math.min(leftMs, lookMs), signal))) return;
  }
}

/**
 * @param {string} path
 * @param {number} failures
 * @param {AbortSignal} signal
 * @returns {Promise<ApiNews<unknown> | undefined>} undefined: no answer yet, while others came
 */
async function readNews(path, failures, signal) {
  const watching = new AbortController();
  const hasAnswered = watchAnswers(watching.signal);
  try {
    const value = await readJson(path, signal);
    return { type: 'answer', value, readAtMs: performance.now() };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'camera-unknown') {
      return { type: 'unknown-camera' };
    }
    const isWaiting =
      error instanceof DOMException && error.name === 'TimeoutError' && !sharesOneConnection();
    if (isWaiting && hasAnswered()) return undefined;
    const retryAtMs = performance.now() + backoffDelayMs(retry, failures, Math.random());
    return { type: isWaiting ? 'no-answer' : 'unreachable', retryAtMs };
  } finally {
    watching.abort();
  }
}
