import { FrameHub } from '../../media/frame-hub.ts';
import { videoTimescale, type Frame, type VideoTrack } from '../../media/frame.ts';

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A constant frame rate: so many frames in so many milliseconds. */
export interface LoopRate {
  readonly frameCount: number;
  readonly periodMs: number;
}

/** A still picture as coded video: groups of frames that each begin with a keyframe and may be repeated for ever. */
export interface EncodedStill {
  readonly track: VideoTrack;
  /** At least one frame; `pts` and `dts` say nothing. */
  readonly frames: readonly Frame[];
}

export interface SlateLoopOptions {
  readonly rate: LoopRate;
  /** Encodes the still picture as it is now; the signal ends it. Rejects with ffmpeg-failed. */
  readonly encode: (signal: AbortSignal) => Promise<EncodedStill>;
  /** What the picture shows; when it changes, a new one is encoded. */
  readonly words: () => string;
  readonly clock: { monotonicMs(): number; wallMs(): number };
  readonly onFailure: (error: unknown) => void;
}

/** After sleep the loop may be hours behind: it continues at the present time, in another run. */
const longestGapMs = 3_000;

/**
 * Shows a still picture as video at a constant frame rate: it is encoded once and its frames are repeated, so that a
 * slate costs nothing however long an outage lasts.
 */
export class SlateLoop {
  readonly output = new FrameHub();
  readonly #options: SlateLoopOptions;
  readonly #end = new AbortController();
  #still: EncodedStill | undefined;
  #nextStill: EncodedStill | undefined;
  #words = '';
  #isEncoding = false;
  #startedAtMs = 0;
  #frameCount = 0;
  #position = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SlateLoopOptions) {
    this.#options = options;
    this.#encode();
  }

  /** No more frames are delivered from now on. Idempotent. */
  stop(): void {
    if (this.#end.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#end.abort(new Error('the slate is not needed any more'));
    this.output.end();
  }

  get #intervalMs(): number {
    const { frameCount, periodMs } = this.#options.rate;
    return periodMs / frameCount;
  }

  #encode(): void {
    if (this.#isEncoding) return;
    const { encode, words, onFailure } = this.#options;
    const { signal } = this.#end;
    this.#isEncoding = true;
    this.#words = words();
    encode(signal)
      .then((still) => {
        if (signal.aborted) return;
        this.#nextStill = still;
        if (this.#still === undefined) this.#begin();
      })
      .catch((error: unknown) => {
        if (!signal.aborted) onFailure(error);
      })
      .finally(() => (this.#isEncoding = false));
  }

  #begin(): void {
    const { clock } = this.#options;
    this.#takeNextStill();
    this.#position = 0;
    if (this.#still === undefined) return;
    this.#startedAtMs = clock.monotonicMs();
    this.#frameCount = 0;
    const video = this.#still.track;
    this.output.begin({ video, audio: undefined, originMs: clock.wallMs() });
    this.#tick();
  }

  /** Delivers what is due by the clock, so that late timers do not add up: media time keeps to the clock. */
  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const dueAtMs = this.#startedAtMs + this.#frameCount * this.#intervalMs;
    if (nowMs - dueAtMs > longestGapMs) {
      this.#begin();
      return;
    }
    while (this.#startedAtMs + this.#frameCount * this.#intervalMs <= nowMs) this.#give(nowMs);
    const nextAtMs = this.#startedAtMs + this.#frameCount * this.#intervalMs;
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, nextAtMs - nowMs));
  }

  #give(nowMs: number): void {
    const frames = this.#still?.frames ?? [];
    if (this.#position >= frames.length) this.#position = 0;
    if (this.#position === 0) this.#considerWords();
    const frame = this.#still?.frames[this.#position];
    if (frame === undefined) return;
    this.#position += 1;
    const pts = Math.round((this.#frameCount * this.#intervalMs * videoTimescale) / 1000);
    this.#frameCount += 1;
    const duration = Math.round((this.#intervalMs * videoTimescale) / 1000);
    this.output.push({ ...frame, pts, dts: pts, duration, arrivedAtMs: nowMs });
  }

  /** At the beginning of a round the new picture takes over, if it is ready. */
  #considerWords(): void {
    if (this.#nextStill !== undefined) this.#takeNextStill();
    else if (this.#options.words() !== this.#words) this.#encode();
  }

  #takeNextStill(): void {
    this.#still = this.#nextStill ?? this.#still;
    this.#nextStill = undefined;
  }
}
