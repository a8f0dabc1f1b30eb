import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import { MediaFormatError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { RateLimit } from '../lib/rate-limit.ts';
import { FragmentReader } from '../media/fragment-reader.ts';
import type { Fragment, InitSegment, TrackRun } from '../media/types.ts';
import type { CameraConfig } from '../config/config.ts';
import type { FfmpegTally } from './ffmpeg-tally.ts';
import { PictureCadence } from './picture-cadence.ts';
import { drawSlate, type PictureSize } from './slate-picture.ts';
import { slateDueAtMs, type SlateRate } from './slate-rules.ts';
import { SlateStream } from './slate-stream.ts';
import { drawableName, slateWords, type SlateNews, type SlateWords } from './slate-words.ts';

/** Where the still picture is shown: the live windows, as its owner lends them. */
export interface SlateScreen {
  /** The still picture takes over, as an encoder session of its own with this distance of keyframes. */
  begin(init: InitSegment, keyframeMs: number): void;
  append(fragment: Fragment): void;
  /** It is gone and nothing has taken its place. */
  end(): void;
}

/** The form that fits the camera's own, so that players go from one to the other and back. */
export interface SlateForm {
  readonly size: PictureSize;
  readonly rate: SlateRate;
  readonly channelCount: 0 | 1 | 2;
}

export interface CameraPicture {
  readonly run: TrackRun;
  /** Ticks of `run` in a second. */
  readonly timescale: number;
  /** The first one after an interruption or of a new child. */
  readonly isFirst: boolean;
}

export interface SlateOptions {
  readonly config: CameraConfig;
  readonly binary: FfmpegBinary;
  readonly tally: FfmpegTally;
  readonly log: Log;
  readonly clock: Clock;
  readonly screen: SlateScreen;
  /** Asked when a child starts. */
  readonly form: () => SlateForm;
  readonly news: () => SlateNews;
}

/** Unasked restarts that one minute may have. */
const maxRestartsPerMinute = 5;

/**
 * The still picture that stands in for a camera which does not deliver, for as long as somebody watches HLS.
 *
 * ```
 *              due (slate-rules)            first output
 *   hidden ──────────────────▶ starting ──────────────────▶ shown
 *      ▲                          │                           │
 *      └── a picture came, or ────┴── a keyframe came, or ────┘
 *          nobody watches             nobody watches
 * ```
 */
export class Slate {
  readonly #options: SlateOptions;
  readonly #name: string;
  readonly #cadence = new PictureCadence();
  readonly #restarts = new RateLimit(maxRestartsPerMinute, 60_000);
  #watchedSinceMs: number | undefined;
  #lastPictureAtMs: number | undefined;
  /** What the words call the camera's last picture: frozen while the slate stands in. */
  #signalLostAtMs: number | undefined;
  #stream: SlateStream | undefined;
  #isShown = false;
  #timer: NodeJS.Timeout | undefined;
  #drawn: { readonly text: string; readonly pixels: Buffer } | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: SlateOptions) {
    this.#options = options;
    this.#name = drawableName(options.config.name, options.config.id);
  }

  get isShown(): boolean {
    return this.#isShown;
  }

  setWatched(isWatched: boolean): void {
    if (isWatched === (this.#watchedSinceMs !== undefined)) return;
    this.#watchedSinceMs = isWatched ? this.#options.clock.monotonicMs() : undefined;
    if (isWatched) this.consider();
    else {
      this.#leave();
    }
  }

  /** A picture of the camera goes into the live windows: the camera takes over if the still picture was shown. */
  pictureCame({ run, timescale, isFirst }: CameraPicture): void {
    if (isFirst) this.#cadence.interrupt();
    this.#cadence.picture(run, timescale);
    this.#lastPictureAtMs = this.#options.clock.monotonicMs();
    if (this.#stream === undefined) return;
    this.#hide();
    this.consider();
  }

  /** Looks whether the still picture is due, and else looks again when it may be. Call when the camera's state changes. */
  consider(): void {
    const { clock, news } = this.#options;
    if (this.#watchedSinceMs === undefined || this.#stream !== undefined) return;
    clearTimeout(this.#timer);
    const dueAtMs = slateDueAtMs({
      state: news().state,
      watchedSinceMs: this.#watchedSinceMs,
      lastPictureAtMs: this.#lastPictureAtMs,
      patienceMs: this.#cadence.patienceMs,
    });
    const nowMs = clock.monotonicMs();
    const waitMs = Math.max(dueAtMs - nowMs, this.#restarts.waitMs(nowMs));
    if (waitMs <= 0) this.#start();
    else this.#timer = setTimeout(() => this.consider(), Math.ceil(waitMs));
  }

  async dispose(): Promise<void> {
    this.#watchedSinceMs = undefined;
    this.#hide();
    await this.#stopping;
  }

  #start(): void {
    const { binary, tally, log, config, form, news, clock } = this.#options;
    this.#signalLostAtMs = latest(news().lastPictureAtMs, this.#lastPictureAtMs);
    const keyframeMs = config.hls.segmentMs;
    const reader = new FragmentReader();
    this.#stream = new SlateStream({
      ...form(),
      binary,
      tally,
      log,
      keyframeMs,
      now: () => clock.monotonicMs(),
      draw: (grid) => this.#draw(grid),
      onOutput: (chunk) => this.#take(reader, chunk, keyframeMs),
      onFailure: (reason) => this.#failed(reason),
    });
  }

  #take(reader: FragmentReader, chunk: Buffer, keyframeMs: number): void {
    const { screen } = this.#options;
    try {
      for (const event of reader.push(chunk)) {
        if (event.type === 'fragment') screen.append(event.fragment);
        else this.#show(event.init, keyframeMs);
      }
    } catch (error) {
      if (!(error instanceof MediaFormatError)) throw error;
      this.#failed('bad-output');
    }
  }

  #show(init: InitSegment, keyframeMs: number): void {
    const { screen, log } = this.#options;
    this.#isShown = true;
    log.info('no picture: viewers see the still picture', { reason: this.#words().reason });
    screen.begin(init, keyframeMs);
  }

  #failed(reason: string): void {
    const { tally, clock } = this.#options;
    tally.restarted(reason);
    this.#restarts.record(clock.monotonicMs());
    this.#leave();
    this.consider();
  }

  /** The still picture goes and nothing takes its place. */
  #leave(): void {
    const wasShown = this.#isShown;
    this.#hide();
    if (wasShown) this.#options.screen.end();
  }

  #hide(): void {
    clearTimeout(this.#timer);
    if (this.#isShown) this.#options.log.info('the still picture goes');
    this.#isShown = false;
    this.#drawn = undefined;
    const stopped = this.#stream?.stop();
    this.#stream = undefined;
    if (stopped === undefined) return;
    this.#stopping = Promise.all([this.#stopping, stopped]).then(() => undefined);
  }

  #words(): SlateWords {
    const { news, clock } = this.#options;
    return slateWords(this.#name, { ...news(), lastPictureAtMs: this.#signalLostAtMs }, clock);
  }

  #draw(grid: PictureSize): Buffer {
    const words = this.#words();
    const text = Object.values(words).join('\n');
    if (this.#drawn?.text !== text) this.#drawn = { text, pixels: drawSlate(words, grid) };
    return this.#drawn.pixels;
  }
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
