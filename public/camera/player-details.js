import { clockWordsSince } from '../lib/clock.js';

/**
 * @typedef {object} PlayerReport
 * @property {import('../player/playback.js').PlaybackStats | null} stats
 * @property {string | undefined} state one of PlayerState (words.js)
 * @property {import('../lib/camera-status.js').StatusReading} reading
 *
 * @typedef {object} Clocks the same moment on both
 * @property {number} wallMs Date.now()
 * @property {number} pageMs performance.now()
 */

/** While it does not play nothing is known, or nothing that would still be true. */
const unknown = '–';
/** A camera whose newest frame is younger than this does send, but nothing yet that a decoder could begin with. */
const sendsSeconds = 1;

/**
 * The rows of the details table that tell of the player on the page.
 *
 * @param {PlayerReport} report
 * @param {Clocks} clocks
 * @returns {[name: string, value: string][]}
 */
export function playerDetails({ stats, state, reading }, clocks) {
  const plays = state === 'playing' || state === 'slate' || state === 'buffering';
  if (stats === null || !plays) {
    return [
      ['Played as', unknown],
      ['Latency', unknown],
    ];
  }
  const latency = state === 'slate' ? slateText(reading, clocks) : latencyText(stats);
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
 * @param {import('../lib/camera-status.js').StatusReading} reading
 * @param {Clocks} clocks
 */
function slateText({ status, readAtMs }, { wallMs, pageMs }) {
  const age = status.lastFrameAgeSeconds;
  if (age === null) return 'still picture: no signal yet';
  if (age < sendsSeconds) return 'still picture: waiting for a keyframe';
  const lastFrameAtMs = wallMs - (pageMs - readAtMs) - age * 1000;
  return `still picture: no signal since ${clockWordsSince(lastFrameAtMs, wallMs)}`;
}
