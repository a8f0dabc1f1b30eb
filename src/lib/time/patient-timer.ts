/** A timer so late, in milliseconds, was not late by load: the process was stopped, or its event loop blocked. */
export const sleptMs = 1_000;

/**
 * A time limit for somebody else. When it is over, but late because this process slept, the limit begins anew, once:
 * timers run before sockets are read, and what has come in the meantime must be seen before anybody is judged.
 */
export class PatientTimer {
  readonly #ms: number;
  readonly #onTime: () => void;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  #hasSlept = false;

  constructor(ms: number, onTime: () => void) {
    this.#ms = ms;
    this.#onTime = onTime;
    this.refresh();
  }

  /** The limit begins anew. */
  refresh(): void {
    this.#hasSlept = false;
    this.#begin();
  }

  /** For good. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(): void {
    this.#dueAtMs = performance.now() + this.#ms;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#fire(), this.#ms);
    else this.#timer.refresh();
  }

  #fire(): void {
    if (this.#hasSlept || performance.now() - this.#dueAtMs < sleptMs) {
      this.#onTime();
      return;
    }
    this.#hasSlept = true;
    this.#begin();
  }
}
