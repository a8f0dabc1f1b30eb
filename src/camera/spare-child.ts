import type { FfmpegChild } from '../ffmpeg/child.ts';

type Arguments = readonly string[];
type TakeOutput = (chunk: Buffer) => void;

interface Spare {
  readonly args: Arguments;
  readonly child: FfmpegChild;
  isRunning: boolean;
  takeOutput: TakeOutput;
}

/**
 * A child that is started before there is anything to feed it. ffmpeg takes 50 to 200 ms from its start until it reads, and
 * a camera takes as long or longer from its header to its first keyframe. Its arguments are a guess, which that keyframe and
 * the first sound may prove wrong.
 */
export class SpareChild {
  readonly #start: (args: Arguments, onOutput: TakeOutput) => FfmpegChild;
  #spare: Spare | undefined;
  #stopping: Promise<unknown> = Promise.resolve();

  constructor(start: (args: Arguments, onOutput: TakeOutput) => FfmpegChild) {
    this.#start = start;
  }

  /** One at a time: without effect until the one before was taken or dropped, even if it died. */
  prepare(args: Arguments): void {
    if (this.#spare !== undefined) return;
    const child = this.#start(args, (chunk) => spare.takeOutput(chunk));
    const spare: Spare = { args, child, isRunning: true, takeOutput: () => undefined };
    this.#spare = spare;
    void child.exited.then(() => (spare.isRunning = false));
  }

  /** The spare if it has these very arguments, else another child. */
  take(args: Arguments, onOutput: TakeOutput): FfmpegChild {
    const spare = this.#spare;
    if (spare?.isRunning !== true || !isSame(spare.args, args)) {
      this.drop();
      return this.#start(args, onOutput);
    }
    this.#spare = undefined;
    spare.takeOutput = onOutput;
    return spare.child;
  }

  drop(): void {
    if (this.#spare === undefined) return;
    this.#stopping = Promise.all([this.#stopping, this.#spare.child.stop()]);
    this.#spare = undefined;
  }

  /** Resolves when all that were dropped are gone. */
  async dispose(): Promise<void> {
    this.drop();
    await this.#stopping;
  }
}

function isSame(one: Arguments, other: Arguments): boolean {
  return one.length === other.length && one.every((arg, index) => arg === other[index]);
}
