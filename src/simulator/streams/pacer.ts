/** Something that has a next time to be run. */
export interface Paced {
  /** By performance.now(), as all times here; Infinity for never. */
  readonly dueAt: number;
  run(now: number): void;
}

/** What falls due within this time is done in one go, so that many streams share a wake-up. */
const slackMs = 2;
const longestSleepMs = 1000;

/** One timer for any number of streams. */
export class Pacer {
  readonly #members = new Set<Paced>();
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Infinity;

  /** Returns the function that takes the member out again. */
  add(member: Paced): () => void {
    this.#members.add(member);
    this.#schedule(member.dueAt);
    return () => {
      this.#members.delete(member);
      if (this.#members.size > 0) return;
      clearTimeout(this.#timer);
      this.#wakesAt = Infinity;
    };
  }

  #schedule(dueAt: number): void {
    const now = performance.now();
    const wakesAt = Math.min(dueAt, now + longestSleepMs);
    if (wakesAt >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = wakesAt;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, wakesAt - now));
  }

  #wake(): void {
    this.#wakesAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const member of this.#members) {
      if (member.dueAt <= now + slackMs) member.run(now);
      next = Math.min(next, member.dueAt);
    }
    if (this.#members.size > 0) this.#schedule(next);
  }
}
