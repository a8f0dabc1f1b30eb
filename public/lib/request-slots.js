/**
 * @typedef {'warm' | 'cold'} Lane cold: a camera that may take seconds to answer
 * @typedef {{ lane: Lane, run: () => Promise<void> }} Waiting
 */

/**
 * Lets a bounded number of requests run at once. HTTP/1.1 gives a page six connections to the gateway; players and the
 * API need some of them. Cameras that are starting may hold a request for seconds, so they never take every slot.
 */
export class RequestSlots {
  /** @type {Waiting[]} */
  #waiting = [];
  #running = { warm: 0, cold: 0 };
  #limits;

  /** @param {{ total: number, cold: number }} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  /** @param {{ total: number, cold: number }} limits */
  set limits(limits) {
    this.#limits = limits;
    this.#startWaiting();
  }

  /**
   * Runs the job when there is room, in the order of asking within its lane.
   *
   * @param {Lane} lane
   * @param {AbortSignal} signal a job that is aborted while waiting is not run
   * @param {() => Promise<void>} job
   * @returns {Promise<void>}
   */
  run(lane, signal, job) {
    return new Promise((resolve, reject) => {
      const run = () => (signal.aborted ? Promise.resolve() : job()).then(resolve, reject);
      this.#waiting.push({ lane, run });
      this.#startWaiting();
    });
  }

  #startWaiting() {
    for (;;) {
      const index = this.#waiting.findIndex(({ lane }) => this.#hasRoom(lane));
      const next = this.#waiting[index];
      if (next === undefined) return;
      this.#waiting.splice(index, 1);
      this.#running[next.lane] += 1;
      void next.run().finally(() => {
        this.#running[next.lane] -= 1;
        this.#startWaiting();
      });
    }
  }

  /** @param {Lane} lane */
  #hasRoom(lane) {
    const { warm, cold } = this.#running;
    return warm + cold < this.#limits.total && (lane === 'warm' || cold < this.#limits.cold);
  }
}
