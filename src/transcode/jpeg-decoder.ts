import type { FrameHub } from '../media/frame-hub.ts';
import {
  videoTimescale,
  type Frame,
  type FrameStream,
  type Run,
  type VideoTrack,
} from '../media/frame.ts';
import { mayHaveFields } from '../media/nal/parameter-sets.ts';
import type { JpegFrame } from '../media/jpeg/jpeg.ts';
import { decodeJpegArgs, hiddenPts, shownPts } from './arguments.ts';
import type { TranscodeTools } from './child-keeper.ts';
import { readJpegs } from './read-jpegs.ts';
import { StreamTranscoder, type ChildWork } from './stream-transcoder.ts';

export interface JpegDecoderOptions {
  readonly source: FrameStream;
  readonly tools: TranscodeTools;
}

/** Bytes that may wait for the decoder: a keyframe of 4K, or two seconds of a usual camera. */
const maxQueuedBytes = 512 * 1024;

/**
 * JPEG frames of a camera's video in any other codec, 15 or 16 a second at most: one ffmpeg child for all MJPEG
 * viewers.
 */
export class JpegDecoder extends StreamTranscoder {
  constructor({ source, tools }: JpegDecoderOptions) {
    const { features } = tools.binary;
    super({
      ...{ purpose: 'jpeg', source, tools },
      begin: (run, output) => {
        const { hasIntraRefresh = false } = run.video;
        const hasFields = mayHaveFields(run.video);
        const args = decodeJpegArgs({ hasFields, hasIntraRefresh, features });
        return new JpegDecoding(run, { args, output });
      },
    });
  }
}

class JpegDecoding implements ChildWork {
  readonly args: readonly string[];
  readonly take = readJpegs((frame) => this.#give(frame));
  readonly #run: Run;
  readonly #output: FrameHub;
  #newest: Frame | undefined;
  #givenPts = -1;

  constructor(run: Run, { args, output }: { args: readonly string[]; output: FrameHub }) {
    this.#run = run;
    this.args = args;
    this.#output = output;
  }

  isBehind(queuedBytes: number): boolean {
    return queuedBytes > maxQueuedBytes;
  }

  feed(frame: Frame, isWhole: boolean): Frame {
    this.#newest = frame;
    if (this.#run.video.hasIntraRefresh !== true) return frame;
    return { ...frame, pts: isWhole ? shownPts(frame.pts) : hiddenPts(frame.pts) };
  }

  /** Some frames are dropped, so there is no telling which frame this was; the newest is close enough. */
  #give({ bytes, width, height }: JpegFrame): void {
    if (this.#newest === undefined) return;
    if (this.#output.run === undefined) {
      const { originMs } = this.#run;
      this.#output.begin({ originMs, video: jpegTrack(width, height), audio: undefined });
    }
    const { duration, arrivedAtMs } = this.#newest;
    const pts = Math.max(this.#newest.pts, this.#givenPts + 1);
    this.#givenPts = pts;
    this.#output.push({
      ...{ kind: 'video', pts, dts: pts, duration, isKeyframe: true, arrivedAtMs },
      data: [bytes],
    });
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
