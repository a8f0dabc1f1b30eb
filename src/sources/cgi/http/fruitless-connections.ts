import { UpstreamError } from '../../../lib/errors.ts';
import type { CameraAnswer } from './camera-answer.ts';
import { isRedirect } from './redirects.ts';

/** A redirect may be followed by a good answer: a row of them counts as much as two closed connections. */
const weights = { closed: 2, redirect: 1 } as const;
/** Enough for one try at each path that a camera may have, all of them closed but the last. */
const fullLimit = 14;
/** Two closed connections, or the longest row of redirects that is followed. */
const briefLimit = 4;
const fullEveryMs = 60_000;

/**
 * Bounds the connections of a camera that closes all of them or redirects in circles: looking for a way in behind
 * such answers costs a dozen connections in each dial. Once a minute all ways are tried; the dials between end early as
 * long as nothing else has come. Any other answer begins the count anew.
 */
export class FruitlessConnections {
  readonly #now: () => number;
  #weight = 0;
  #limit = fullLimit;
  #last: keyof typeof weights = 'closed';
  #lastFullAtMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that is never set back */
  constructor(now: () => number) {
    this.#now = now;
  }

  beginDial(): void {
    const isSoon = this.#now() - this.#lastFullAtMs < fullEveryMs;
    this.#limit = isSoon ? briefLimit : fullLimit;
    this.#weight = 0;
  }

  get isExhausted(): boolean {
    return this.#weight >= this.#limit;
  }

  /** @throws UpstreamError closed, bad-answer: this dial may connect no more; and what `ask` throws. */
  async bound(ask: () => Promise<CameraAnswer>): Promise<CameraAnswer> {
    if (this.isExhausted) throw exhausted(this.#last);
    try {
      const answer = await ask();
      if (answer.type === 'text' && isRedirect(answer)) this.#count('redirect');
      else this.#weight = 0;
      return answer;
    } catch (error) {
      if (error instanceof UpstreamError && error.reason === 'closed') this.#count('closed');
      throw error;
    }
  }

  #count(what: keyof typeof weights): void {
    this.#last = what;
    this.#weight += weights[what];
    if (this.#weight >= fullLimit) this.#lastFullAtMs = this.#now();
  }
}

function exhausted(last: keyof typeof weights): UpstreamError {
  return last === 'closed'
    ? new UpstreamError('closed', 'the camera closes every connection without an answer')
    : new UpstreamError('bad-answer', 'the camera redirects in a circle');
}
