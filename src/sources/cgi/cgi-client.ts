import { UpstreamError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Credentials } from './login/auth.ts';
import {
  denialOf,
  isHint,
  isPageOrSilence,
  nextStep,
  withoutCredentials,
  type AuthWay,
  type Denial,
  type NextStep,
  type AuthAttempt,
} from './login/auth-ways.ts';
import { ask, type CameraAnswer } from './http/camera-answer.ts';
import { withParameters } from './camera-request.ts';
import { Disclosure } from './login/disclosure.ts';
import { FruitlessConnections } from './http/fruitless-connections.ts';
import { HeaderAuthorizer } from './login/header-authorizer.ts';
import { requestTarget } from './http/http-exchange.ts';
import { HttpHeaders } from './http/http-head.ts';
import type { IntakeBudget } from './http/intake-budget.ts';
import { isLockedOut } from './login/lockout.ts';
import { followRedirects, isRedirect, MovedError, type BareAsking } from './http/redirects.ts';
import { foreignLogin, isAbsent, isMeaningless } from './refusals.ts';
import type { UpstreamTimeouts } from './http/timeouts.ts';
import { UnansweredLogins } from './login/unanswered-logins.ts';
import { UnchallengedLogin } from './login/unchallenged-login.ts';

export interface CgiClientOptions extends BareAsking {
  readonly base: URL;
  /** An empty username: none were configured, none are shown. */
  readonly credentials: Credentials;
  readonly log: Log;
}

/**
 * Asks one camera and finds out how it authenticates. The first request of all carries no credentials;
 * what a denial leads to is decided by `nextStep`, and what worked is remembered for the next request.
 */
export class CgiClient {
  readonly base: URL;
  readonly timeouts: UpstreamTimeouts;
  readonly #budget: IntakeBudget | undefined;
  readonly #credentials: Credentials;
  readonly #log: Log;
  readonly #login: UnchallengedLogin;
  #remembered: AuthWay | undefined;
  #authorizer: HeaderAuthorizer | undefined;
  #disclosure = new Disclosure(false, new AbortController().signal);
  readonly #fruitless = new FruitlessConnections(() => performance.now());
  readonly #unanswered = new UnansweredLogins();

  constructor(options: CgiClientOptions) {
    this.base = options.base;
    this.timeouts = options.timeouts;
    this.#budget = options.budget;
    this.#credentials = options.credentials;
    this.#log = options.log;
    this.#login = new UnchallengedLogin(options);
  }

  /** A dial begins: credentials that were not accepted in the one before may be shown again. */
  beginDial(isHesitant: boolean, verdictSignal: AbortSignal): Disclosure {
    this.#fruitless.beginDial();
    this.#disclosure = new Disclosure(isHesitant, verdictSignal);
    return this.#disclosure;
  }

  /**
   * The answer to a request that the camera takes as ours.
   * An abort waits until credentials that are on their way are judged: shown again, they would count once more.
   *
   * @throws UpstreamError wrong-password, locked-out, no-permission, unreachable, timeout, closed, bad-answer,
   * endpoint-absent (MovedError); or the signal's reason.
   */
  ask(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return followRedirects(url, (hop) =>
      hop.isSameOrigin ? this.#askHop(hop.url, signal) : this.#askElsewhere(hop.url, signal),
    );
  }

  async #askElsewhere(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    const answer = await this.#askOnce(url, signal);
    if (answer.type === 'text' && answer.status === 401) throw new MovedError(url);
    return answer;
  }

  async #askHop(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    let tried = this.#attempt(this.#remembered ?? { kind: 'none' }, {
      isRemembered: this.#remembered !== undefined,
      isRenewed: false,
    });
    for (;;) {
      const answer = await this.#try(url, tried, signal);
      const denial = denialOf(answer, tried);
      if (denial === undefined || answer.type === 'media') {
        await this.#learn(answer, tried);
        if (signal.aborted && answer.type === 'media') answer.close();
        signal.throwIfAborted();
        return answer;
      }
      const next = await this.#next(tried, denial, signal);
      if (next === 'as-it-is') return answer;
      tried = next;
    }
  }

  #attempt(way: AuthWay, flags: Pick<AuthAttempt, 'isRemembered' | 'isRenewed'>): AuthAttempt {
    return { way, ...flags, isAccepted: this.#disclosure.isAccepted };
  }

  /**
   * Asks without credentials, for a request that carries its own right (a ticket).
   * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  askBare(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return followRedirects(url, (hop) => this.#askOnce(hop.url, signal));
  }

  /** Why a dial ends that has shown credentials in vain; never rejects. */
  async notAccepted(signal: AbortSignal): Promise<UpstreamError> {
    if (await isLockedOut(this.base, { timeouts: this.timeouts, budget: this.#budget }, signal)) {
      return new UpstreamError(
        'locked-out',
        'the camera has locked all logins after too many failed attempts',
      );
    }
    const text = this.#hasCredentials
      ? 'the camera does not accept the user name or password'
      : 'the camera asks for a user name and password, and none is configured';
    return new UpstreamError('wrong-password', text);
  }

  /** Ends the session with the camera, if there is one; idempotent, bounded in time. */
  async dispose(): Promise<void> {
    if (this.#remembered?.kind === 'session') this.#remembered = undefined;
    await this.#login.close();
  }

  /**
   * A connection closed without a word is how some firmware refuses an unknown caller or breaks on a header; here it is
   * an empty answer then.
   */
  async #try(
    url: URL,
    { way, isRemembered }: AuthAttempt,
    signal: AbortSignal,
  ): Promise<CameraAnswer> {
    try {
      return await this.#send(url, { way, isRemembered }, signal);
    } catch (error) {
      const isSilence = error instanceof UpstreamError && error.reason === 'closed';
      if (!isSilence || isRemembered || !this.#hasCredentials) throw error;
      if (this.#fruitless.isExhausted) throw error;
      if (way.kind === 'query') this.#disclosure.reject();
      if (way.kind === 'query' || way.kind === 'session') throw error;
      if (way.kind === 'header' && signal.aborted) throw this.#unanswered.record(error);
      const headers = new HttpHeaders([]);
      return { type: 'text', url, status: 200, headers, content: { kind: 'empty' } };
    }
  }

  async #send(
    url: URL,
    { way, isRemembered }: Pick<AuthAttempt, 'way' | 'isRemembered'>,
    signal: AbortSignal,
  ): Promise<CameraAnswer> {
    switch (way.kind) {
      case 'none':
        return this.#askOnce(url, signal);
      case 'header': {
        if (this.#authorizer?.challenge !== way.challenge) {
          this.#authorizer = new HeaderAuthorizer(way.challenge, this.#credentials);
        }
        const authorization = this.#authorizer.authorize(requestTarget(url));
        return this.#sendPassword(isRemembered, signal, (shown) =>
          this.#askOnce(url, shown, authorization),
        );
      }
      case 'query': {
        const { username, password } = this.#credentials;
        const target = withParameters(url, { user: username, pwd: password });
        return this.#sendPassword(isRemembered, signal, (shown) => this.#askOnce(target, shown));
      }
      case 'session':
        return this.#askOnce(withParameters(url, { session: this.#login.sessionId ?? '' }), signal);
    }
  }

  #sendPassword<T>(
    isRemembered: boolean,
    signal: AbortSignal,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#unanswered.sendPassword(
      { isRemembered, disclosure: this.#disclosure, signal },
      send,
    );
  }

  #askOnce(url: URL, signal: AbortSignal, authorization?: string): Promise<CameraAnswer> {
    const request = { url, authorization, budget: this.#budget };
    return this.#fruitless.bound(() => ask(request, this.timeouts, signal));
  }

  /** The next way, ready to be used. @throws UpstreamError wrong-password, locked-out, no-permission, bad-answer */
  async #next(
    tried: AuthAttempt,
    denial: Denial,
    signal: AbortSignal,
  ): Promise<AuthAttempt | 'as-it-is'> {
    this.#remembered = undefined;
    if (this.#disclosure.isNotAccepted) return 'as-it-is';
    const step = this.#hasCredentials ? nextStep(tried, denial) : withoutCredentials(denial);
    const way = await this.#wayAfter(step, { tried, denial }, signal);
    if (typeof way === 'object') {
      this.#log.debug('authentication required', { way: way.kind });
      const isNewNonce = way.kind === 'header' && tried.way.kind === 'header';
      const isAfterNewSession = tried.way.kind === 'session' && !tried.isRemembered;
      const isRenewed = isNewNonce || isAfterNewSession;
      return this.#attempt(way, { isRemembered: false, isRenewed });
    }
    switch (way) {
      case 'as-it-is':
        return way;
      case 'wrong-password':
        if (tried.way.kind === 'query') this.#login.reconsider('query');
        throw await this.notAccepted(this.#disclosure.verdictSignal);
      case 'not-accepted':
        this.#login.reconsider('query');
        this.#disclosure.reject();
        return 'as-it-is';
      case 'foreign-login':
        throw foreignLogin();
      case 'no-permission':
        // The camera knows this account.
        this.#remembered = this.#login.sessionId === undefined ? tried.way : { kind: 'session' };
        this.#disclosure.accept();
        throw new UpstreamError(way, 'the camera account may not watch this stream');
    }
  }

  async #wayAfter(
    step: NextStep,
    { tried, denial }: { readonly tried: AuthAttempt; readonly denial: Denial },
    signal: AbortSignal,
  ): Promise<Exclude<NextStep, 'unchallenged'>> {
    if (typeof step === 'object' && step.kind === 'session') return this.#newSession(signal);
    const isDoubtful = this.#disclosure.isAtPlainAddress && isPageOrSilence(denial);
    if (step !== 'unchallenged') {
      const isClear = typeof step === 'object' && step.kind === 'query';
      if (isDoubtful && isClear && tried.way.kind === 'header') await this.#needCgi(denial, signal);
      return step;
    }
    if (isHint(denial) && this.#disclosure.isHesitant) {
      this.#disclosure.withhold();
      return 'as-it-is';
    }
    const choice = await this.#login.choose(denial.form, signal);
    if (typeof choice === 'object') return { kind: 'header', challenge: choice };
    if (choice === 'foreign-login') return choice;
    // Nobody has answered anything: it may be a forwarded port with no camera behind it.
    if (choice === 'silent' && denial.form === 'silence') return 'as-it-is';
    if (isDoubtful && !this.#login.hasCgi) return 'as-it-is';
    return choice === 'session' ? this.#newSession(signal) : { kind: 'query' };
  }

  /**
   * The connection was closed in answer to an Authorization header: only firmware with this CGI means by it that it
   * wants the query. Others may just be restarting, and have asked for something better than a password in clear.
   * @throws UpstreamError closed, where no CGI is seen
   */
  async #needCgi(denial: Denial, signal: AbortSignal): Promise<void> {
    await this.#login.choose(denial.form, signal);
    if (this.#login.hasCgi) return;
    throw this.#unanswered.record(
      new UpstreamError('closed', 'the camera closed the connection in answer to the password'),
    );
  }

  async #newSession(signal: AbortSignal): Promise<Exclude<NextStep, 'unchallenged'>> {
    const created = this.#sendPassword(false, signal, (shown) => this.#login.createSession(shown));
    const outcome = await created.catch((error: unknown) => {
      if (error instanceof UpstreamError && error.reason === 'closed') this.#disclosure.reject();
      throw error;
    });
    switch (outcome) {
      case 'made':
        this.#remembered = { kind: 'session' };
        this.#disclosure.accept();
        return this.#remembered;
      case 'absent':
        return { kind: 'query' };
      case 'refused':
        this.#login.reconsider('session');
        return 'wrong-password';
      case 'unclear':
        this.#login.reconsider('session');
        this.#disclosure.reject();
        return 'as-it-is';
    }
  }

  /** Remembers what the camera takes. */
  async #learn(answer: CameraAnswer, { way, isRemembered }: AuthAttempt): Promise<void> {
    const isUnclear = answer.type === 'text' && (isAbsent(answer) || answer.status >= 300);
    if (way.kind === 'none') {
      // What is not there is often told to anybody, and so is a redirect: they prove nothing.
      const isProof = answer.type === 'media' || !(isAbsent(answer) || isRedirect(answer));
      if (isProof) this.#remembered = way;
      return;
    }
    // With credentials anything but the denial from before is a success, even that the address is absent.
    if (isUnclear && isRemembered) return;
    if (way.kind === 'query' && isMeaningless(answer)) {
      if (!isRemembered) this.#disclosure.reject();
      return;
    }
    this.#remembered = way;
    this.#disclosure.accept();
    if (way.kind === 'query') await this.#login.close();
  }

  get #hasCredentials(): boolean {
    return this.#credentials.username !== '';
  }
}
