/** Distance of the beats, in milliseconds. */
const beatMs = 20;
/** Pauses are remembered this long, in milliseconds: longer than what one look at a playlist is about. */
const memoryMs = 300_000;

/**
 * How much time this process lost because it was not run: on a busy machine that is no server's fault, and the server
 * beside it loses as much.
 */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #lostMs = 0;
  #pauses: { readonly endedMs: number; readonly lostMs: number }[] = [];

  constructor() {
    this.#timer = setInterval(() => this.#beat(), beatMs);
    this.#timer.unref();
  }

  /**
   * In milliseconds since the start; only grows. The beat that is due counts: sockets that became readable during a
   * pause may be read before the timer runs.
   */
  get lostMs(): number {
    return this.#lostMs + this.#overdueMs();
  }

  /** What of it was lost since that time of `performance.now()`, as far as the memory reaches. */
  lostSince(sinceMs: number): number {
    const recent = this.#pauses.filter(({ endedMs }) => endedMs >= sinceMs);
    return recent.reduce((sum, { lostMs }) => sum + lostMs, this.#overdueMs());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #overdueMs(): number {
    return Math.max(0, performance.now() - this.#lastMs - 2 * beatMs);
  }

  #beat(): void {
    const endedMs = performance.now();
    const lostMs = this.#overdueMs();
    this.#lastMs = endedMs;
    if (lostMs === 0) return;
    this.#lostMs += lostMs;
    this.#pauses = this.#pauses.filter((pause) => endedMs - pause.endedMs < memoryMs);
    this.#pauses.push({ endedMs, lostMs });
  }
}
