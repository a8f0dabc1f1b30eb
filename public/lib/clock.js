/** @type {Intl.DateTimeFormatOptions} */
const timeOfDay = { hour: '2-digit', minute: '2-digit', second: '2-digit' };

/** @param {number} ms since the epoch @returns {string} as people write the time here */
export function clockWords(ms) {
  return new Date(ms).toLocaleTimeString([], timeOfDay);
}

/**
 * With the date when that is another one than today's.
 *
 * @param {number} ms since the epoch
 * @param {number} nowMs Date.now()
 */
export function clockWordsSince(ms, nowMs) {
  const date = new Date(ms);
  if (date.toDateString() === new Date(nowMs).toDateString()) return clockWords(ms);
  return date.toLocaleString([], { month: 'short', day: 'numeric', ...timeOfDay });
}
