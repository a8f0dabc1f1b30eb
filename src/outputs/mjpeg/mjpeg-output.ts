import type { Camera } from '../../camera/camera.ts';
import type { Frame } from '../../media/frame.ts';
import type { MjpegFrame, WatchOptions } from '../viewable-camera.ts';

/** JPEG frames of one camera for viewers of MJPEG, each with a connection of its own. */
export class MjpegOutput {
  readonly #camera: Camera;
  /** One value for all viewers of a frame. */
  readonly #sent = new WeakMap<Frame, MjpegFrame>();

  constructor(camera: Camera) {
    this.#camera = camera;
  }

  /**
   * Frames as they come, from now on, the newest first if there is one. Resolves when the first frame exists; rejects
   * with camera-connecting or the camera's reason. `onFrame` must not block; the lease ends when the signal is aborted.
   */
  async watch(
    onFrame: (frame: MjpegFrame) => void,
    signal: AbortSignal,
    { isPatient = false }: WatchOptions = {},
  ): Promise<void> {
    signal.throwIfAborted();
    const lease = this.#camera.lease('jpeg');
    let hasFrame = false;
    const unsubscribe = lease.stream.subscribe({
      runBegan: () => undefined,
      frame: (frame) => {
        if (frame.kind !== 'video') return;
        onFrame(this.#mjpegFrameOf(frame));
        if (hasFrame) return;
        hasFrame = true;
        this.#camera.changed();
      },
      runEnded: () => undefined,
    });
    const end = (): void => {
      unsubscribe();
      lease.release();
    };
    signal.addEventListener('abort', end, { once: true });
    if (isPatient) return;
    try {
      await this.#camera.waitFor(() => (hasFrame ? true : undefined), signal);
    } catch (error) {
      signal.removeEventListener('abort', end);
      end();
      throw error;
    }
  }

  #mjpegFrameOf(frame: Frame): MjpegFrame {
    let sent = this.#sent.get(frame);
    if (sent === undefined) {
      const [only] = frame.data;
      const isWhole = frame.data.length === 1 && only !== undefined;
      sent = { bytes: isWhole ? only : Buffer.concat(frame.data) };
      this.#sent.set(frame, sent);
    }
    return sent;
  }
}
