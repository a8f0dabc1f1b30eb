import { FrameHub, FrameInput } from '../media/frame-hub.ts';
import type { Frame, FrameStream, Run } from '../media/frame.ts';
import { WholePictures } from '../media/nal/intra-refresh.ts';
import { matroskaFrame, matroskaHead } from '../media/matroska/matroska-writer.ts';
import { ChildKeeper, type TranscodeFailure, type TranscodeTools } from './child-keeper.ts';

/** What one child does with the video of one run. */
export interface ChildWork {
  readonly args: readonly string[];
  /** The child is too slow for the camera. `queuedBytes` wait for it to read them. */
  isBehind(queuedBytes: number): boolean;
  /**
   * This frame is fed to the child, in the form returned. `isWhole`: its picture is complete; the output for any other
   * must not be delivered.
   */
  feed(frame: Frame, isWhole: boolean): Frame;
  /** Output of the child. Throws MediaFormatError if it makes no sense. */
  take(chunk: Buffer): void;
}

export interface StreamTranscoderOptions {
  /** One word for logs, metrics and the list of children. */
  readonly purpose: string;
  readonly source: FrameStream;
  readonly tools: TranscodeTools;
  /** Nothing of this session can be shown. */
  readonly onFailure?: ((failure: TranscodeFailure) => void) | undefined;
  /** A child begins with this run; the work it returns begins the run of `output` and delivers frames to it. */
  readonly begin: (run: Run, output: FrameHub) => ChildWork;
}

/** How long a transcoder counts as too slow after the last dropped frame, in milliseconds. */
const tooSlowMs = 5_000;

/**
 * A stream's video in another codec: one ffmpeg child per run, fed frame by frame. If a child is lost, another begins
 * with the newest keyframe. One that is too slow gets no frames until a keyframe comes when it has nearly caught up:
 * video that refers to earlier frames cannot continue anywhere else.
 */
export class StreamTranscoder {
  readonly output = new FrameHub();
  readonly #options: StreamTranscoderOptions;
  readonly #keeper: ChildKeeper;
  readonly #input: FrameInput;
  readonly #whole = new WholePictures();
  #current: { readonly run: Run; readonly work: ChildWork } | undefined;
  #isSkipping = false;
  #droppedTotal = 0;
  #droppedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: StreamTranscoderOptions) {
    const { purpose, source, tools, onFailure } = options;
    this.#options = options;
    this.#input = new FrameInput(source, {
      runBegan: (run) => this.#begin(run),
      frame: (frame) => this.#feed(frame),
      runEnded: () => this.#end(),
    });
    this.#keeper = new ChildKeeper({
      purpose,
      tools,
      onLost: () => {
        this.stop();
        this.start();
      },
      onFailure,
    });
  }

  /** Frames dropped because the child was too slow; only grows. */
  get droppedTotal(): number {
    return this.#droppedTotal;
  }

  get isTooSlow(): boolean {
    return this.#options.tools.nowMs() - this.#droppedAtMs < tooSlowMs;
  }

  /** Idempotent, as stop() is. */
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

  #begin(run: Run): void {
    const work = this.#options.begin(run, this.output);
    this.#current = { run, work };
    this.#isSkipping = false;
    this.#whole.begin(run.video);
    this.#keeper.start({
      args: work.args,
      head: matroskaHead({ video: run.video }),
      onOutput: (chunk) => work.take(chunk),
    });
  }

  #feed(frame: Frame): void {
    if (frame.kind !== 'video' || this.#current === undefined) return;
    const { run, work } = this.#current;
    if (!this.#keeper.isRunning) {
      this.#keeper.resumeIfRested();
      return;
    }
    if (this.#mustSkip(frame, work)) {
      this.#whole.begin(run.video);
      return;
    }
    const isWhole = this.#whole.feed(frame);
    const fed = work.feed(frame, isWhole);
    this.#keeper.feed(matroskaFrame(fed, run.video), { isAnswered: isWhole });
  }

  #mustSkip({ isKeyframe }: Frame, work: ChildWork): boolean {
    if (work.isBehind(this.#keeper.queuedBytes)) this.#isSkipping = true;
    else if (isKeyframe) this.#isSkipping = false;
    if (!this.#isSkipping) return false;
    this.#droppedTotal += 1;
    this.#droppedAtMs = this.#options.tools.nowMs();
    this.#keeper.leaveOut();
    return true;
  }

  #end(): void {
    this.#current = undefined;
    this.#keeper.stop();
    this.output.end();
  }
}
