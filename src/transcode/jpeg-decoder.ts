import { FrameHub, FrameInput } from '../media/frame-hub.ts';
import {
  videoTimescale,
  type Frame,
  type FrameStream,
  type Run,
  type VideoTrack,
} from '../media/frame.ts';
import { mayHaveFields } from '../media/nal/parameter-sets.ts';
import { matroskaFrame, matroskaHead } from '../media/matroska/matroska-writer.ts';
import type { JpegFrame } from '../media/jpeg/jpeg.ts';
import { defaultMaxFrameBytes, MultipartReader } from '../media/jpeg/multipart-reader.ts';
import { decodeJpegArgs } from './arguments.ts';
import { ChildKeeper, type TranscodeTools } from './child-keeper.ts';

export interface JpegDecoderOptions {
  readonly source: FrameStream;
  readonly tools: TranscodeTools;
}

/** Bytes that may wait for the decoder: a keyframe of 4K, or two seconds of a usual camera. */
const maxQueuedBytes = 512 * 1024;

/**
 * JPEG frames of a camera's video in any other codec, 15 or 16 a second at most: one ffmpeg child for all MJPEG
 * viewers. A decoder that is too slow gets no frames until a keyframe finds it nearly caught up.
 */
export class JpegDecoder {
  readonly output = new FrameHub();
  readonly #options: JpegDecoderOptions;
  readonly #keeper: ChildKeeper;
  readonly #input: FrameInput;
  #track: VideoTrack | undefined;
  #newest: Frame | undefined;
  #isSkipping = false;
  #givenPts = -1;

  constructor(options: JpegDecoderOptions) {
    this.#options = options;
    this.#input = new FrameInput(options.source, {
      runBegan: (run) => this.#begin(run),
      frame: (frame) => this.#feed(frame),
      runEnded: () => this.#end(),
    });
    this.#keeper = new ChildKeeper({
      purpose: 'jpeg',
      tools: options.tools,
      onLost: () => this.#restart(),
    });
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
    const reader = new MultipartReader({
      boundary: undefined,
      maxFrameBytes: defaultMaxFrameBytes,
    });
    this.#track = run.video;
    this.#newest = undefined;
    this.#isSkipping = false;
    this.#keeper.start({
      args: decodeJpegArgs({
        hasFields: mayHaveFields(run.video),
        features: this.#options.tools.binary.features,
      }),
      head: matroskaHead({ video: run.video }),
      onOutput: (chunk) => {
        for (const event of reader.push(chunk)) {
          if (event.type === 'frame') this.#give(run, event.frame);
        }
      },
    });
  }

  #feed(frame: Frame): void {
    const track = this.#track;
    if (frame.kind !== 'video' || track === undefined) return;
    if (this.#isBehind(frame)) {
      this.#keeper.leaveOut();
      return;
    }
    this.#newest = frame;
    this.#keeper.feed(matroskaFrame(frame, track));
  }

  /** A decoder that is too slow gets no more until a keyframe finds it nearly caught up. */
  #isBehind({ isKeyframe }: Frame): boolean {
    if (this.#keeper.queuedBytes > maxQueuedBytes) this.#isSkipping = true;
    else if (isKeyframe) this.#isSkipping = false;
    return this.#isSkipping;
  }

  /** Which frame it was nobody tells, since some are left out: the newest is not far. */
  #give(run: Run, { bytes, width, height }: JpegFrame): void {
    if (this.#newest === undefined) return;
    if (this.output.run === undefined) {
      this.output.begin({ ...run, video: jpegTrack(width, height), audio: undefined });
      this.#givenPts = -1;
    }
    const pts = Math.max(this.#newest.pts, this.#givenPts + 1);
    this.#givenPts = pts;
    this.output.push({ ...this.#newest, pts, dts: pts, isKeyframe: true, data: [bytes] });
  }

  #end(): void {
    this.#track = undefined;
    this.#keeper.stop();
    this.output.end();
  }
}

function jpegTrack(width: number, height: number): VideoTrack {
  return {
    kind: 'video',
    codec: 'mjpeg',
    timescale: videoTimescale,
    width,
    height,
    parameterSets: [],
    fourcc: undefined,
    extradata: Buffer.alloc(0),
  };
}
