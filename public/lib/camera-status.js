/**
 * The JSON of `/api/cameras/{id}` as these pages use it (src/outputs/viewable-camera.ts is its source).
 *
 * @typedef {'idle' | 'connecting' | 'live' | 'stalled' | 'backing-off' | 'refused'} CameraStateName
 *
 * @typedef {{ kind: 'video', codec: string, width: number, height: number }
 *   | { kind: 'audio', codec: string, sampleRate: number, channelCount: number }} TrackStatus
 *
 * @typedef {object} CameraStatus
 * @property {string} id
 * @property {string} name
 * @property {CameraStateName} state
 * @property {string} stateText
 * @property {string} since ISO 8601
 * @property {number} sinceSeconds how long ago that was
 * @property {string | null} reason
 * @property {string | null} advice
 * @property {string | null} detail
 * @property {string | null} nextRetryAt
 * @property {number | null} nextRetrySeconds
 * @property {string | null} via
 * @property {TrackStatus[]} tracks
 * @property {number | null} frameRate frames per second
 * @property {number | null} bitrateBitsPerSecond
 * @property {number | null} lastFrameAgeSeconds
 * @property {Record<string, number>} viewers by protocol
 * @property {boolean} alwaysOn
 * @property {boolean} isSlateShown HLS viewers see the slate instead of the camera
 *
 * @typedef {{ status: CameraStatus, readAtMs: number }} StatusReading a status and when it was read (performance.now())
 */

import { formatDuration } from './duration.js';

/** How a state is coloured and marked; several states look alike to people. */
/** @typedef {'live' | 'waiting' | 'stale' | 'offline' | 'idle'} Tone */

/** @type {Record<CameraStateName, Tone>} */
const tones = {
  idle: 'idle',
  connecting: 'waiting',
  live: 'live',
  stalled: 'stale',
  'backing-off': 'offline',
  refused: 'offline',
};

/**
 * @param {CameraStatus} status
 * @returns {Tone}
 */
export function toneOf(status) {
  return tones[status.state];
}

/**
 * The gateway's words with their age or countdown ticking on between two answers.
 *
 * @param {StatusReading} reading
 * @param {number} nowMs performance.now()
 */
export function stateWords({ status, readAtMs }, nowMs) {
  const elapsed = Math.max(0, (nowMs - readAtMs) / 1000);
  if (status.state === 'stalled' && status.lastFrameAgeSeconds !== null) {
    return `stale for ${formatDuration(status.lastFrameAgeSeconds + elapsed)}`;
  }
  if (status.nextRetrySeconds === null) return status.stateText;
  const failure = status.stateText.replace(/, (next try .*|trying again)$/, '');
  const left = status.nextRetrySeconds - elapsed;
  return left > 0 ? `${failure}, next try in ${formatDuration(left)}` : `${failure}, trying again`;
}

/** Instead of a state that nobody can know: what was read last says nothing of now. */
export const unreachableWords = 'gateway not reachable, trying again';

/** Instead of a state, when it may also be the browser that waits: for a free connection. */
export const noAnswerWords = 'no answer yet';

/**
 * What an idle camera is to those who watch it: the gateway starts it when their first request arrives.
 *
 * @param {CameraStatus} status
 * @returns {CameraStatus}
 */
export function asWatched(status) {
  if (status.state !== 'idle') return status;
  return { ...status, state: 'connecting', stateText: 'connecting' };
}

/** @param {CameraStatus} status */
export function videoTrack(status) {
  return status.tracks.find((track) => track.kind === 'video');
}
