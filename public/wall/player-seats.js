/**
 * Lets no more players run than the connections of the browser carry; the others wait for one to stop, in the order in
 * which they were asked for.
 */
export class PlayerSeats {
  #limit;
  /** @type {Set<() => void>} */
  #seated = new Set();
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {() => number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  /** @param {() => void} sit */
  isWaiting(sit) {
    return this.#waiting.has(sit);
  }

  /** @param {() => void} sit called when there is room, at once if there is room now */
  ask(sit) {
    this.#waiting.add(sit);
    this.#seat();
  }

  /** @param {() => void} sit as it was asked with */
  leave(sit) {
    this.#waiting.delete(sit);
    this.#seated.delete(sit);
    this.#seat();
  }

  #seat() {
    for (const sit of this.#waiting) {
      if (this.#seated.size >= this.#limit()) return;
      this.#waiting.delete(sit);
      this.#seated.add(sit);
      sit();
    }
  }
}
