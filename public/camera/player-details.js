import { clockWordsSince } from '../lib/clock.js';

/**
 * @typedef {object} PlayerReport
 * @property {import('../player/playback.js').PlaybackStats | null} stats
 * @property {string | undefined} state one of PlayerState (words.js)
 * @property {number | null} lastFrameAgeMs age of the camera's newest frame; null: none came as far as is known
 * @property {number} wallMs Date.now()
 */

/** While it does not play nothing is known, or nothing that would still be true. */
const unknown = '–';
/** A camera whose newest frame is younger than this does send, but nothing yet that a decoder could begin with. */
const sendsMs = 1000;

/**
 * The rows of the details table that tell of the player on the page.
 *
 * @param {PlayerReport} report
 * @returns {[name: string, value: string][]}
 */
export function playerDetails({ stats, state, lastFrameAgeMs, wallMs }) {
  const plays = state === 'playing' || state === 'slate' || state === 'buffering';
  if (stats === null || !plays) {
    return [
      ['Played as', unknown],
      ['Latency', unknown],
    ];
  }
  const latency = state === 'slate' ? slateText(lastFrameAgeMs, wallMs) : latencyText(stats);
  return [
    ['Played as', stats.engine],
    ['Latency', latency],
  ];
}

/** @param {import('../player/playback.js').PlaybackStats} stats */
function latencyText({ latencySeconds, targetLatencySeconds }) {
  if (latencySeconds === null) return unknown;
  const wanted =
    targetLatencySeconds === null ? '' : `, aims at ${targetLatencySeconds.toFixed(1)} s`;
  return `${latencySeconds.toFixed(1)} s${wanted}`;
}

/**
 * The latency of a still picture would say nothing of the camera.
 *
 * @param {number | null} lastFrameAgeMs
 * @param {number} wallMs
 */
function slateText(lastFrameAgeMs, wallMs) {
  if (lastFrameAgeMs === null) return 'still picture: no signal';
  if (lastFrameAgeMs < sendsMs) return 'still picture: waiting for a keyframe';
  return `still picture: no signal since ${clockWordsSince(wallMs - lastFrameAgeMs, wallMs)}`;
}
