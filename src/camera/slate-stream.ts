import { fmp4FromSlateArgs } from '../ffmpeg/arguments.ts';
import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import { FfmpegChild } from '../ffmpeg/child.ts';
import type { Log } from '../lib/log.ts';
import type { FfmpegTally } from './ffmpeg-tally.ts';
import { gridFor, type PictureSize } from './slate-picture.ts';
import type { SlateRate } from './slate-rules.ts';

export interface SlateStreamOptions {
  readonly binary: FfmpegBinary;
  readonly tally: FfmpegTally;
  readonly log: Log;
  readonly size: PictureSize;
  readonly rate: SlateRate;
  /** Wanted distance of keyframes, in milliseconds. */
  readonly keyframeMs: number;
  readonly channelCount: 0 | 1 | 2;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Pixels of the picture as it is now; asked once per frame, and equal buffers are welcome. */
  readonly draw: (grid: PictureSize) => Buffer;
  readonly onOutput: (chunk: Buffer) => void;
  /** The child ended by itself, or hangs; not called after `stop`. */
  readonly onFailure: (reason: string) => void;
}

/** Frames that may wait for the child; more are a hang. */
const maxQueuedFrames = 12;
/** A child that is fed and gives nothing for this long hangs. */
const hungAfterMs = 5_000;
/** So many frames run ahead of the clock: ffmpeg writes one when it has the next. */
const leadFrames = 2;

/** One ffmpeg child that encodes a still picture at a constant frame rate, fed a frame at a time by the clock. */
export class SlateStream {
  readonly #options: SlateStreamOptions;
  readonly #child: FfmpegChild;
  readonly #grid: PictureSize;
  readonly #startedAtMs: number;
  #lastOutputAtMs: number;
  #frameCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: SlateStreamOptions) {
    const { binary, tally, log, size, rate, channelCount } = options;
    this.#options = options;
    this.#startedAtMs = options.now();
    this.#lastOutputAtMs = this.#startedAtMs;
    this.#grid = gridFor(size);
    const keyframeCount = Math.max(1, Math.round(options.keyframeMs / this.#intervalMs));
    this.#child = FfmpegChild.start(binary, {
      purpose: 'slate',
      args: fmp4FromSlateArgs({ grid: this.#grid, size, rate, keyframeCount, channelCount }),
      log,
      maxQueuedBytes: maxQueuedFrames * this.#grid.width * this.#grid.height * 1.5,
      onOutput: (chunk) => {
        this.#lastOutputAtMs = options.now();
        options.onOutput(chunk);
      },
    });
    tally.add(this.#child);
    void this.#child.exited.then(({ reason }) => this.#fail(reason));
    this.#timer = setTimeout(() => this.#feed(), 0);
  }

  /** Ends the child within 2 s; nothing is called back from now on. */
  stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    return this.#child.stop();
  }

  get #intervalMs(): number {
    const { frameCount, periodMs } = this.#options.rate;
    return periodMs / frameCount;
  }

  /** Writes what is due by the clock, so that late timers do not add up: media time goes as fast as the clock. */
  #feed(): void {
    const nowMs = this.#options.now();
    const due = Math.floor((nowMs - this.#startedAtMs) / this.#intervalMs) + leadFrames;
    if (nowMs - this.#lastOutputAtMs > hungAfterMs || due - this.#frameCount > maxQueuedFrames) {
      // A machine that was asleep is behind by hours; a new child begins at the present time.
      this.#fail('hung');
      return;
    }
    for (; this.#frameCount < due; this.#frameCount++) {
      if (!this.#child.write(this.#options.draw(this.#grid))) {
        this.#fail('hung');
        return;
      }
    }
    const nextAtMs = this.#startedAtMs + (this.#frameCount - leadFrames + 1) * this.#intervalMs;
    this.#timer = setTimeout(() => this.#feed(), Math.max(1, nextAtMs - this.#options.now()));
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    void this.stop();
    this.#options.onFailure(reason);
  }
}
