import { UpstreamError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Credentials } from './auth.ts';
import {
  denialOf,
  nextStep,
  withoutSession,
  type AuthWay,
  type Denial,
  type NextStep,
  type TriedWay,
} from './auth-ways.ts';
import { ask, type CameraAnswer } from './camera-answer.ts';
import { withParameters } from './camera-url.ts';
import { CgiSession } from './cgi-session.ts';
import { HeaderAuthorizer } from './header-authorizer.ts';
import { requestTarget } from './http-exchange.ts';
import { HttpHeaders } from './http-head.ts';
import { isLockedOut } from './lockout.ts';
import { askBare, followRedirects, isRedirect } from './redirects.ts';
import { isAbsent } from './refusals.ts';
import type { UpstreamTimeouts } from './timeouts.ts';

export interface CgiClientOptions {
  readonly base: URL;
  /** An empty username: none were configured, none are shown. */
  readonly credentials: Credentials;
  readonly timeouts: UpstreamTimeouts;
  readonly log: Log;
}

/**
 * Asks one camera and finds out how it wants to be told who asks. The first request of all carries no credentials;
 * what a denial leads to is decided by `nextStep`, and what worked is remembered for the next request.
 */
export class CgiClient {
  readonly base: URL;
  readonly timeouts: UpstreamTimeouts;
  readonly #credentials: Credentials;
  readonly #log: Log;
  #remembered: AuthWay | undefined;
  #authorizer: HeaderAuthorizer | undefined;
  #session: CgiSession | undefined;

  constructor(options: CgiClientOptions) {
    this.base = options.base;
    this.timeouts = options.timeouts;
    this.#credentials = options.credentials;
    this.#log = options.log;
  }

  /**
   * The answer to a request that the camera takes as ours.
   * @throws UpstreamError wrong-password, locked-out, no-permission, unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  ask(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return followRedirects(url, (hop) =>
      hop.isSameOrigin ? this.#askHop(hop.url, signal) : this.#askOnce(hop.url, signal),
    );
  }

  async #askHop(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    let tried: TriedWay = {
      way: this.#remembered ?? { kind: 'none' },
      isRemembered: this.#remembered !== undefined,
      isRenewed: false,
    };
    for (;;) {
      const answer = await this.#try(url, tried, signal);
      const denial = denialOf(answer, tried);
      if (denial === undefined || answer.type === 'media') {
        this.#learn(answer, tried.way);
        return answer;
      }
      const next = await this.#next(tried, denial, signal);
      if (next === 'as-it-is') return answer;
      tried = next;
    }
  }

  /**
   * Asks without credentials, for a request that carries its own right (a ticket).
   * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  askBare(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return askBare(url, this.timeouts, signal);
  }

  /** Ends the session with the camera, if there is one; idempotent, bounded in time. */
  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (this.#remembered?.kind === 'session') this.#remembered = undefined;
    await session?.close();
  }

  /**
   * A connection closed without a word is how some firmware refuses an unknown caller or breaks on a header; here it is
   * an empty answer then.
   */
  async #try(
    url: URL,
    { way, isRemembered }: TriedWay,
    signal: AbortSignal,
  ): Promise<CameraAnswer> {
    try {
      return await this.#send(url, way, signal);
    } catch (error) {
      const isSilence = error instanceof UpstreamError && error.reason === 'closed';
      const isOpening = !isRemembered && (way.kind === 'none' || way.kind === 'header');
      if (!isSilence || !isOpening || !this.#hasCredentials) throw error;
      const headers = new HttpHeaders([]);
      return { type: 'text', url, status: 200, headers, content: { kind: 'empty' } };
    }
  }

  async #send(url: URL, way: AuthWay, signal: AbortSignal): Promise<CameraAnswer> {
    switch (way.kind) {
      case 'none':
        return this.#askOnce(url, signal);
      case 'header': {
        if (this.#authorizer?.challenge !== way.challenge) {
          this.#authorizer = new HeaderAuthorizer(way.challenge, this.#credentials);
        }
        const authorization = this.#authorizer.authorize(requestTarget(url));
        return this.#askOnce(url, signal, authorization);
      }
      case 'query': {
        const { username, password } = this.#credentials;
        return this.#askOnce(withParameters(url, { user: username, pwd: password }), signal);
      }
      case 'session':
        return this.#askOnce(withParameters(url, { session: this.#session?.id ?? '' }), signal);
    }
  }

  #askOnce(url: URL, signal: AbortSignal, authorization?: string): Promise<CameraAnswer> {
    return ask({ url, authorization }, this.timeouts, signal);
  }

  /** The next way, ready to be used. @throws UpstreamError wrong-password, no-permission */
  async #next(
    tried: TriedWay,
    denial: Denial,
    signal: AbortSignal,
  ): Promise<TriedWay | 'as-it-is'> {
    this.#remembered = undefined;
    const step = this.#hasCredentials ? nextStep(tried, denial) : withoutCredentials(denial);
    const outcome =
      typeof step === 'object' && step.kind === 'session'
        ? await this.#createSession(step, denial, signal)
        : step;
    switch (outcome) {
      case 'as-it-is':
        return outcome;
      case 'wrong-password':
        throw await this.#wrongPassword(signal);
      case 'no-permission':
        // The camera knows this account.
        this.#remembered = tried.way;
        throw new UpstreamError(outcome, 'the camera account may not watch this stream');
      default: {
        this.#log.debug('the camera wants to know who asks', { way: outcome.kind });
        const isRenewed = outcome.kind === 'header' && tried.way.kind === 'header';
        return { way: outcome, isRemembered: false, isRenewed };
      }
    }
  }

  /** An address that the camera does not have is often told to anybody, and so is a redirect: they prove nothing. */
  #learn(answer: CameraAnswer, way: AuthWay): void {
    const isTelling = answer.type === 'media' || !(isAbsent(answer) || isRedirect(answer));
    if (isTelling || way.kind !== 'none') this.#remembered = way;
  }

  async #wrongPassword(signal: AbortSignal): Promise<UpstreamError> {
    if (await isLockedOut(this.base, this.timeouts, signal)) {
      return new UpstreamError(
        'locked-out',
        'the camera has locked all logins after too many failed ones',
      );
    }
    const text = this.#hasCredentials
      ? 'the camera does not accept the user name or password'
      : 'the camera asks for a user name and a password, and none is configured';
    return new UpstreamError('wrong-password', text);
  }

  async #createSession(way: AuthWay, denial: Denial, signal: AbortSignal): Promise<NextStep> {
    const { base, timeouts } = this;
    this.#session?.abandon();
    this.#session = undefined;
    const options = { base, timeouts, log: this.#log };
    const session = await CgiSession.create(this.#credentials, options, signal);
    if (session === 'refused') return 'wrong-password';
    if (session === 'absent') return withoutSession(denial);
    this.#session = session;
    return way;
  }

  get #hasCredentials(): boolean {
    return this.#credentials.username !== '';
  }
}

/** Nothing can be shown; only a plain no is one to a caller without credentials. */
function withoutCredentials({ form }: Denial): NextStep {
  return form === 'unauthorized' ? 'wrong-password' : 'as-it-is';
}
