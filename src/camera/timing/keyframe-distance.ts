/** How far apart the keyframes of a session are, by arrival. */
export class KeyframeDistance {
  #lastAtMs: number | undefined;
  #longestMs: number | undefined;

  /** In milliseconds; undefined until two came. */
  get longestMs(): number | undefined {
    return this.#longestMs;
  }

  keyframe(arrivedAtMs: number): void {
    if (this.#lastAtMs !== undefined) {
      this.#longestMs = Math.max(this.#longestMs ?? 0, arrivedAtMs - this.#lastAtMs);
    }
    this.#lastAtMs = arrivedAtMs;
  }

  /** A hole follows, which is no distance. */
  interrupt(): void {
    this.#lastAtMs = undefined;
  }
}
