/**
 * Keeps the last picture on screen while the video element is emptied and filled again, so that a recovery shows a
 * still instead of black.
 */
export class FreezeFrame {
  #video;
  #canvas;

  /** @param {HTMLVideoElement} video @param {HTMLCanvasElement} canvas */
  constructor(video, canvas) {
    this.#video = video;
    this.#canvas = canvas;
  }

  hold() {
    const { videoWidth, videoHeight } = this.#video;
    if (videoWidth === 0 || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.#canvas.width = videoWidth;
    this.#canvas.height = videoHeight;
    this.#canvas.getContext('2d')?.drawImage(this.#video, 0, 0);
    this.#canvas.hidden = false;
  }

  release() {
    if (this.#canvas.hidden || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.#canvas.hidden = true;
    this.#canvas.width = 0; // gives the pixels back
  }
}
