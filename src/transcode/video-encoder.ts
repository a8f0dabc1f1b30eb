import { FlvReader } from '../media/flv/flv-reader.ts';
import type { FrameHub } from '../media/frame-hub.ts';
import { videoTimescale, type Frame, type FrameStream, type Run } from '../media/frame.ts';
import { mayHaveFields, reorderDepthOf } from '../media/nal/parameter-sets.ts';
import { encodeVideoArgs } from './arguments.ts';
import type { TranscodeFailure, TranscodeTools } from './child-keeper.ts';
import { PendingTimes } from './pending-times.ts';
import { StreamTranscoder, type ChildWork } from './stream-transcoder.ts';

export interface VideoEncoderOptions {
  readonly source: FrameStream;
  readonly tools: TranscodeTools;
  /** Interval between the keyframes that it makes, in milliseconds. */
  readonly keyframeMs: number;
  /** Nothing of this session can be shown. */
  readonly onFailure?: ((failure: TranscodeFailure) => void) | undefined;
}

/**
 * An encoder for which this many frames have waited this many milliseconds is slower than the camera, and gets no more
 * until it has caught up: frames that are encoded late are of no use to a live viewer. Bursts of frames do not count.
 */
const latePendingFrames = 8;
const lateMs = 500;
/** Most frames that may be on their way through the encoder: two bursts of a second at 30 fps. */
const maxPendingFrames = 60;
/**
 * The same while a child starts, which takes a second on a busy machine and then has the newest GOP to catch up with:
 * video that refers to earlier frames would otherwise have to wait for the next keyframe. Ten seconds at 30 fps.
 */
const maxPendingAtStart = 300;
/**
 * A child that has not caught up by then never will, in milliseconds; for JPEG, which can continue with any frame, less
 * after its first output.
 */
const startMs = 5_000;
const jpegStartMs = 1_000;
/**
 * Bytes that may wait for a child, half of its keeper's bound: enough for large JPEGs and a child that is slow to
 * start.
 */
const maxQueuedBytes = 12 * 1024 * 1024;

/** H.264 of a camera's video in any other codec, on the camera's clock. */
export class VideoEncoder extends StreamTranscoder {
  constructor({ source, tools, keyframeMs, onFailure }: VideoEncoderOptions) {
    super({
      ...{ purpose: 'h264', source, tools, onFailure },
      begin: (run, output) => new VideoEncoding(run, { output, tools, keyframeMs }),
    });
  }
}

class VideoEncoding implements ChildWork {
  readonly args: readonly string[];
  readonly #run: Run;
  readonly #output: FrameHub;
  readonly #nowMs: () => number;
  readonly #reader = new FlvReader();
  readonly #pending = new PendingTimes();
  /** Frames that the decoder and the deinterlacer in the child hold back. */
  readonly #depth: number;
  /** What comes after is left out where the child has not caught up. */
  #catchUpUntilMs: number;
  #hasCaughtUp = false;
  #hasGiven = false;
  /** Encoded frames refer to one that was not delivered, because it is not complete. */
  #lacksKeyframe = false;

  constructor(
    run: Run,
    options: { output: FrameHub } & Pick<VideoEncoderOptions, 'tools' | 'keyframeMs'>,
  ) {
    const { output, tools, keyframeMs } = options;
    const { video } = run;
    const hasFields = mayHaveFields(video);
    const { features } = tools.binary;
    this.args = encodeVideoArgs({ codec: video.codec, hasFields, keyframeMs, features });
    this.#run = run;
    this.#output = output;
    this.#nowMs = tools.nowMs;
    this.#depth = reorderDepthOf(video) + (hasFields ? 1 : 0);
    this.#catchUpUntilMs = tools.nowMs() + startMs;
  }

  isBehind(queuedBytes: number): boolean {
    const { count, secondArrivalMs } = this.#pending;
    if (queuedBytes > maxQueuedBytes) return true;
    const nowMs = this.#nowMs();
    if (!this.#hasCaughtUp && nowMs < this.#catchUpUntilMs) {
      return count >= this.#depth + maxPendingAtStart;
    }
    if (count >= this.#depth + maxPendingFrames) return true;
    if (count < this.#depth + latePendingFrames || secondArrivalMs === undefined) return false;
    return nowMs - secondArrivalMs > lateMs;
  }

  feed(frame: Frame, isWhole: boolean): Frame {
    if (isWhole) this.#pending.add(keyOf(frame), frame);
    return frame;
  }

  take(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk, this.#nowMs())) {
      if (event.type === 'frame') this.#give(event.frame);
      else {
        const { originMs } = this.#run;
        this.#output.begin({ originMs, video: event.track, audio: undefined });
      }
    }
  }

  /** A frame without a time is not complete: nothing may refer to it. */
  #give(frame: Frame): void {
    const fed = this.#pending.take(keyOf(frame));
    this.#noteOutput();
    this.#hasCaughtUp ||= this.#pending.count <= this.#depth + 1;
    if (fed === undefined) {
      this.#lacksKeyframe = this.#run.video.hasIntraRefresh === true;
      return;
    }
    this.#lacksKeyframe &&= !frame.isKeyframe;
    if (!this.#lacksKeyframe) this.#output.push({ ...frame, ...timesOf(fed) });
  }

  #noteOutput(): void {
    if (this.#hasGiven || this.#run.video.codec !== 'mjpeg') return;
    this.#hasGiven = true;
    this.#catchUpUntilMs = Math.min(this.#catchUpUntilMs, this.#nowMs() + jpegStartMs);
  }
}

/** Whole milliseconds in 31 bits, as FLV stores times; they wrap around after 24 days. */
function keyOf({ pts }: Frame): number {
  return Math.round((pts * 1000) / videoTimescale) % 2 ** 31;
}

/** The encoder makes no B-frames: each frame is shown when it is decoded. */
function timesOf({ pts, arrivedAtMs }: Frame): Pick<Frame, 'pts' | 'dts' | 'arrivedAtMs'> {
  return { pts, dts: pts, arrivedAtMs };
}
