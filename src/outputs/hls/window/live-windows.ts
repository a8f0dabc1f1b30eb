import { addHistograms, Histogram, type HistogramSnapshot } from '../../../lib/histogram.ts';
import { LiveWindow, partBounds, segmentBounds } from './live-window.ts';
import type { WindowDisk } from '../storage/window-disk.ts';
import type { ForeseenVideo } from './stream-figures.ts';
import type { Clock } from '../../../lib/time/clock.ts';
import type { Log } from '../../../lib/log.ts';
import type { Frame, Run } from '../../../media/frame.ts';
import type { HlsConfig } from '../../../config/config.ts';

/** A playlist that new viewers no longer get goes on this long after the last request of an old viewer. */
const retiredLingerMs = 30_000;
/** A camera that changes its GOP again and again must not fill the memory with windows. */
const maxRetiredCount = 3;
/**
 * The next window takes the new viewers when players of every rendition can begin at once, or after this many
 * milliseconds at the latest; until then the current one has frames for them.
 */
const longestSuccessionMs = 6_000;

/** What is known of a run of the camera, or of the slate in its place. */
export interface RunFacts extends ForeseenVideo {
  /** The longest expected GOP, in milliseconds; undefined when nothing is known. */
  readonly knownGopMs: number | undefined;
  /** Our own encoder makes the camera's keyframes: playlists may promise one at the beginning of each segment. */
  readonly isEncoded: boolean;
}

interface Retired {
  readonly window: LiveWindow;
  askedAtMs: number;
}

export interface LiveWindowsOptions {
  readonly config: HlsConfig;
  readonly cameraId: string;
  readonly bootId: string;
  /** Where complete segments are stored; undefined keeps them in memory. */
  readonly disk: WindowDisk | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * The live windows of one camera: one, except while viewers of an older playlist remain. A playlist's targets never
 * change (rfc8216bis 4.4.3), so when the camera's GOP or frame rate no longer fits them, a window with targets that fit
 * begins for new viewers, and the old one goes on for viewers that have it. Likewise when the wall clock was set back,
 * since the dates of a playlist only rise.
 */
export class LiveWindows {
  readonly #options: LiveWindowsOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  #current: LiveWindow | undefined;
  #next: LiveWindow | undefined;
  #nextBeganAtMs = 0;
  /** Oldest first. */
  #retired: Retired[] = [];
  #count = 0;
  #run: Run | undefined;
  #isEncoded = false;
  #lastFrameAtMs = Number.NEGATIVE_INFINITY;
  /** Totals of windows that are no longer current; totals only grow. */
  #pastParts: HistogramSnapshot = new Histogram(partBounds).snapshot();
  #pastSegments: HistogramSnapshot = new Histogram(segmentBounds).snapshot();
  #pastDiscontinuityCount = 0;
  #pastDiskFailures = 0;
  #pastGapCount = 0;

  constructor(options: LiveWindowsOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** What new viewers get; it may still be empty. */
  get current(): LiveWindow | undefined {
    return this.#current;
  }

  /** By the monotonic clock; -Infinity before the first. */
  get lastFrameAtMs(): number {
    return this.#lastFrameAtMs;
  }

  find(life: string): LiveWindow | undefined {
    if (this.#current?.life === life) return this.#current;
    const retired = this.#retired.find(({ window }) => window.life === life);
    if (retired !== undefined) retired.askedAtMs = this.#now();
    return retired?.window;
  }

  get all(): readonly LiveWindow[] {
    const retired = this.#retired.map(({ window }) => window);
    return [this.#current, this.#next, ...retired].filter((window) => window !== undefined);
  }

  /** PART-TARGET of each window that has one, the one for new viewers first, in milliseconds. */
  get partTargetsMs(): readonly number[] {
    return this.all.flatMap(({ partTargetMs }) => partTargetMs ?? []);
  }

  get partSeconds(): HistogramSnapshot {
    const { current } = this;
    return current ? addHistograms(this.#pastParts, current.partSeconds) : this.#pastParts;
  }

  get segmentSeconds(): HistogramSnapshot {
    const { current } = this;
    return current ? addHistograms(this.#pastSegments, current.segmentSeconds) : this.#pastSegments;
  }

  get discontinuityCount(): number {
    return this.#pastDiscontinuityCount + (this.#current?.discontinuityCount ?? 0);
  }

  /** Memory that media takes; old and new windows of one stream share no buffers. */
  get byteCount(): number {
    return this.all.reduce((sum, window) => sum + window.byteCount, 0);
  }

  /** Files that media takes. */
  get diskByteCount(): number {
    return this.all.reduce((sum, window) => sum + window.diskByteCount, 0);
  }

  get diskFailuresTotal(): number {
    return this.#pastDiskFailures + (this.#current?.diskFailuresTotal ?? 0);
  }

  get gapCount(): number {
    return this.#pastGapCount + (this.#current?.gapCount ?? 0);
  }

  /** Another run begins. */
  begin(run: Run, facts: RunFacts): void {
    this.#run = run;
    this.#isEncoded = facts.isEncoded;
    this.#current ??= this.#create(facts.knownGopMs);
    for (const window of this.all) window.begin(run, facts);
  }

  append(frame: Frame): void {
    this.#lastFrameAtMs = this.#now();
    for (const window of this.all) window.append(frame);
    this.#considerNext(frame);
  }

  end(): void {
    for (const window of this.all) window.end();
  }

  /** Old frames must not be shown to a viewer who arrives after a pause. */
  clear(): void {
    for (const window of this.all) window.clear();
  }

  dispose(): void {
    for (const window of this.all) window.dispose();
  }

  /** The next window begins at `newest`, which may be the keyframe that revealed the change. */
  #considerNext(newest: Frame): void {
    this.#retired = this.#retired.filter(({ window, askedAtMs }) => {
      const isWatched = this.#now() - askedAtMs <= retiredLingerMs;
      if (!isWatched) window.dispose();
      return isWatched;
    });
    if (this.#next === undefined && this.#current !== undefined && !this.#fits(this.#current)) {
      this.#log.info(
        'the playlist no longer fits the camera or the clock; new viewers get a new one',
        {
          gopMs: this.#current.observedGopMs,
        },
      );
      this.#next = this.#create(this.#current.observedGopMs);
      this.#nextBeganAtMs = this.#now();
      if (this.#run !== undefined) this.#next.begin(this.#run);
      this.#next.append(newest);
    }
    if (this.#next === undefined || this.#next.isEmpty) return;
    const isLate = this.#now() - this.#nextBeganAtMs > longestSuccessionMs;
    if (!this.#next.isReady && !isLate) return;
    this.#retire();
    this.#current = this.#next;
    this.#next = undefined;
  }

  #fits({ needsNewLife, hasIndependentSegments }: LiveWindow): boolean {
    return !needsNewLife && (this.#isEncoded || !hasIndependentSegments);
  }

  #retire(): void {
    const { partSeconds, segmentSeconds, discontinuityCount, diskFailuresTotal, gapCount } = this;
    this.#pastDiskFailures = diskFailuresTotal;
    this.#pastGapCount = gapCount;
    this.#pastParts = partSeconds;
    this.#pastSegments = segmentSeconds;
    this.#pastDiscontinuityCount = discontinuityCount;
    if (this.#current === undefined) return;
    this.#retired.push({ window: this.#current, askedAtMs: this.#now() });
    if (this.#retired.length > maxRetiredCount) this.#retired.shift()?.window.dispose();
  }

  #now(): number {
    return this.#clock.monotonicMs();
  }

  #create(knownGopMs: number | undefined): LiveWindow {
    this.#count++;
    const { config, cameraId, bootId, disk } = this.#options;
    const life = `${bootId}${this.#count.toString(36)}`;
    return new LiveWindow({
      ...config,
      life,
      windowMs: config.windowMs ?? 0,
      folder: disk?.folder(`${cameraId}-${life}`),
      knownGopMs,
      earlierFigures: this.#current?.measuredFigures,
      hasIndependentSegments: this.#isEncoded,
      log: this.#log,
      now: () => this.#now(),
    });
  }
}
