import type { EncodedFrame } from './frame-splitter.ts';
import type { LoopSpec } from './loop-encoder.ts';
import type { LoopLibrary, VideoLoop } from './loop-library.ts';

/**
 * One of the device's own streams: a loop of frames and the clock of its encoder. All viewers see the same frame at the
 * same time, as with a real camera. Frames are counted from one loop before the start of the device; the picture shows
 * that count modulo the length of the loop.
 */
export class DeviceStream {
  readonly #library: LoopLibrary;
  readonly #originalSpec: LoopSpec;
  readonly #startedAt: number;
  readonly #jitterMs: number;
  #loop: VideoLoop;

  private constructor(library: LoopLibrary, loop: VideoLoop, jitterMs: number) {
    this.#library = library;
    this.#jitterMs = jitterMs;
    this.#originalSpec = loop.spec;
    this.#loop = loop;
    // The camera was on before: there is a past for viewers who get a burst of it.
    this.#startedAt = performance.now() - (loop.frames.length * 1000) / loop.spec.fps;
  }

  /** `jitterMs`: how far frames are from their even times, less than half a frame. */
  static async load(library: LoopLibrary, spec: LoopSpec, jitterMs: number): Promise<DeviceStream> {
    return new DeviceStream(library, await library.load(spec), jitterMs);
  }

  get spec(): LoopSpec {
    return this.#loop.spec;
  }

  /** The frame that an encoder would put out at `indexAt`; the first keyframe of the loop has the parameter sets. */
  frame(index: number): EncodedFrame {
    const frame = this.#loop.frames[this.frameNumber(index)];
    if (!frame) throw new RangeError('a loop is never empty');
    return frame;
  }

  /** What the strip of this frame says. */
  frameNumber(index: number): number {
    return index % this.#loop.frames.length;
  }

  /** Number of the newest frame at this time (of performance.now()), from 0. */
  indexAt(now: number): number {
    return Math.max(0, Math.floor(((now - this.#startedAt) * this.spec.fps) / 1000));
  }

  /** When the frame is taken, by performance.now(). */
  timeOf(index: number): number {
    return this.#startedAt + (index * 1000) / this.spec.fps + this.#jitterMs * shake(index);
  }

  /** The newest frame as a JPEG, with the same number as the video's. `size` may differ from the stream's. */
  async still(
    now: number,
    size: { width: number; height: number },
  ): Promise<{ bytes: Buffer; number: number }> {
    const { width, height } = size;
    const loop = await this.#library.load({
      ...this.spec,
      width,
      height,
      codec: 'mjpeg',
      bitrateKbps: undefined,
    });
    const number = this.frameNumber(this.indexAt(now));
    return { bytes: loop.frames[number]?.bytes ?? Buffer.alloc(0), number };
  }

  /** From now on in another size; undefined goes back to the first. */
  async resize(size: { width: number; height: number } | undefined): Promise<void> {
    const { width, height } = size ?? this.#originalSpec;
    this.#loop = await this.#library.load({ ...this.#originalSpec, width, height });
  }
}

/** From -1 to 1, without a pattern that the eye sees and equal for every viewer (a multiplicative hash). */
function shake(index: number): number {
  return ((Math.imul(index + 1, 0x9e3779b1) >>> 8) % 2001) / 1000 - 1;
}
