import { playlistPath } from '../../lib/addresses.js';

/**
 * The browser's own HLS player.
 *
 * @param {import('./engine.js').EngineContext} context
 * @returns {import('./engine.js').Engine}
 */
export function createNativeEngine({ video, cameraId, onFailure }) {
  const source = playlistPath(cameraId);
  const lifetime = new AbortController();
  const load = () => {
    video.src = source;
    video.load();
  };
  const liveEdge = () => {
    const { seekable } = video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : undefined;
  };
  const report = () => {
    if (video.error === null) return;
    const isDecoder = video.error.code === MediaError.MEDIA_ERR_DECODE;
    onFailure({ kind: isDecoder ? 'decoder' : 'playlist', details: `media ${video.error.code}` });
  };
  video.addEventListener('error', report, { signal: lifetime.signal });
  load();
  return {
    kind: 'HLS',
    positionSeconds: () => video.currentTime,
    isFilling: () => false,
    latencySeconds: () => {
      const edge = liveEdge();
      return edge === undefined || !Number.isFinite(edge)
        ? null
        : Math.max(0, edge - video.currentTime);
    },
    targetLatencySeconds: () => null,
    jumpToLive: () => {
      const edge = liveEdge();
      if (edge !== undefined && Number.isFinite(edge)) video.currentTime = edge;
    },
    past: () => {
      const { seekable } = video;
      const liveSeconds = liveEdge();
      if (liveSeconds === undefined || !Number.isFinite(liveSeconds)) return null;
      return { startSeconds: seekable.start(0), liveSeconds };
    },
    clockAt: (seconds) => {
      const originMs = clockOrigin(video);
      return originMs === null ? null : originMs + seconds * 1000;
    },
    positionAt: (clockMs) => {
      const originMs = clockOrigin(video);
      return originMs === null ? null : (clockMs - originMs) / 1000;
    },
    reload: load,
    restartLoad: load,
    recoverMedia: load,
    suspend: () => undefined, // a paused native player stops asking by itself
    resume: () => undefined,
    destroy: () => {
      lifetime.abort();
      video.removeAttribute('src');
      video.load();
    },
  };
}

/**
 * The EXT-X-PROGRAM-DATE-TIME of position 0, if the browser exposes it (Safari).
 *
 * @param {HTMLVideoElement & { getStartDate?: () => Date }} video
 */
function clockOrigin(video) {
  const originMs = video.getStartDate?.().getTime() ?? Number.NaN;
  return Number.isFinite(originMs) ? originMs : null;
}
