import { describeDiskError, isDiskFull } from '../../../lib/system/disk-errors.ts';
import type { Log } from '../../../lib/log.ts';

/** No more than one line in so many milliseconds; and the disk is well when nothing has failed for as long. */
const quietMs = 60_000;

/** Tells people of a disk that fails: once, however often it fails and works in turn, and when it is well again. */
export class DiskHealth {
  readonly #log: Log;
  readonly #now: () => number;
  #saidFailure: string | undefined;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #failuresTotal = 0;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Writes and removals that failed. */
  get failuresTotal(): number {
    return this.#failuresTotal;
  }

  noteFailure(error: unknown): void {
    const nowMs = this.#now();
    this.#failuresTotal += 1;
    this.#failedAtMs = nowMs;
    const failure = sentenceOf(error);
    if (failure === this.#saidFailure || nowMs - this.#saidAtMs < quietMs) return;
    this.#saidFailure = failure;
    this.#saidAtMs = nowMs;
    this.#log.warn(failure, { error });
  }

  noteSuccess(): void {
    if (this.#saidFailure === undefined) return;
    const nowMs = this.#now();
    if (nowMs - Math.max(this.#failedAtMs, this.#saidAtMs) < quietMs) return;
    this.#saidFailure = undefined;
    this.#saidAtMs = nowMs;
    this.#log.info('segments are kept on disk again');
  }
}

function sentenceOf(error: unknown): string {
  const advice = describeDiskError(error);
  return isDiskFull(error)
    ? `the window is shorter than configured, its oldest segments make room for new ones: ${advice}`
    : `segments cannot be kept on disk and stay in memory as far as they fit: ${advice}`;
}
