import { MediaFormatError } from '../lib/errors.ts';
import { FlvReader } from '../media/flv/flv-reader.ts';
import { FrameHub, FrameInput } from '../media/frame-hub.ts';
import {
  videoTimescale,
  type Frame,
  type FrameStream,
  type Run,
  type VideoTrack,
} from '../media/frame.ts';
import { mayHaveFields, reorderDepthOf } from '../media/nal/parameter-sets.ts';
import { matroskaFrame, matroskaHead } from '../media/matroska/matroska-writer.ts';
import { encodeVideoArgs } from './arguments.ts';
import { ChildKeeper, type TranscodeFailure, type TranscodeTools } from './child-keeper.ts';
import { PendingTimes } from './pending-times.ts';

export interface VideoEncoderOptions {
  readonly source: FrameStream;
  readonly tools: TranscodeTools;
  /** Distance of the keyframes that are made, in milliseconds. */
  readonly keyframeMs: number;
  /** Nothing can be shown of this session. */
  readonly onFailure?: ((failure: TranscodeFailure) => void) | undefined;
}

/**
 * An encoder that has so many frames before it, and for so many milliseconds, is slower than the camera and gets no
 * more until it has caught up: what is encoded late is of no use to a live viewer. Frames that come in heaps are no
 * such thing.
 */
const latePendingFrames = 8;
const lateMs = 500;
/** Frames that may be on their way through the encoder at all: two heaps of a second at 30 fps. */
const maxPendingFrames = 60;
/**
 * The same while a child starts, which takes a second on a busy machine and then has the newest GOP to catch up with:
 * video that refers to frames before it would have to wait for the next keyframe. Ten seconds at 30 fps.
 */
const maxPendingAtStart = 300;
/**
 * A child that has not caught up by then never does, in milliseconds; of JPEG, which can go on with any frame, less
 * behind its first output.
 */
const startMs = 5_000;
const jpegStartMs = 1_000;
/** Bytes that may wait for a child, half of what its keeper bears: large JPEG, and a child that takes long to start. */
const maxQueuedBytes = 12 * 1024 * 1024;
/** After the last frame that was left out the encoder counts as too slow for this long, in milliseconds. */
const tooSlowMs = 5_000;

/** What is known of one child. */
interface Stretch {
  readonly track: VideoTrack;
  readonly pending: PendingTimes;
  /** What comes after is left out where the child has not caught up. */
  catchUpUntilMs: number;
  /** Frames that the decoder and the deinterlacer in the child hold back. */
  readonly depth: number;
  hasCaughtUp: boolean;
  hasGiven: boolean;
}

/**
 * H.264 of a camera's video in any other codec, on the camera's clock: one ffmpeg child that is fed frame by frame.
 * What an encoder that is too slow cannot take is left out before it.
 */
export class VideoEncoder {
  readonly output = new FrameHub();
  readonly #options: VideoEncoderOptions;
  readonly #keeper: ChildKeeper;
  readonly #input: FrameInput;
  #stretch: Stretch | undefined;
  #isSkipping = false;
  #droppedTotal = 0;
  #droppedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: VideoEncoderOptions) {
    this.#options = options;
    this.#input = new FrameInput(options.source, {
      runBegan: (run) => this.#begin(run),
      frame: (frame) => this.#feed(frame),
      runEnded: () => this.#end(),
    });
    this.#keeper = new ChildKeeper({
      purpose: 'h264',
      tools: options.tools,
      onLost: () => this.#restart(),
      onFailure: options.onFailure,
    });
  }

  /** Frames that were left out because the encoder was too slow; only grows. */
  get droppedTotal(): number {
    return this.#droppedTotal;
  }

  get isTooSlow(): boolean {
    return this.#options.tools.nowMs() - this.#droppedAtMs < tooSlowMs;
  }

  start(): void {
    this.#input.open();
  }

  stop(): void {
    this.#input.close();
    this.#end();
  }

  async dispose(): Promise<void> {
    this.stop();
    await this.#keeper.stopped();
  }

  #restart(): void {
    this.stop();
    this.start();
  }

  #begin(run: Run): void {
    const { keyframeMs, tools } = this.#options;
    const { video } = run;
    const hasFields = mayHaveFields(video);
    const reader = new FlvReader();
    const stretch = {
      track: video,
      pending: new PendingTimes(),
      catchUpUntilMs: tools.nowMs() + startMs,
      depth: reorderDepthOf(video) + (hasFields ? 1 : 0),
      hasCaughtUp: false,
      hasGiven: false,
    };
    this.#stretch = stretch;
    this.#isSkipping = false;
    this.#keeper.start({
      args: encodeVideoArgs({
        codec: video.codec,
        hasFields,
        keyframeMs,
        features: tools.binary.features,
      }),
      head: matroskaHead({ video }),
      onOutput: (chunk) => this.#take(run, { reader, stretch, chunk }),
    });
  }

  #feed(frame: Frame): void {
    const stretch = this.#stretch;
    if (frame.kind !== 'video' || stretch === undefined || !this.#keeper.isRunning) return;
    if (!this.#mayFeed(frame, stretch)) {
      this.#droppedTotal += 1;
      this.#droppedAtMs = this.#options.tools.nowMs();
      this.#keeper.leaveOut();
      return;
    }
    stretch.pending.add(keyOf(frame), frame);
    this.#keeper.feed(matroskaFrame(frame, stretch.track));
  }

  /** Video that refers to frames before it can only go on at a keyframe. */
  #mayFeed({ isKeyframe }: Frame, stretch: Stretch): boolean {
    if (this.#isBehind(stretch)) this.#isSkipping = true;
    else if (isKeyframe) this.#isSkipping = false;
    return !this.#isSkipping;
  }

  #isBehind({ pending, catchUpUntilMs, depth, hasCaughtUp }: Stretch): boolean {
    const { count, secondArrivalMs } = pending;
    if (this.#keeper.queuedBytes > maxQueuedBytes) return true;
    const nowMs = this.#options.tools.nowMs();
    if (!hasCaughtUp && nowMs < catchUpUntilMs) return count >= depth + maxPendingAtStart;
    if (count >= depth + maxPendingFrames) return true;
    if (count < depth + latePendingFrames || secondArrivalMs === undefined) return false;
    return nowMs - secondArrivalMs > lateMs;
  }

  #take(
    run: Run,
    { reader, stretch, chunk }: { reader: FlvReader; stretch: Stretch; chunk: Buffer },
  ): void {
    try {
      for (const event of reader.push(chunk, this.#options.tools.nowMs())) {
        if (event.type === 'track') this.#beginOutput(run, event.track);
        else {
          const fed = stretch.pending.take(keyOf(event.frame));
          this.#noteOutput(stretch);
          stretch.hasCaughtUp ||= stretch.pending.count <= stretch.depth + 1;
          if (fed !== undefined) this.output.push({ ...event.frame, ...timesOf(fed) });
        }
      }
    } catch (error) {
      if (!(error instanceof MediaFormatError)) throw error;
      this.#keeper.reject();
    }
  }

  #noteOutput(stretch: Stretch): void {
    if (stretch.hasGiven || stretch.track.codec !== 'mjpeg') return;
    stretch.hasGiven = true;
    const untilMs = this.#options.tools.nowMs() + jpegStartMs;
    stretch.catchUpUntilMs = Math.min(stretch.catchUpUntilMs, untilMs);
  }

  #beginOutput({ originMs }: Run, video: VideoTrack): void {
    this.output.begin({ originMs, video, audio: undefined });
  }

  #end(): void {
    this.#stretch = undefined;
    this.#keeper.stop();
    this.output.end();
  }
}

/** Whole milliseconds, in 31 bits: what FLV says of a time, which begins anew after 24 days. */
function keyOf({ pts }: Frame): number {
  return Math.round((pts * 1000) / videoTimescale) % 2 ** 31;
}

/** The encoder makes no frames that refer to later ones: each is shown when it is decoded. */
function timesOf({ pts, arrivedAtMs }: Frame): Pick<Frame, 'pts' | 'dts' | 'arrivedAtMs'> {
  return { pts, dts: pts, arrivedAtMs };
}
