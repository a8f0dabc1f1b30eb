/**
 * "3 cameras: 2 live, 1 offline", for the head of the wall and the title of its tab.
 *
 * @param {readonly import('../lib/camera-status.js').Tone[]} tones of the cameras
 */
export function summarize(tones) {
  if (tones.length === 0) return 'No cameras';
  const words = {
    live: 'live',
    waiting: 'connecting',
    stale: 'stale',
    offline: 'offline',
    idle: 'idle',
  };
  const parts = Object.entries(words).flatMap(([tone, word]) => {
    const count = tones.filter((one) => one === tone).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${countOf(tones.length)}: ${parts.join(', ')}`;
}

/**
 * While the gateway does not answer.
 *
 * @param {number} count of cameras when it did
 */
export function summarizeUnknown(count) {
  return `${countOf(count)}: state unknown`;
}

/** @param {number} count */
function countOf(count) {
  return `${count} ${count === 1 ? 'camera' : 'cameras'}`;
}
