import { toneOf } from '../lib/camera-status.js';

/**
 * "3 cameras: 2 live, 1 offline", for the head of the wall and the title of its tab.
 *
 * @param {readonly import('../lib/camera-status.js').CameraStatus[]} cameras
 */
export function summarize(cameras) {
  if (cameras.length === 0) return 'No cameras';
  const words = {
    live: 'live',
    waiting: 'connecting',
    stale: 'stale',
    offline: 'offline',
    idle: 'idle',
  };
  const parts = Object.entries(words).flatMap(([tone, word]) => {
    const count = cameras.filter((camera) => toneOf(camera) === tone).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${countOf(cameras.length)}: ${parts.join(', ')}`;
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
