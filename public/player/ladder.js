import { freshMemory, onFailure, onTick } from './recovery.js';

/** Climbs the ladder of recovery.js: keeps its memory and waits out its delays. */
export class Ladder {
  #memory = freshMemory(performance.now());
  #act;
  /** @type {string | null} */
  #lastFailure = null;

  /** @param {(action: import('./recovery.js').Action) => void} act */
  constructor(act) {
    this.#act = act;
  }

  /** What the engine reported last. */
  get lastFailure() {
    return this.#lastFailure;
  }

  get isMoving() {
    return this.#memory.movingSinceMs !== null;
  }

  /** A recovery step was taken, and the picture has not moved for long since. */
  get isClimbing() {
    return this.#memory.step > 0 || this.#memory.failures > 0;
  }

  get stillForMs() {
    return performance.now() - this.#memory.movedAtMs;
  }

  /**
   * @param {Omit<import('./recovery.js').Facts, 'nowMs'>} facts
   * @returns {import('./recovery.js').Action} to be done now
   */
  look(facts) {
    const { action, memory } = onTick({ ...facts, nowMs: performance.now() }, this.#memory);
    this.#memory = memory;
    return action;
  }

  /**
   * @param {import('./engines/engine.js').EngineFailure} failure
   * @param {AbortSignal} signal of the engine that failed: nothing is done about it any more when it is gone
   */
  failed({ kind, details }, signal) {
    this.#lastFailure = details;
    const failure = { kind, nowMs: performance.now(), random: Math.random() };
    const { action, delayMs, memory } = onFailure(failure, this.#memory);
    this.#memory = memory;
    const timer = setTimeout(() => this.#act(action), delayMs);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }
}
