import { mjpegPath } from '../../lib/addresses.js';

/**
 * The MJPEG stream in an image: no sound, no latency figure, but it works everywhere. A page cannot see the individual
 * frames of such an image, so it counts as moving from its first frame until it fails.
 *
 * @param {import('./engine.js').EngineContext} context
 * @returns {import('./engine.js').Engine}
 */
export function createMjpegEngine({ image, cameraId, onFailure }) {
  const lifetime = new AbortController();
  let hasPicture = false;
  const stop = () => {
    hasPicture = false;
    image.removeAttribute('src');
  };
  const load = () => {
    stop();
    image.src = mjpegPath(cameraId);
    image.hidden = false;
  };
  image.addEventListener('load', () => (hasPicture = true), { signal: lifetime.signal });
  image.addEventListener(
    'error',
    () => {
      hasPicture = false;
      onFailure({ kind: 'playlist', details: 'mjpeg' });
    },
    { signal: lifetime.signal },
  );
  load();
  return {
    kind: 'MJPEG',
    positionSeconds: () => (hasPicture ? performance.now() / 1000 : 0),
    isFilling: () => false,
    latencySeconds: () => null,
    targetLatencySeconds: () => null,
    jumpToLive: () => undefined,
    past: () => null,
    clockAt: () => null,
    positionAt: () => null,
    reload: load,
    restartLoad: load,
    recoverMedia: load,
    suspend: stop,
    resume: load,
    destroy: () => {
      lifetime.abort();
      stop();
      image.hidden = true;
    },
  };
}
