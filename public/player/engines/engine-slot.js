import { browserAbilities, usableEngines } from './engine.js';
import { createHlsEngine } from './hls-engine.js';
import { createMjpegEngine } from './mjpeg-engine.js';
import { createNativeEngine } from './native-engine.js';

/** @typedef {import('./engine.js').Engine} Engine */

/**
 * @typedef {object} SlotOwner
 * @property {() => void} onEngine there is a new engine
 * @property {(failure: import('./engine.js').EngineFailure) => void} onFailure of the present engine, or while one is
 * built
 * @property {() => void} onFilling of the present engine
 */

/** Holds the one engine that plays, and replaces it; reports of a replaced engine are ignored. */
export class EngineSlot {
  #place;
  #owner;
  #run = new AbortController();
  #names = usableEngines(browserAbilities());
  /** @type {Engine | null} */
  #engine = null;

  /**
   * @param {Omit<import('./engine.js').EngineContext, 'onFailure' | 'onFilling'>} place where the pictures go
   * @param {SlotOwner} owner
   */
  constructor(place, owner) {
    this.#place = place;
    this.#owner = owner;
  }

  /** Null before the first one, and while one is being loaded or built. */
  get engine() {
    return this.#engine;
  }

  /** Ends with the current engine. */
  get signal() {
    return this.#run.signal;
  }

  build() {
    this.dispose();
    this.#run = new AbortController();
    void this.#create(this.#run.signal);
  }

  /** The next simpler engine, if there is one. */
  fallBack() {
    if (this.#names.length > 1) this.#names.shift();
    this.build();
  }

  dispose() {
    this.#run.abort();
    this.#engine?.destroy();
    this.#engine = null;
  }

  /** @param {AbortSignal} signal of this run */
  async #create(signal) {
    /** @param {import('./engine.js').EngineFailure} failure */
    const onFailure = (failure) => {
      if (!signal.aborted) this.#owner.onFailure(failure);
    };
    const onFilling = () => {
      if (!signal.aborted) this.#owner.onFilling();
    };
    try {
      const engine = await this.#newEngine({ ...this.#place, onFailure, onFilling });
      if (signal.aborted) return engine.destroy();
      this.#engine = engine;
      this.#owner.onEngine();
    } catch {
      onFailure({ kind: 'other', details: 'engine' }); // the library could not be fetched: the network, mostly
    }
  }

  /**
   * @param {import('./engine.js').EngineContext} context
   * @returns {Promise<Engine> | Engine}
   */
  #newEngine(context) {
    if (this.#names[0] === 'hls.js') return createHlsEngine(context);
    return this.#names[0] === 'native' ? createNativeEngine(context) : createMjpegEngine(context);
  }
}
