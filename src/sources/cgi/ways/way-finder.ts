import type { CgiWay } from '../../../config/config.ts';
import { UpstreamError } from '../../../lib/errors.ts';
import type { FailureReason } from '../../../lib/reasons.ts';
import type { Log } from '../../../lib/log.ts';
import type { UpstreamSession } from '../cgi-session-types.ts';
import { endsDial, LoginWantedError } from '../refusals.ts';
import { openWay, type Probe, type WayContext } from './ways-in.ts';

/** Not this way: the camera does not have it, or answers it with something else, or not at all. */
const missReasons: readonly FailureReason[] = ['endpoint-absent', 'bad-answer', 'closed'];

/** So often a way that has worked may be closed before others are looked for: cameras restart and are full at times. */
const patience = 3;

export interface WayFinderOptions {
  readonly probe: Probe;
  readonly context: WayContext;
  readonly log: Log;
}

type Misses = Map<CgiWay, UpstreamError>;

/** Finds the way into a camera, best first, each at most twice in a dial, and begins with what worked last. */
export class WayFinder {
  readonly #probe: Probe;
  readonly #context: WayContext;
  readonly #log: Log;
  #remembered: CgiWay | undefined;
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
   * A second round is for ways that may require a login without having said so. That comes last, because the password
   * is shown once, and a page at one address says nothing of the others.
   *
   * @throws UpstreamError with the reason; or the signal's reason.
   */
  async open(signal: AbortSignal): Promise<UpstreamSession> {
    const remembered = this.#remembered;
    const rest = this.#probe.ways.filter((way) => way !== remembered);
    const { login } = this.#context.client;
    const misses: Misses = new Map();
    const doubtful: CgiWay[] = [];
    for (const way of remembered === undefined ? rest : [remembered, ...rest]) {
      const session = await this.#try(way, misses, signal);
      if (session !== undefined) return session;
      if (login.hasWithheld && way !== this.#probe.guess) doubtful.push(way);
    }
    login.stopHesitating();
    for (const way of doubtful) {
      const session = await this.#try(way, misses, signal);
      if (session !== undefined) return session;
      if (login.isNotAccepted) break;
    }
    this.#remembered = undefined;
    throw this.#noWay(misses);
  }

  async #try(
    way: CgiWay,
    misses: Misses,
    signal: AbortSignal,
  ): Promise<UpstreamSession | undefined> {
    this.#context.client.login.beginWay(this.#probe.plain.includes(way));
    try {
      const session = await openWay(way, this.#context, signal);
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

  #isMiss(way: CgiWay, error: unknown): error is UpstreamError {
    if (!(error instanceof UpstreamError) || endsDial(error)) return false;
    if (way === this.#remembered && error.reason === 'closed') {
      this.#closedInARow += 1;
      return this.#closedInARow >= patience && this.isChoice;
    }
    if (error instanceof LoginWantedError) return true;
    const isUnansweredGuess = way === this.#probe.guess && error.reason === 'timeout';
    return missReasons.includes(error.reason) || isUnansweredGuess;
  }

  /** Behind a better way that was closed and may be open again, this one is only for now. */
  #remember(way: CgiWay, misses: Misses): void {
    const isForNow = [...misses.values()].some(({ reason }) => reason === 'closed');
    if (this.#remembered !== way) this.#log.info('stream opened', { via: way });
    this.#remembered = isForNow ? undefined : way;
    this.#closedInARow = 0;
  }

  /** What was there but is no stream says more than what was not there at all, except where it was only a guess. */
  #noWay(misses: Misses): UpstreamError {
    const { ways, guess } = this.#probe;
    const found = [...misses].find(
      ([way, { reason }]) => way !== guess && reason !== 'endpoint-absent',
    );
    if (found !== undefined) return found[1];
    const tried = ways.map((way) => (way === 'http' ? 'the configured address' : way)).join(', ');
    return new UpstreamError('endpoint-absent', `the camera has none of these: ${tried}`);
  }
}
