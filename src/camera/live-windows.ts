import { LiveWindow } from '../hls/live-window.ts';
import type { Log } from '../lib/log.ts';
import type { Fragment, InitSegment } from '../media/types.ts';
import type { HlsConfig } from '../config/config.ts';

/** A playlist that new viewers no longer get goes on this long after the last request of an old viewer. */
const retiredLingerMs = 30_000;

/**
 * The live windows of one camera: one, except while viewers of an older playlist remain. A playlist's targets never
 * change (rfc8216bis 4.4.3), so when the camera's GOP or frame rate no longer fits them, a window with fitting targets
 * begins for new viewers, and the old one goes on for those who have it.
 */
export class LiveWindows {
  readonly #config: HlsConfig;
  readonly #bootId: string;
  readonly #log: Log;
  readonly #now: () => number;
  #current: LiveWindow | undefined;
  #next: LiveWindow | undefined;
  #retired: LiveWindow | undefined;
  #retiredAskedAtMs = 0;
  #count = 0;
  #init: InitSegment | undefined;
  #lastFragmentAtMs = 0;

  constructor(options: { config: HlsConfig; bootId: string; log: Log; now: () => number }) {
    this.#config = options.config;
    this.#bootId = options.bootId;
    this.#log = options.log;
    this.#now = options.now;
  }

  /** What new viewers get; it may be empty still. */
  get current(): LiveWindow | undefined {
    return this.#current;
  }

  get lastFragmentAtMs(): number {
    return this.#lastFragmentAtMs;
  }

  find(life: string): LiveWindow | undefined {
    if (this.#current?.life === life) return this.#current;
    if (this.#retired?.life !== life) return undefined;
    this.#retiredAskedAtMs = this.#now();
    return this.#retired;
  }

  get all(): readonly LiveWindow[] {
    return [this.#current, this.#next, this.#retired].filter((window) => window !== undefined);
  }

  /** A new encoder or remuxer begins. `knownGopMs` is what was learned of the camera, undefined if nothing was. */
  begin(init: InitSegment, knownGopMs: number | undefined): void {
    this.#init = init;
    this.#current ??= this.#create(knownGopMs);
    for (const window of this.all) window.begin(init);
  }

  append(fragment: Fragment): void {
    const nowMs = this.#now();
    this.#lastFragmentAtMs = nowMs;
    for (const window of this.all) window.append(fragment, nowMs);
    this.#succeed();
  }

  end(): void {
    for (const window of this.all) window.end();
  }

  /** Old pictures must not be shown to a viewer who comes after a pause. */
  clear(): void {
    for (const window of this.all) window.clear();
  }

  dispose(): void {
    for (const window of this.all) window.dispose();
  }

  #succeed(): void {
    if (this.#retired !== undefined && this.#now() - this.#retiredAskedAtMs > retiredLingerMs) {
      this.#retired.dispose();
      this.#retired = undefined;
    }
    if (this.#next === undefined && this.#current?.needsNewLife === true) {
      this.#log.info('playlist targets no longer fit the camera: new viewers get a new playlist', {
        gopMs: this.#current.observedGopMs,
      });
      this.#next = this.#create(this.#current.observedGopMs);
      if (this.#init !== undefined) this.#next.begin(this.#init);
    }
    if (this.#next !== undefined && !this.#next.isEmpty) {
      this.#retired?.dispose();
      this.#retired = this.#current;
      this.#retiredAskedAtMs = this.#now();
      this.#current = this.#next;
      this.#next = undefined;
    }
  }

  #create(knownGopMs: number | undefined): LiveWindow {
    this.#count++;
    return new LiveWindow({
      ...this.#config,
      life: `${this.#bootId}${this.#count.toString(36)}`,
      knownGopMs,
      log: this.#log,
      now: this.#now,
    });
  }
}
