import { CamgateError } from '../../../lib/errors.ts';
import { Histogram, type HistogramSnapshot } from '../../../lib/histogram.ts';
import type { Log } from '../../../lib/log.ts';
import type { Frame, Run } from '../../../media/frame.ts';
import { MultivariantText } from '../playlists/multivariant.ts';
import { HeldRequests } from './held-requests.ts';
import { PromiseTimer } from './promise-timer.ts';
import { Publication } from './publication.ts';
import type { SegmentFolder } from '../storage/segment-folder.ts';
import { ClassicRenditions } from '../renditions/classic-renditions.ts';
import { assertTransportable } from '../renditions/transport-rendition.ts';
import type { SegmenterEvent } from '../segmenter/segmenter-events.ts';
import { Segmenter } from '../segmenter/segmenter.ts';
import { StreamFigures, type EarlierFigures, type ForeseenVideo } from './stream-figures.ts';
import { Waiters } from './waiters.ts';
import type { WindowLimits } from '../storage/kept-media.ts';
import type {
  ClassicRendition,
  LiveWindowView,
  MediaResource,
  PlaylistQuery,
  PlaylistText,
  Rendition,
} from './window.ts';

export interface LiveWindowOptions extends WindowLimits {
  readonly life: string;
  /** Wanted length of a part, in milliseconds. */
  readonly partMs: number;
  /** Shortest segment, in milliseconds. */
  readonly segmentMs: number;
  /** Minimum number of segments in the playlist. */
  readonly segmentCount: number;
  /**
   * Minimum duration of listed media, in milliseconds, as far as the space allows; with 0, `segmentCount` alone
   * decides.
   */
  readonly windowMs: number;
  /** Where complete segments are stored; undefined keeps all in memory. */
  readonly folder: SegmentFolder | undefined;
  /** Longest GOP seen from this camera, or made by our own encoder; undefined when nothing is known. */
  readonly knownGopMs: number | undefined;
  /** What was measured earlier for this camera; undefined when nothing is known. */
  readonly earlierFigures: EarlierFigures | undefined;
  /** Every segment begins with a keyframe, for the whole life: frames that would break that promise are dropped. */
  readonly hasIndependentSegments: boolean;
  readonly log: Log;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Bounds of the histograms of part and segment lengths, in seconds. */
export const partBounds = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2];
export const segmentBounds = [0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 15];

/**
 * The media of one camera that viewers can play: parts and segments, and the playlist that lists them. It outlives its
 * runs: after a reconnect the same playlist goes on with a discontinuity.
 */
export class LiveWindow implements LiveWindowView {
  readonly life: string;
  readonly hasIndependentSegments: boolean;
  readonly #segmenter: Segmenter;
  readonly #publication: Publication;
  readonly #waiters = new Waiters();
  readonly #requests: HeldRequests;
  readonly #classic: ClassicRenditions;
  readonly #figures: StreamFigures;
  readonly #promises: PromiseTimer;
  readonly #multivariant: Readonly<Record<Rendition, MultivariantText>>;
  readonly #partHistogram = new Histogram(partBounds);
  readonly #segmentHistogram = new Histogram(segmentBounds);
  #observedGopMs: number | undefined;
  #isDisposed = false;

  constructor(options: LiveWindowOptions) {
    const { life, hasIndependentSegments } = options;
    this.life = life;
    this.hasIndependentSegments = hasIndependentSegments;
    this.#segmenter = new Segmenter({
      partMs: options.partMs,
      segmentMs: options.segmentMs,
      knownGopMs: options.knownGopMs,
      maxSegmentBytes: options.maxBytes / 2,
      hasIndependentSegments,
    });
    this.#publication = new Publication({
      ...options,
      otherByteCount: () => this.#classic.byteCount,
    });
    this.#requests = new HeldRequests(this.#publication, this.#waiters);
    this.#classic = new ClassicRenditions({
      ...options,
      source: this.#publication,
      waiters: this.#waiters,
      maxBytes: options.maxBytes / 2,
    });
    this.#figures = new StreamFigures({
      publication: this.#publication,
      classic: this.#classic,
      observedFrameRate: () => this.#segmenter.observedFrameRate,
      observedGopMs: () => this.#segmenter.observedGopMs,
      knownGopMs: options.knownGopMs,
      earlier: options.earlierFigures,
    });
    this.#promises = new PromiseTimer({
      now: options.now,
      nextEndMs: () => earliest(this.#publication.nextExpiryMs, this.#classic.nextExpiryMs),
      forget: () => {
        this.#publication.forgetExpired();
        this.#classic.tidy();
      },
    });
    this.#multivariant = {
      live: new MultivariantText({ life, rendition: 'live', hasIndependentSegments }),
      classic: new MultivariantText({ life, rendition: 'classic', hasIndependentSegments }),
      ts: new MultivariantText({ life, rendition: 'ts', hasIndependentSegments }),
    };
  }

  get isEmpty(): boolean {
    return this.#publication.isEmpty;
  }

  /** Whether players of every rendition can begin at once. */
  get isReady(): boolean {
    return this.#classic.canStart;
  }

  /** Targets or dates are no longer right and may not change: new viewers should get a new window. */
  get needsNewLife(): boolean {
    return this.#segmenter.needsNewLife;
  }

  /** Constant once it is known (rfc8216bis 4.4.3.7). */
  get partTargetMs(): number | undefined {
    return this.#publication.targets?.partTargetMs;
  }

  /** The longest recent GOP, also of the run before; undefined before one is known. */
  get observedGopMs(): number | undefined {
    return this.#segmenter.observedGopMs ?? this.#observedGopMs;
  }

  /** The newest published run; undefined while the window is empty. */
  get run(): Run | undefined {
    return this.#publication.run;
  }

  get byteCount(): number {
    return this.#publication.byteCount + this.#classic.byteCount;
  }

  get diskByteCount(): number {
    return this.#publication.diskByteCount;
  }

  /** Writes and removals of files that failed; only grows. */
  get diskFailuresTotal(): number {
    return this.#publication.diskFailuresTotal;
  }

  /** Segments that were lost while players could still ask for them; only grows. */
  get gapCount(): number {
    return this.#publication.gapCount;
  }

  /** Discontinuities published so far; only grows. */
  get discontinuityCount(): number {
    return this.#publication.discontinuityCount;
  }

  get partSeconds(): HistogramSnapshot {
    return this.#partHistogram.snapshot();
  }

  get segmentSeconds(): HistogramSnapshot {
    return this.#segmentHistogram.snapshot();
  }

  /** Frames per second; undefined while unknown. */
  get frameRate(): number | undefined {
    return this.#figures.frameRate;
  }

  /** For the window after this one; undefined before there is enough to measure. */
  get measuredFigures(): EarlierFigures | undefined {
    return this.#figures.measured;
  }

  /** A new run: its first keyframe begins a discontinuity with an init segment of its own. */
  begin(run: Run, foreseen: ForeseenVideo = {}): void {
    this.end();
    this.#segmenter.begin(run, foreseen.expected?.frameMs);
    this.#figures.begin(run, foreseen);
  }

  append(frame: Frame): void {
    if (this.#isDisposed) return;
    this.#apply(this.#segmenter.push(frame));
  }

  /** The run is over: what was received becomes playable, and the playlist waits for the next one. Idempotent. */
  end(): void {
    this.#observedGopMs = this.observedGopMs;
    this.#apply(this.#segmenter.end());
    this.#promises.start();
  }

  /** Drops all media but keeps life, numbers and targets. A run continues with its next keyframe. */
  clear(): void {
    this.#apply(this.#segmenter.restart());
    this.#figures.remember();
    this.#publication.clear();
    this.#classic.clear();
    this.#promises.start();
  }

  /** Waiting requests end with shutting-down. */
  dispose(): void {
    this.#isDisposed = true;
    this.#waiters.rejectAll(shuttingDown());
    this.#apply(this.#segmenter.end());
    this.#publication.dispose();
    this.#promises.stop();
  }

  multivariantPlaylist(rendition: Rendition = 'live'): PlaylistText {
    const { run, frameRate } = this;
    if (this.isEmpty || run === undefined) {
      throw new CamgateError('camera-connecting', 'The camera is not delivering yet.', {
        retryAfterMs: 1000,
      });
    }
    if (rendition === 'ts') assertTransportable(run);
    const bandwidth =
      rendition === 'ts' ? this.#figures.transportBandwidth : this.#figures.bandwidth;
    // Classic players begin a few whole segments behind the live edge anyway.
    const startOffsetSeconds =
      rendition === 'live' ? this.#publication.startOffsetSeconds : undefined;
    return this.#multivariant[rendition].get({ run, bandwidth, frameRate, startOffsetSeconds });
  }

  classicPlaylist(
    rendition: ClassicRendition,
    signal: AbortSignal,
  ): PlaylistText | Promise<PlaylistText> {
    if (this.#isDisposed) throw shuttingDown();
    return this.#classic.playlist(rendition, signal);
  }

  playlistKey(query: PlaylistQuery): string {
    return this.#requests.playlistKey(query);
  }

  mediaPlaylist(query: PlaylistQuery, signal: AbortSignal): PlaylistText | Promise<PlaylistText> {
    if (this.#isDisposed) throw shuttingDown();
    return this.#requests.playlist(query, signal);
  }

  media(name: string, signal: AbortSignal): MediaResource | Promise<MediaResource> | undefined {
    const resource = this.#publication.media(name) ?? this.#classic.media(name);
    if (resource !== undefined || this.#isDisposed) return resource;
    return this.#requests.hintedPart(name, signal);
  }

  #apply(events: readonly SegmenterEvent[]): void {
    if (events.length === 0) return;
    this.#classic.tidy();
    for (const event of events) {
      if (event.type === 'targets') {
        this.#publication.fixTargets(event.targets);
      } else if (event.type === 'part') {
        this.#promises.stop();
        this.#publication.addPart(event.part, event.opens);
        this.#figures.add(event.part);
        this.#partHistogram.observe(event.part.durationSeconds);
      } else if (event.type === 'segment-end') {
        this.#segmentHistogram.observe(this.#publication.closeSegment());
      } else {
        this.#publication.breakOff();
      }
    }
    this.#waiters.release();
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function shuttingDown(): CamgateError {
  return new CamgateError('shutting-down', 'The gateway is stopping.', { retryAfterMs: 2000 });
}
