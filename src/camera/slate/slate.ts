import type { Clock } from '../../lib/time/clock.ts';
import type { Log } from '../../lib/log.ts';
import { RateLimit } from '../../lib/time/rate-limit.ts';
import type { Frame, FrameStream } from '../../media/frame.ts';
import { encodeStill } from '../../sources/slate/encode-still.ts';
import { SlateLoop, type LoopRate, type Size } from '../../sources/slate/slate-loop.ts';
import type { OneShotTools } from '../../transcode/ffmpeg/one-shot.ts';
import { drawSlate, gridFor } from './slate-picture.ts';
import { slateDueAtMs } from './slate-rules.ts';
import { drawableName, slateWords, type SignalFacts, type SlateWords } from './slate-words.ts';
import { StallTimeout } from './stall-timeout.ts';

/** The form that fits the camera's own, so that players go from one to the other and back. */
export interface SlateForm {
  /** Both even. */
  readonly size: Size;
  readonly rate: LoopRate;
}

export interface SlateOptions {
  readonly camera: { readonly id: string; readonly name: string };
  /** Wanted distance of keyframes, in milliseconds. */
  readonly keyframeMs: number;
  readonly tools: OneShotTools;
  readonly log: Log;
  readonly clock: Clock;
  /** Puts the slate on air; returns the function that takes it away. */
  readonly show: (slate: FrameStream) => () => void;
  /** Asked when the slate is made. */
  readonly form: () => SlateForm;
  readonly facts: () => SignalFacts;
}

/** Most failures in one minute. */
const maxRestartsPerMinute = 5;

/**
 * The still picture that replaces a camera that does not deliver, for as long as somebody watches.
 *
 * ```
 *              due (slate-rules)            encoded
 *   hidden ──────────────────▶ starting ──────────────────▶ shown
 *      ▲                          │                           │
 *      └── a frame came, or ──────┴── a keyframe came, or ────┘
 *          nobody watches             nobody watches
 * ```
 */
export class Slate {
  readonly #options: SlateOptions;
  readonly #name: string;
  readonly #stallTimeout = new StallTimeout();
  readonly #restarts = new RateLimit(maxRestartsPerMinute, 60_000);
  #watchedSinceMs: number | undefined;
  #lastFrameAtMs: number | undefined;
  /** The time that the text gives for the camera's last frame: frozen while the slate is shown. */
  #signalLostAtMs: number | undefined;
  #loop: SlateLoop | undefined;
  #hideLoop: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SlateOptions) {
    this.#options = options;
    this.#name = drawableName(options.camera.name, options.camera.id);
  }

  get isShown(): boolean {
    return this.#loop?.output.run !== undefined;
  }

  setWatched(isWatched: boolean): void {
    if (isWatched === (this.#watchedSinceMs !== undefined)) return;
    this.#watchedSinceMs = isWatched ? this.#options.clock.monotonicMs() : undefined;
    if (isWatched) this.consider();
    else this.#hide();
  }

  /** A frame of the camera goes on air: it takes over if the slate was shown. */
  frameCame(frame: Frame, isFirst: boolean): void {
    if (isFirst) this.#stallTimeout.interrupt();
    this.#stallTimeout.frame(frame);
    this.#lastFrameAtMs = this.#options.clock.monotonicMs();
    if (this.#loop === undefined) return;
    this.#hide();
    this.consider();
  }

  /** Checks whether the slate is due, and if not, checks again when it may be. Call when the camera's state changes. */
  consider(): void {
    const { clock, facts } = this.#options;
    if (this.#watchedSinceMs === undefined || this.#loop !== undefined) return;
    clearTimeout(this.#timer);
    const dueAtMs = slateDueAtMs({
      state: facts().state,
      watchedSinceMs: this.#watchedSinceMs,
      lastFrameAtMs: this.#lastFrameAtMs,
      stallTimeoutMs: this.#stallTimeout.ms,
    });
    const nowMs = clock.monotonicMs();
    const waitMs = Math.max(dueAtMs - nowMs, this.#restarts.waitMs(nowMs));
    if (waitMs <= 0) this.#start();
    else this.#timer = setTimeout(() => this.consider(), Math.ceil(waitMs));
  }

  dispose(): void {
    this.#watchedSinceMs = undefined;
    this.#hide();
  }

  #start(): void {
    const { form, facts, tools, log, clock, keyframeMs, show } = this.#options;
    this.#signalLostAtMs = latest(facts().lastFrameAtMs, this.#lastFrameAtMs);
    const { size, rate } = form();
    const grid = gridFor(size);
    const keyframeCount = Math.max(1, Math.round((keyframeMs * rate.frameCount) / rate.periodMs));
    this.#loop = new SlateLoop({
      rate,
      clock,
      encode: (signal) => {
        const drawing = { grid, pixels: drawSlate(this.#words(), grid) };
        return encodeStill(drawing, { size, keyframeCount, tools, signal });
      },
      words: () => Object.values(this.#words()).join('\n'),
      onFailure: () => this.#failed(),
    });
    const { reason } = this.#words();
    log.debug('encoding slate', { reason });
    const stopListening = this.#loop.output.subscribe({
      runBegan: () => {
        stopListening();
        log.info('slate shown', { reason });
      },
      frame: () => undefined,
      runEnded: () => undefined,
    });
    this.#hideLoop = show(this.#loop.output);
  }

  #failed(): void {
    this.#restarts.record(this.#options.clock.monotonicMs());
    this.#hide();
    this.consider();
  }

  #hide(): void {
    clearTimeout(this.#timer);
    const loop = this.#loop;
    if (loop === undefined) return;
    if (this.isShown) this.#options.log.info('slate hidden');
    this.#loop = undefined;
    loop.stop();
    this.#hideLoop();
  }

  #words(): SlateWords {
    const { clock } = this.#options;
    const facts = this.#options.facts();
    return slateWords(this.#name, { ...facts, lastFrameAtMs: this.#signalLostAtMs }, clock);
  }
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
