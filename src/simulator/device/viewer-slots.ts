/** Places for viewers, counted over av.asf and videostream.cgi. */
export class ViewerSlots {
  readonly #limit: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#taken >= this.#limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Undefined when all are taken. The returned function frees the place; a device that does not notice a broken
   * connection at once does so `afterMs` later.
   */
  take(): ((afterMs: number) => void) | undefined {
    if (this.isFull) return undefined;
    this.#taken++;
    return (afterMs) => {
      if (afterMs === 0) {
        this.#taken--;
        return;
      }
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#taken--;
      }, afterMs);
      this.#timers.add(timer);
    };
  }

  /** A reboot forgets the dead viewers; those whose connection is being closed free their places themselves. */
  forgetDead(): void {
    this.#taken -= this.#timers.size;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
