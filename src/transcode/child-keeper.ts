import { MediaFormatError } from '../lib/errors.ts';
import type { FfmpegBinary } from './ffmpeg/binary.ts';
import { FfmpegChild, type FfmpegExit } from './ffmpeg/child.ts';
import type { Log } from '../lib/log.ts';
import { RateLimit } from '../lib/time/rate-limit.ts';
import type { ChildTally } from './ffmpeg/child-tally.ts';

/** What every transcoder of a camera gets. */
export interface TranscodeTools {
  readonly binary: FfmpegBinary;
  readonly tally: ChildTally;
  readonly log: Log;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
}

/** One child to be started. */
export interface ChildPlan {
  readonly args: readonly string[];
  /** What the child reads first. */
  readonly head: Buffer;
  /** Throws MediaFormatError if the output makes no sense; the child is then replaced. */
  readonly onOutput: (chunk: Buffer) => void;
}

export interface ChildKeeperOptions {
  /** One word for logs, metrics and the list of children. */
  readonly purpose: string;
  readonly tools: TranscodeTools;
  /** A child was lost: begin again, with `start` and from a keyframe. */
  readonly onLost: () => void;
  /**
   * The children failed too often, or cannot do the job at all. Without this callback the failure is logged, and no
   * other child is started for a while; everything else made from the camera goes on.
   */
  readonly onFailure?: ((failure: TranscodeFailure) => void) | undefined;
}

/** Why the children of one transcoder cannot be used. */
export interface TranscodeFailure {
  readonly reason: 'ffmpeg-failed' | 'frame-too-large';
  readonly message: string;
}

/** Unplanned restarts allowed per minute before the failure is reported. */
const maxRestartsPerMinute = 5;
/** How long a transcoder that failed without ending the session waits before it tries again, in milliseconds. */
const restMs = 60_000;
/**
 * Bound on the bytes that wait for the child: more than a cached GOP at the start, or a few seconds of a 12 Mbit/s
 * camera.
 */
const maxQueuedBytes = 24 * 1024 * 1024;
/** A child that has input but produces nothing for this long counts as hanging. */
const hungAfterMs = 5_000;
/** The same until its first output: twenty that start at once on two cores take seconds each. */
const startsWithinMs = 20_000;
/**
 * At most this much of the time between two frames counts against the child: a pause of the camera, or of this process,
 * is not silence of the child. So for a slow camera the limit of N seconds becomes one of N frames.
 */
const countedPauseMs = 1_000;

interface Kept {
  readonly child: FfmpegChild;
  offeredAtMs: number;
  /** Time since the newest output, as far as it counts. */
  silentMs: number;
  hasOutput: boolean;
}

/**
 * Starts, feeds and watches the one child of a transcoder: a child that dies or hangs is replaced, at most five times a
 * minute, and every reason is counted.
 */
export class ChildKeeper {
  readonly #options: ChildKeeperOptions;
  readonly #restarts = new RateLimit(maxRestartsPerMinute, 60_000);
  #kept: Kept | undefined;
  #restsUntilMs: number | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: ChildKeeperOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#kept !== undefined;
  }

  /** Bytes that wait for the child to read them. */
  get queuedBytes(): number {
    return this.#kept?.child.queuedBytes ?? 0;
  }

  /** Ends the previous child, if there is one. Has no effect during the pause after too many failures. */
  start({ args, head, onOutput }: ChildPlan): void {
    this.stop();
    const { purpose, tools } = this.#options;
    const { binary, tally, log, nowMs } = tools;
    if (this.#restsUntilMs !== undefined && nowMs() < this.#restsUntilMs) return;
    this.#restsUntilMs = undefined;
    const child = FfmpegChild.start(binary, {
      purpose,
      args,
      log,
      maxQueuedBytes,
      onOutput: (chunk) => {
        kept.silentMs = 0;
        kept.hasOutput = true;
        if (this.#kept === kept) this.#give(kept, () => onOutput(chunk));
      },
    });
    const kept: Kept = { child, offeredAtMs: nowMs(), silentMs: 0, hasOutput: false };
    tally.add(child);
    this.#kept = kept;
    void child.exited.then((exit) => this.#lost(kept, exit.reason));
    child.write(head);
  }

  /**
   * Has no effect while no child runs. `isAnswered: false`: no output is expected, so silence does not count as
   * hanging.
   */
  feed(pieces: readonly Buffer[], { isAnswered = true }: { isAnswered?: boolean } = {}): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    const isTaken = pieces.every((piece) => kept.child.write(piece));
    if (!isTaken) this.#lost(kept, 'hung');
    else if (isAnswered) this.#judge(kept);
    else kept.offeredAtMs = this.#options.tools.nowMs();
  }

  /** A frame is not fed, because the child has produced nothing for earlier ones: it may be hanging. */
  leaveOut(): void {
    if (this.#kept !== undefined) this.#judge(this.#kept);
  }

  /**
   * Begins again, by `onLost`, if the pause after too many failures is over; else has no effect. No timer ends the
   * pause: this is called for each frame that cannot be fed.
   */
  resumeIfRested(): void {
    const { tools, onLost } = this.#options;
    if (this.#restsUntilMs === undefined || tools.nowMs() < this.#restsUntilMs) return;
    this.#restsUntilMs = undefined;
    onLost();
  }

  /** Idempotent; `stopped` tells when the process is gone. */
  stop(): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = undefined;
    const gone = Promise.all([this.#stopping, kept.child.stop()]);
    this.#stopping = gone.then(() => undefined);
  }

  /** All children that were stopped are gone; within 2 s. */
  async stopped(): Promise<void> {
    await this.#stopping;
  }

  #give(kept: Kept, give: () => void): void {
    try {
      give();
    } catch (error) {
      if (!(error instanceof MediaFormatError)) throw error;
      this.#lost(kept, 'bad-output');
    }
  }

  #judge(kept: Kept): void {
    const nowMs = this.#options.tools.nowMs();
    kept.silentMs += Math.min(nowMs - kept.offeredAtMs, countedPauseMs);
    kept.offeredAtMs = nowMs;
    const patienceMs = kept.hasOutput ? hungAfterMs : startsWithinMs;
    if (kept.silentMs > patienceMs) this.#lost(kept, 'hung');
  }

  #lost(kept: Kept, reason: FfmpegExit['reason'] | 'hung' | 'bad-output'): void {
    if (this.#kept !== kept) return;
    const { purpose, tools, onLost } = this.#options;
    const { tally, nowMs } = tools;
    this.stop();
    tally.restarted(reason);
    if (reason === 'frame-too-large') {
      this.#fail({
        reason,
        message: `ffmpeg (${purpose}) refuses the size of the camera's frames`,
      });
    } else if (reason === 'encoder-missing') {
      // Any other child would say the same about this stream.
      const message = `ffmpeg (${purpose}) has no decoder for this stream: ${reason}`;
      this.#fail({ reason: 'ffmpeg-failed', message });
    } else if (this.#restarts.waitMs(nowMs()) > 0) {
      const message = `ffmpeg (${purpose}) failed again: ${reason}`;
      this.#fail({ reason: 'ffmpeg-failed', message });
    } else {
      this.#restarts.record(nowMs());
      onLost();
    }
  }

  #fail(failure: TranscodeFailure): void {
    const { tools, onFailure } = this.#options;
    if (onFailure !== undefined) {
      onFailure(failure);
      return;
    }
    this.#restsUntilMs = tools.nowMs() + restMs;
    tools.log.warn(`${failure.message}; trying again in a minute`, { reason: failure.reason });
  }
}
