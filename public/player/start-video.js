/**
 * Starts a video, silent if the browser lets it start only so.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<'started' | 'blocked' | 'replaced'>} blocked: it takes a click; replaced: a newer load took over
 */
export async function startVideo(video) {
  try {
    await video.play();
    return 'started';
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return 'replaced';
    if (video.muted) return 'blocked';
    video.muted = true;
    return startVideo(video);
  }
}
