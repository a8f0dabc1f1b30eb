import { FrameHub, FrameInput } from '../../media/frame-hub.ts';
import {
  videoTimescale,
  type Frame,
  type FrameSink,
  type FrameStream,
  type Run,
} from '../../media/frame.ts';

export interface SlowVideoOptions {
  readonly native: FrameStream;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** The camera's usual distance of frames, in milliseconds; undefined before its second frame. */
  readonly paceMs: () => number | undefined;
}

/** When the newest frame is repeated, in milliseconds after it was shown: parts of half a second. */
const repeatMs = 500;
/** Only a camera that is slower than this by itself is helped: what a faster one leaves out is an outage. */
const slowPaceMs = 800;
/** So many of its own intervals a slow camera may be late. */
const patienceIntervals = 3;
/** Before its second frame nobody knows how slow a camera is; some send a frame every 10 s. */
const unknownPaceMs = 12_000;
/** A repeated frame stays so far behind the present, since the next one of the camera must be later. */
const marginMs = 100;

/**
 * Video with the newest JPEG of a slow camera repeated, so that a player that wants media all the time can show it: in
 * HLS a frame cannot last for 10 s, and nobody knows how long it lasts when it comes. Frames of other codecs refer to
 * each other, and go through as they are.
 */
export class SlowVideo implements FrameSink {
  readonly output = new FrameHub();
  readonly #options: SlowVideoOptions;
  #newest: Frame | undefined;
  #lastPts = 0;
  #isJpeg = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #input: FrameInput;

  constructor(options: SlowVideoOptions) {
    this.#options = options;
    this.#input = new FrameInput(options.native, this);
  }

  start(): void {
    this.#input.open();
  }

  stop(): void {
    this.#input.close();
    this.runEnded();
  }

  runBegan(run: Run): void {
    this.#isJpeg = run.video.codec === 'mjpeg';
    this.output.begin(run);
  }

  frame(frame: Frame): void {
    if (frame.kind !== 'video') return;
    if (!this.#isJpeg) {
      this.output.push(frame);
      return;
    }
    const isFirst = this.#newest === undefined;
    this.#newest = frame;
    // Somebody who comes between two frames begins with the present, not with a hole.
    if (isFirst && this.#ageMs(frame) > repeatMs) this.#give(this.#asOfNow(frame));
    // The repeated frame before may have this time already: this one is shown with the next repetition.
    else if (isFirst || frame.pts > this.#lastPts) this.#give(frame);
    else this.#wait();
  }

  runEnded(): void {
    clearTimeout(this.#timer);
    this.#newest = undefined;
    this.output.end();
  }

  #give(frame: Frame): void {
    this.#lastPts = frame.pts;
    this.output.push(frame);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const newest = this.#newest;
    if (newest === undefined || this.#isFast) return;
    const shownMs = ((this.#lastPts - newest.pts) * 1000) / videoTimescale;
    const waitMs = shownMs + repeatMs + marginMs - this.#ageMs(newest);
    this.#timer = setTimeout(() => this.#repeat(), Math.max(0, waitMs));
  }

  #repeat(): void {
    const newest = this.#newest;
    if (newest === undefined) return;
    const pace = this.#options.paceMs();
    const patienceMs = pace === undefined ? unknownPaceMs : patienceIntervals * pace;
    if (this.#isFast || this.#ageMs(newest) > patienceMs) return;
    const repeated = this.#asOfNow(newest);
    if (repeated.pts > this.#lastPts) this.#give(repeated);
    else this.#wait();
  }

  get #isFast(): boolean {
    const pace = this.#options.paceMs();
    return pace !== undefined && pace < slowPaceMs;
  }

  #ageMs({ arrivedAtMs }: Frame): number {
    return this.#options.nowMs() - arrivedAtMs;
  }

  #asOfNow(frame: Frame): Frame {
    const pts = frame.pts + Math.round(((this.#ageMs(frame) - marginMs) * videoTimescale) / 1000);
    return { ...frame, pts, dts: pts };
  }
}
