/** Distance of the beats, in milliseconds. */
const beatMs = 20;

/**
 * How much time this process lost because it was not run: on a busy machine that is no server's fault, and the server
 * beside it loses as much.
 */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();
  #lostMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#beat(), beatMs);
    this.#timer.unref();
  }

  /** In milliseconds since the start; only grows. */
  get lostMs(): number {
    return this.#lostMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const nowMs = performance.now();
    this.#lostMs += Math.max(0, nowMs - this.#lastMs - 2 * beatMs);
    this.#lastMs = nowMs;
  }
}
