/**
 * What the browser tells of its connections to the gateway. Over HTTP/1.1 it opens six to one server, for all its tabs
 * together: a request beyond that waits in the browser, which looks like a gateway that does not answer.
 */

/** Every player keeps one for its playlist; what is left carries their media, the stills and the states. */
const playersOverHttp1 = 4;

/** All requests share one connection (HTTP/2 and later), so none waits for a free one. */
export function sharesOneConnection() {
  const entries = [
    ...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource'),
  ];
  return entries.some((entry) => isAnswer(entry) && /^h[23]/.test(entry.nextHopProtocol));
}

/** How many players this page may have at once. */
export function playerLimit() {
  return sharesOneConnection() ? Number.POSITIVE_INFINITY : playersOverHttp1;
}

/**
 * Looks for answers of the gateway to any request of this page.
 *
 * @param {AbortSignal} signal ends it
 * @returns {() => boolean} whether there was one
 */
export function watchAnswers(signal) {
  let hasAnswered = false;
  const observer = new PerformanceObserver((list) => {
    hasAnswered ||= list.getEntries().some(isAnswer);
  });
  observer.observe({ type: 'resource' });
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  return () => hasAnswered;
}

/**
 * Nothing begins where the network failed, and nothing was transferred out of the browser's cache.
 *
 * @param {PerformanceEntry} entry
 * @returns {entry is PerformanceResourceTiming}
 */
function isAnswer(entry) {
  if (!(entry instanceof PerformanceResourceTiming)) return false;
  if (entry.responseStart === 0 || entry.transferSize === 0) return false;
  return new URL(entry.name).origin === location.origin;
}
