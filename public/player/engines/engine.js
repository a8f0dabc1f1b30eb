/**
 * What a playback needs from whatever brings the stream into the page.
 *
 * @typedef {object} Engine
 * @property {'LL-HLS' | 'HLS' | 'MJPEG'} kind
 * @property {() => number} positionSeconds changes while the picture moves
 * @property {() => boolean} isFilling shows its first picture and does not have yet what it needs to play on from there
 * @property {() => number | null} latencySeconds behind the live edge; null where it cannot be known
 * @property {() => number | null} targetLatencySeconds
 * @property {() => void} jumpToLive
 * @property {() => Past | null} past what can be sought in; null where nothing can
 * @property {(positionSeconds: number) => number | null} clockAt ms since the epoch; null where it cannot be known
 * @property {(clockMs: number) => number | null} positionAt the other way round
 * @property {() => void} reload
 * @property {() => void} restartLoad
 * @property {(how: { isLive: boolean }) => void} recoverMedia empties the decoder and goes on, at the live edge or
 * where it was
 * @property {() => void} suspend stops asking the gateway for media, the picture stays
 * @property {() => void} resume
 * @property {() => void} destroy
 *
 * @typedef {{ startSeconds: number, liveSeconds: number }} Past positions of the oldest picture and of the live one
 *
 * @typedef {{ kind: import('../recovery.js').FailureKind, details: string }} EngineFailure
 *
 * @typedef {object} EngineContext
 * @property {HTMLVideoElement} video
 * @property {HTMLImageElement} image
 * @property {string} cameraId
 * @property {(failure: EngineFailure) => void} onFailure only what the engine cannot cure itself
 * @property {() => void} onFilling filling began, or may have ended
 */

/** Best first; each falls back to the next. */
/** @typedef {'hls.js' | 'native' | 'mjpeg'} EngineName */

/**
 * Engines that can work here, the best first: hls.js where there is Media Source (low latency under our control),
 * then the browser's own HLS (older iPhones), then MJPEG, which every browser shows.
 *
 * @param {{ hasMediaSource: boolean, hasNativeHls: boolean }} abilities
 * @returns {EngineName[]}
 */
export function usableEngines({ hasMediaSource, hasNativeHls }) {
  /** @type {EngineName[]} */
  const names = [];
  if (hasMediaSource) names.push('hls.js');
  if (hasNativeHls) names.push('native');
  return [...names, 'mjpeg'];
}

/** Constrained baseline, which every H.264 decoder supports. */
const baselineH264 = 'video/mp4; codecs="avc1.42E01E"';

/** What this browser can do. */
export function browserAbilities() {
  const scope =
    /** @type {{ ManagedMediaSource?: typeof MediaSource, MediaSource?: typeof MediaSource }} */ (
      /** @type {unknown} */ (globalThis)
    );
  const mediaSource = scope.ManagedMediaSource ?? scope.MediaSource;
  const probe = document.createElement('video');
  return {
    hasMediaSource: mediaSource?.isTypeSupported(baselineH264) ?? false,
    hasNativeHls: probe.canPlayType('application/vnd.apple.mpegurl') !== '',
  };
}
