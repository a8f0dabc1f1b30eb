import { UpstreamError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Credentials } from './auth.ts';
import { denialOf, nextStep, type AuthWay, type Denial, type TriedWay } from './auth-ways.ts';
import { ask, type CameraAnswer } from './camera-answer.ts';
import { withParameters } from './camera-url.ts';
import { CgiSession } from './cgi-session.ts';
import { HeaderAuthorizer } from './header-authorizer.ts';
import { requestTarget } from './http-exchange.ts';
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
   * @throws UpstreamError wrong-password, no-permission, unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  async ask(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    let target = url;
    let tried: TriedWay = {
      way: this.#remembered ?? { kind: 'none' },
      isRemembered: this.#remembered !== undefined,
      isRenewed: false,
    };
    for (;;) {
      const reply = await this.#try(target, tried, signal);
      if (reply.denial === undefined) {
        this.#remembered = tried.way;
        return reply.answer;
      }
      // Credentials go where the camera redirected to, as the challenge came from there.
      if (tried.way.kind === 'none') target = reply.url;
      tried = await this.#next(tried, reply.denial, signal);
    }
  }

  /**
   * Asks without credentials, for a request that carries its own right (a ticket).
   * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  askBare(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return ask({ url, authorization: undefined }, this.timeouts, signal);
  }

  /** Ends the session with the camera, if there is one; idempotent, bounded in time. */
  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (this.#remembered?.kind === 'session') this.#remembered = undefined;
    await session?.close();
  }

  async #try(
    url: URL,
    { way, isRemembered }: TriedWay,
    signal: AbortSignal,
  ): Promise<
    | { readonly denial: undefined; readonly answer: CameraAnswer }
    | { readonly denial: Denial; readonly url: URL }
  > {
    try {
      const answer = await this.#send(url, way, signal);
      const denial = denialOf(answer, way);
      if (denial === undefined || answer.type === 'media') return { denial: undefined, answer };
      const isOurs = this.#hasCredentials || denial.form === 'unauthorized';
      return isOurs ? { denial, url: answer.url } : { denial: undefined, answer };
    } catch (error) {
      // A connection closed without a word is how some firmware refuses an unknown caller or breaks on a header.
      const isSilence = error instanceof UpstreamError && error.reason === 'closed';
      const isOpening = way.kind === 'none' || way.kind === 'header';
      if (!isSilence || !isOpening || isRemembered || !this.#hasCredentials) throw error;
      return { denial: { form: 'silence', challenges: [] }, url };
    }
  }

  async #send(url: URL, way: AuthWay, signal: AbortSignal): Promise<CameraAnswer> {
    switch (way.kind) {
      case 'none':
        return this.askBare(url, signal);
      case 'header': {
        if (this.#authorizer?.challenge !== way.challenge) {
          this.#authorizer = new HeaderAuthorizer(way.challenge, this.#credentials);
        }
        const authorization = this.#authorizer.authorize(requestTarget(url));
        return ask({ url, authorization }, this.timeouts, signal);
      }
      case 'query': {
        const { username, password } = this.#credentials;
        return this.askBare(withParameters(url, { user: username, pwd: password }), signal);
      }
      case 'session':
        return this.askBare(withParameters(url, { session: this.#session?.id ?? '' }), signal);
    }
  }

  /** The next way, ready to be used. @throws UpstreamError when there is none. */
  async #next(tried: TriedWay, denial: Denial, signal: AbortSignal): Promise<TriedWay> {
    this.#remembered = undefined;
    if (!this.#hasCredentials) {
      throw new UpstreamError('wrong-password', 'the camera asks for a user name and a password');
    }
    const step = nextStep(tried, denial);
    if (step === 'wrong-password') throw wrongPassword();
    if (step === 'no-permission') {
      throw new UpstreamError('no-permission', 'the camera account may not watch this stream');
    }
    if (step.kind === 'session') await this.#createSession(signal);
    this.#log.debug('the camera asks for credentials', { way: step.kind });
    const isRenewed = step.kind === 'header' && tried.way.kind === 'header';
    return { way: step, isRemembered: false, isRenewed };
  }

  async #createSession(signal: AbortSignal): Promise<void> {
    const { base, timeouts } = this;
    this.#session?.abandon();
    this.#session = undefined;
    const options = { base, timeouts, log: this.#log };
    this.#session = await CgiSession.create(this.#credentials, options, signal);
    if (this.#session === undefined) throw wrongPassword();
  }

  get #hasCredentials(): boolean {
    return this.#credentials.username !== '';
  }
}

function wrongPassword(): UpstreamError {
  return new UpstreamError(
    'wrong-password',
    'the camera does not accept the user name or password',
  );
}
