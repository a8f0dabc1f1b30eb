import { noAnswerWords, stateWords, unreachableWords } from '../../lib/camera-status.js';
import { formatDuration } from '../../lib/duration.js';

/**
 * What a player says about itself.
 *
 * @typedef {'connecting' | 'playing' | 'slate' | 'buffering' | 'reconnecting' | 'away' | 'paused' | 'blocked' |
 * 'unknown' |
 *   'unreachable' | 'no-network'} PlayerState slate: it plays the gateway's still picture instead of the camera
 *
 * @typedef {'starting' | 'playing' | 'buffering' | 'recovering' | 'paused' | 'blocked'} Phase of the playback itself
 *
 * @typedef {object} PlayerFacts
 * @property {Phase} phase
 * @property {boolean} hasPlayed at least one picture moved since the page was opened
 * @property {number | null} latencySeconds
 * @property {boolean} isShifted the viewer has gone back in time
 * @property {import('../../lib/camera-status.js').StatusReading | null} reading
 * @property {'ok' | 'unknown-camera' | 'unreachable' | 'no-answer'} api
 * @property {boolean} isOnline
 * @property {number} nowMs
 */

/**
 * @param {PlayerFacts} facts
 * @returns {{ state: PlayerState, words: string }}
 */
export function describePlayer(facts) {
  if (facts.api === 'unknown-camera') {
    return { state: 'unknown', words: 'there is no camera with this name' };
  }
  if (facts.phase === 'paused') return { state: 'paused', words: 'paused' };
  if (facts.phase === 'playing') {
    const words = slateWords(facts);
    if (words !== undefined) return { state: 'slate', words };
    return { state: 'playing', words: liveWords(facts) };
  }
  if (facts.phase === 'blocked') return { state: 'blocked', words: 'press play to start' };
  return describeTrouble(facts);
}

/**
 * The slate is shown before the gateway calls the camera stale; until then nothing else would say so.
 *
 * @param {PlayerFacts} facts
 */
function slateWords({ reading, nowMs }) {
  if (reading?.status.isSlateShown !== true) return undefined;
  return reading.status.state === 'live' ? 'no picture' : stateWords(reading, nowMs);
}

/** @param {PlayerFacts} facts */
function liveWords({ latencySeconds, isShifted }) {
  if (isShifted && latencySeconds !== null) {
    return `${formatDuration(Math.round(latencySeconds))} behind live`;
  }
  return latencySeconds === null ? 'live' : `live ${latencySeconds.toFixed(1)} s`;
}

/**
 * @param {PlayerFacts} facts
 * @returns {{ state: PlayerState, words: string }}
 */
function describeTrouble(facts) {
  if (!facts.isOnline) {
    return { state: 'no-network', words: 'this device is offline, waiting for the network' };
  }
  if (facts.api === 'unreachable') {
    return { state: 'unreachable', words: unreachableWords };
  }
  if (facts.api === 'no-answer') return { state: 'connecting', words: noAnswerWords };
  const away = awayWords(facts);
  if (away !== undefined) return { state: 'away', words: away };
  if (facts.phase === 'buffering') return { state: 'buffering', words: 'buffering' };
  if (facts.phase === 'recovering' && facts.hasPlayed) {
    return { state: 'reconnecting', words: 'reconnecting…' };
  }
  return { state: 'connecting', words: 'connecting…' };
}

/** @param {PlayerFacts} facts */
function awayWords({ reading, hasPlayed, nowMs }) {
  if (reading === null || !isAway(reading.status)) return undefined;
  const words = stateWords(reading, nowMs);
  return hasPlayed ? words.replace(/^offline: /, 'the camera went away: ') : words;
}

/**
 * Whether the gateway knows that this camera delivers no picture now.
 *
 * @param {import('../../lib/camera-status.js').CameraStatus} status
 */
export function isAway({ state }) {
  return state === 'backing-off' || state === 'refused' || state === 'stalled';
}
