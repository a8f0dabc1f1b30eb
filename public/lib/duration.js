/**
 * "12 s", "2 min 40 s", "3 h 5 min", "2 d 4 h": two units at most, rounded up so that a countdown ends at 1 s.
 *
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(whole, [60, 'min'], [1, 's']);
  if (whole < 86_400) return twoUnits(whole, [3600, 'h'], [60, 'min']);
  return twoUnits(whole, [86_400, 'd'], [3600, 'h']);
}

/**
 * @param {number} whole seconds
 * @param {[seconds: number, name: string]} large
 * @param {[seconds: number, name: string]} small
 */
function twoUnits(whole, large, small) {
  const rest = Math.floor((whole % large[0]) / small[0]);
  const head = `${Math.floor(whole / large[0])} ${large[1]}`;
  return rest === 0 ? head : `${head} ${rest} ${small[1]}`;
}
