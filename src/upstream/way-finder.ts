import { UpstreamError } from '../lib/errors.ts';
import type { FailureReason } from '../lib/reasons.ts';
import type { Log } from '../lib/log.ts';
import type { Disclosure } from './disclosure.ts';
import type { UpstreamSession } from './upstream.ts';
import { endsDial } from './refusals.ts';
import { openWayIn, type Probe, type WayIn, type WayInContext } from './ways-in.ts';

/** Not this way: the camera does not have it, or answers it with something else, or not at all. */
const missReasons: readonly FailureReason[] = ['endpoint-absent', 'bad-answer', 'closed'];

/** So often a way that has worked may be closed before others are looked for: cameras restart and are full at times. */
const patience = 3;

export interface WayFinderOptions {
  readonly probe: Probe;
  readonly context: WayInContext;
  readonly log: Log;
}

type Misses = Map<WayIn, UpstreamError>;

/** Finds the way into a camera, best first, each at most twice in a dial, and begins with what worked last. */
export class WayFinder {
  readonly #probe: Probe;
  readonly #context: WayInContext;
  readonly #log: Log;
  #remembered: WayIn | undefined;
  #closedInARow = 0;

  constructor({ probe, context, log }: WayFinderOptions) {
    this.#probe = probe;
    this.#context = context;
    this.#log = log;
  }

  /** One way alone has nothing to wait for. */
  get isChoice(): boolean {
    return this.#probe.ways.length > 1;
  }

  /**
   * A second round is for what may want to know who asks without having said so. That comes last, because the password
   * is shown once, and a page at one address says nothing of the others.
   *
   * @throws UpstreamError with the reason; or the signal's reason.
   */
  async open(disclosure: Disclosure, signal: AbortSignal): Promise<UpstreamSession> {
    const remembered = this.#remembered;
    const rest = this.#probe.ways.filter((way) => way !== remembered);
    const misses: Misses = new Map();
    const heldBack: WayIn[] = [];
    for (const way of remembered === undefined ? rest : [remembered, ...rest]) {
      const session = await this.#try(way, misses, { disclosure, signal });
      if (session !== undefined) return session;
      if (disclosure.takeHeldBack() && way !== this.#probe.guess) heldBack.push(way);
    }
    disclosure.stopHesitating();
    for (const way of heldBack) {
      const session = await this.#try(way, misses, { disclosure, signal });
      if (session !== undefined) return session;
      if (disclosure.isNotAccepted) break;
    }
    this.#remembered = undefined;
    throw this.#noWayIn(misses);
  }

  async #try(
    way: WayIn,
    misses: Misses,
    { disclosure, signal }: { readonly disclosure: Disclosure; readonly signal: AbortSignal },
  ): Promise<UpstreamSession | undefined> {
    disclosure.beginWay({ isPlain: this.#probe.plain.includes(way) });
    try {
      const session = await openWayIn(way, this.#context, signal);
      this.#remember(way, misses);
      return session;
    } catch (error) {
      // Also after an abort: what the camera has said to a password counts.
      if (!this.#isMiss(way, error)) throw error;
      signal.throwIfAborted();
      misses.set(way, error);
      return undefined;
    }
  }

  #isMiss(way: WayIn, error: unknown): error is UpstreamError {
    if (!(error instanceof UpstreamError) || endsDial(error)) return false;
    if (way === this.#remembered && error.reason === 'closed') {
      this.#closedInARow += 1;
      return this.#closedInARow >= patience && this.isChoice;
    }
    const isUnansweredGuess = way === this.#probe.guess && error.reason === 'timeout';
    return missReasons.includes(error.reason) || isUnansweredGuess;
  }

  /** Behind a better way that was closed and may be open again, this one is only for now. */
  #remember(way: WayIn, misses: Misses): void {
    const isForNow = [...misses.values()].some(({ reason }) => reason === 'closed');
    if (this.#remembered !== way) this.#log.info('the camera gives media', { via: way });
    this.#remembered = isForNow ? undefined : way;
    this.#closedInARow = 0;
  }

  /** What was there but is no stream says more than what was not there at all, except where it was only a guess. */
  #noWayIn(misses: Misses): UpstreamError {
    const { ways, guess } = this.#probe;
    const found = [...misses].find(
      ([way, { reason }]) => way !== guess && reason !== 'endpoint-absent',
    );
    if (found !== undefined) return found[1];
    const tried = ways.map((way) => (way === 'http' ? 'the configured address' : way)).join(', ');
    return new UpstreamError('endpoint-absent', `the camera has none of these: ${tried}`);
  }
}
