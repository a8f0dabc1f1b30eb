import type { Log } from '../lib/log.ts';
import { retryDelayMs, type RetryPace } from '../lib/retry.ts';
import { sleep } from '../lib/sleep.ts';
import { describeDiskError } from '../lib/disk-errors.ts';
import type { SegmentFolder } from './segment-folder.ts';

export interface SegmentWriterOptions {
  readonly folder: SegmentFolder;
  readonly log: Log;
  /** Called before so many bytes are written: the time to drop old files. */
  readonly makeRoom: (byteLength: number) => void;
  readonly onWritten: (name: string) => void;
}

/** A full or missing disk is tried again at this pace; segments wait in memory meanwhile. */
const retryPace: RetryPace = { firstMs: 1000, factor: 2, capMs: 15_000, jitter: 0.2 };

/**
 * Brings segments to disk one after the other, the oldest first, and removes files before it writes the next, so that
 * the bound on the disk holds. Nobody waits for it: what has not been written stays in memory, where the window's bound
 * on memory decides how long (`cancel`).
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #lifetime = new AbortController();
  readonly #waiting = new Map<string, readonly Buffer[]>();
  readonly #garbage = new Set<string>();
  #isRunning = false;
  #failuresInRow = 0;
  #failuresTotal = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /** Writes and removals that failed. */
  get failuresTotal(): number {
    return this.#failuresTotal;
  }

  write(name: string, chunks: readonly Buffer[]): void {
    this.#waiting.set(name, chunks);
    this.#start();
  }

  /** Without effect once it is written. */
  cancel(name: string): void {
    this.#waiting.delete(name);
  }

  remove(name: string): void {
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
    this.#noteFailure(error);
    await sleep(retryDelayMs(retryPace, this.#failuresInRow, Math.random()), signal);
  }

  /** A file that cannot be removed is given up: it goes with its folder. */
  async #removeGarbage(): Promise<void> {
    for (const name of this.#garbage) {
      this.#garbage.delete(name);
      await this.#options.folder.remove(name);
    }
  }

  async #writeOldest(): Promise<void> {
    const { folder, makeRoom, onWritten } = this.#options;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const [name, chunks] = oldest;
    makeRoom(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    await this.#removeGarbage();
    if (!this.#waiting.has(name)) return;
    await folder.write(name, chunks);
    this.#noteSuccess();
    if (this.#waiting.delete(name)) onWritten(name);
    else this.#garbage.add(name);
  }

  #noteFailure(error: unknown): void {
    this.#failuresTotal += 1;
    this.#failuresInRow += 1;
    if (this.#failuresInRow > 1) return;
    this.#options.log.warn(
      `segments cannot be kept on disk and stay in memory as far as they fit: ${describeDiskError(error)}`,
      { error },
    );
  }

  #noteSuccess(): void {
    if (this.#failuresInRow > 0) this.#options.log.info('segments are kept on disk again');
    this.#failuresInRow = 0;
  }
}
