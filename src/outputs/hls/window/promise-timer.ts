import { PatientTimer } from '../../../lib/time/patient-timer.ts';

export interface PromiseTimerOptions {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** When the next promise ends, by that clock; undefined when nothing that has left a playlist is kept. */
  readonly nextEndMs: () => number | undefined;
  /** Forgets what is no longer promised. */
  readonly forget: () => void;
}

/** Forgets promised media at its time while no part comes that would do so: the camera is idle, or away. */
export class PromiseTimer {
  readonly #options: PromiseTimerOptions;
  #timer: PatientTimer | undefined;

  constructor(options: PromiseTimerOptions) {
    this.#options = options;
  }

  /** Goes on until nothing is promised, or until `stop`. Idempotent. */
  start(): void {
    this.stop();
    const { now, nextEndMs, forget } = this.#options;
    const endMs = nextEndMs();
    if (endMs === undefined) return;
    this.#timer = new PatientTimer(Math.max(0, Math.ceil(endMs - now())), () => {
      forget();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
