import type { Log } from '../../../lib/log.ts';
import { retryDelayMs, type RetryPace } from '../../../lib/time/retry.ts';
import { sleep } from '../../../lib/time/sleep.ts';
import { isDiskFull } from '../../../lib/system/disk-errors.ts';
import { DiskHealth } from './disk-health.ts';
import type { SegmentFolder } from './segment-folder.ts';

/** Makes room on the disk by forgetting old segments. */
export interface DiskRoom {
  /** Before so many bytes are written to a disk that has `freeByteCount` left. */
  makeRoom(byteLength: number, freeByteCount: number): void;
  /** The disk has no room for so many bytes, whatever it said of itself. false where no segment can be spared. */
  giveWay(byteLength: number): boolean;
}

export interface SegmentWriterOptions {
  readonly folder: SegmentFolder;
  readonly log: Log;
  readonly room: DiskRoom;
  readonly onWritten: (name: string) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** A full or missing disk is tried again at this pace; segments wait in memory meanwhile. */
const retryPace: RetryPace = { firstMs: 1000, factor: 2, capMs: 15_000, jitter: 0.2 };
/** A segment is tried so often in a row while old files make room: others may take what was given back. */
const fullDiskTries = 5;

/**
 * Brings segments to disk one after the other, the oldest first, and removes files before it writes the next, so that
 * the bound on the disk holds; on a full disk the oldest files make room. Nobody waits for it: what has not been
 * written stays in memory, where the window's bound on memory decides how long (`forget`).
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #lifetime = new AbortController();
  readonly #waiting = new Map<string, readonly Buffer[]>();
  readonly #garbage = new Set<string>();
  #isRunning = false;
  readonly #health: DiskHealth;
  /** Pauses since the last success. */
  #pauseCount = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#health = new DiskHealth(options.log, options.now);
  }

  /** Writes and removals that failed. */
  get failuresTotal(): number {
    return this.#health.failuresTotal;
  }

  write(name: string, chunks: readonly Buffer[]): void {
    this.#waiting.set(name, chunks);
    this.#start();
  }

  /** It is not written any more, or its file is removed. */
  forget(name: string): void {
    if (this.#waiting.delete(name)) return;
    this.#garbage.add(name);
    this.#start();
  }

  /** Ends for good and removes all files. */
  dispose(): void {
    if (this.#lifetime.signal.aborted) return;
    this.#lifetime.abort();
    this.#waiting.clear();
    this.#start();
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#lifetime;
    while (!signal.aborted && this.#waiting.size + this.#garbage.size > 0) {
      await this.#step().catch((error: unknown) => this.#pause(error));
    }
    this.#isRunning = false;
    if (signal.aborted) await this.#options.folder.removeAll().catch(() => undefined);
  }

  async #step(): Promise<void> {
    await this.#removeGarbage();
    await this.#writeOldest();
  }

  async #pause(error: unknown): Promise<void> {
    const { signal } = this.#lifetime;
    if (signal.aborted) return;
    this.#health.noteFailure(error);
    this.#pauseCount += 1;
    await sleep(retryDelayMs(retryPace, this.#pauseCount, Math.random()), signal);
  }

  /** A file that cannot be removed is given up: it goes with its folder. */
  async #removeGarbage(): Promise<void> {
    for (const name of this.#garbage) {
      this.#garbage.delete(name);
      await this.#options.folder.remove(name);
    }
  }

  async #writeOldest(): Promise<void> {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const [name, chunks] = oldest;
    if (!(await this.#writeWhileNeeded(name, chunks))) return;
    this.#health.noteSuccess();
    this.#pauseCount = 0;
    if (this.#waiting.delete(name)) this.#options.onWritten(name);
    else this.#garbage.add(name);
  }

  /** false where nobody needs it any more, since it is among what made room. */
  async #writeWhileNeeded(name: string, chunks: readonly Buffer[]): Promise<boolean> {
    const { folder, room } = this.#options;
    const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    room.makeRoom(byteLength, await folder.freeByteCount());
    for (let tryCount = 1; ; tryCount += 1) {
      await this.#removeGarbage();
      if (!this.#waiting.has(name)) return false;
      try {
        await folder.write(name, chunks);
        return true;
      } catch (error) {
        const isLast = !isDiskFull(error) || tryCount === fullDiskTries;
        if (this.#lifetime.signal.aborted || isLast || !room.giveWay(byteLength)) throw error;
        this.#health.noteFailure(error);
      }
    }
  }
}
