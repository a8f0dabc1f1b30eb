import { byteLengthOf, type Frame, type FrameSink, type FrameStream, type Run } from './frame.ts';

/**
 * Frames since the newest keyframe are kept so that a late subscriber can start at once; if a stream has more than this
 * without a keyframe, subscribers start at the next one. 16 MiB is a 10 s GOP at 12 Mbit/s.
 */
const maxGopBytes = 16 * 1024 * 1024;
/** The same for streams of tiny frames: a minute at 30 fps with 47 frames of audio a second. */
const maxGopFrames = 5_000;

/** One subscription: calls end at once with it, also in the middle of a round. */
class Subscription implements FrameSink {
  isActive = true;
  readonly #sink: FrameSink;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  runBegan(run: Run): void {
    if (this.isActive) this.#sink.runBegan(run);
  }

  frame(frame: Frame): void {
    if (this.isActive) this.#sink.frame(frame);
  }

  runEnded(): void {
    if (this.isActive) this.#sink.runEnded();
  }
}

/**
 * Hands frames to all subscribers, synchronously and in order, and never waits for them. Keeps the newest GOP, audio
 * included, for later ones.
 */
export class FrameHub implements FrameStream {
  /** Replaced and never changed: a sink that subscribes within a call has heard of that frame already. */
  #subscriptions: readonly Subscription[] = [];
  #run: Run | undefined;
  #gop: Frame[] = [];
  #gopBytes = 0;

  get run(): Run | undefined {
    return this.#run;
  }

  /**
   * Frames from the newest keyframe on or, with intra refresh, from the newest recovery point whose picture has become
   * complete. Empty before the first, and after a GOP that did not fit, until the next one.
   */
  get gop(): readonly Frame[] {
    return this.#gop;
  }

  subscribe(sink: FrameSink): () => void {
    const subscription = new Subscription(sink);
    this.#subscriptions = [...this.#subscriptions, subscription];
    if (this.#run !== undefined) {
      subscription.runBegan(this.#run);
      for (const frame of [...this.#gop]) subscription.frame(frame);
    }
    return () => {
      subscription.isActive = false;
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  /** Ends the run before, if there is one. */
  begin(run: Run): void {
    this.end();
    this.#run = run;
    for (const subscription of this.#subscriptions) subscription.runBegan(run);
  }

  /** Without a run a frame has no time, so it is dropped. */
  push(frame: Frame): void {
    if (this.#run === undefined) return;
    this.#keep(frame);
    for (const subscription of this.#subscriptions) subscription.frame(frame);
  }

  /** Idempotent. */
  end(): void {
    if (this.#run === undefined) return;
    this.#run = undefined;
    this.#drop();
    for (const subscription of this.#subscriptions) subscription.runEnded();
  }

  #keep(frame: Frame): void {
    const canBegin = frame.kind === 'video' && frame.isKeyframe;
    if (canBegin && this.#run?.video.hasIntraRefresh !== true) this.#drop();
    else if (!canBegin && this.#gop.length === 0) return;
    this.#gopBytes += byteLengthOf(frame);
    if (this.#gopBytes > maxGopBytes || this.#gop.length >= maxGopFrames) this.#drop();
    else this.#gop.push(frame);
    if (frame.wholeAfter !== undefined) this.#dropBefore(frame.wholeAfter);
  }

  /** With intra refresh: what stands before the recovery point at which a decoder has to begin by now. */
  #dropBefore(wholeAfter: number): void {
    let videoCount = 0;
    const at = this.#gop.findLastIndex(
      ({ kind }) => kind === 'video' && videoCount++ === wholeAfter,
    );
    for (const frame of this.#gop.splice(0, Math.max(0, at))) this.#gopBytes -= byteLengthOf(frame);
  }

  #drop(): void {
    this.#gop = [];
    this.#gopBytes = 0;
  }
}

/** Subscribes to a stream from time to time: at most one subscription. Opening and closing are idempotent. */
export class FrameInput {
  readonly #source: FrameStream;
  readonly #sink: FrameSink;
  #unsubscribe: (() => void) | undefined;

  constructor(source: FrameStream, sink: FrameSink) {
    this.#source = source;
    this.#sink = sink;
  }

  open(): void {
    this.#unsubscribe ??= this.#source.subscribe(this.#sink);
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
