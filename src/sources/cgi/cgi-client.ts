import type { Log } from '../../lib/log.ts';
import { HeaderAuthorizer, type Credentials } from './login/authorization.ts';
import { ask, type Asking, type CameraAnswer } from './http/camera-answer.ts';
import { withParameters } from './camera-request.ts';
import { FruitlessConnections } from './http/fruitless-connections.ts';
import { requestTarget } from './http/http-exchange.ts';
import { Login, withCredentials, type Proof } from './login/login.ts';
import { CookieJar } from './http/cookies.ts';
import { followRedirects, MovedError, type Hop } from './http/redirects.ts';
import type { UpstreamTimeouts } from './http/timeouts.ts';

export interface CgiClientOptions extends Omit<Asking, 'cookies' | 'hasAccount'> {
  readonly base: URL;
  /** An empty username: none were configured, none are sent. */
  readonly credentials: Credentials;
  readonly log: Log;
}

/** Asks one camera. How it authenticates is the login's to find out; here a request is sent in the way it says. */
export class CgiClient {
  readonly base: URL;
  readonly timeouts: UpstreamTimeouts;
  readonly login: Login;
  readonly #credentials: Credentials;
  readonly #asking: Asking;
  /** Of the present dial. */
  readonly #cookies = new CookieJar();
  readonly #fruitless = new FruitlessConnections(() => performance.now());
  #authorizer: HeaderAuthorizer | undefined;

  constructor(options: CgiClientOptions) {
    this.base = options.base;
    this.timeouts = options.timeouts;
    this.#credentials = options.credentials;
    const { timeouts, budget, userAgent } = options;
    const hasAccount = options.credentials.username !== '';
    this.#asking = { timeouts, budget, userAgent, hasAccount, cookies: this.#cookies };
    this.login = new Login({
      ...options,
      ...this.#asking,
      mayConnect: () => !this.#fruitless.isExhausted,
    });
  }

  /** @param verdictSignal how long the verdict on a password is waited for, also when nobody waits for the camera */
  beginDial(isHesitant: boolean, verdictSignal: AbortSignal): void {
    this.#fruitless.beginDial();
    this.#cookies.clear();
    this.login.beginDial(isHesitant, verdictSignal);
  }

  /**
   * The answer to a request that the camera takes as ours.
   * An abort waits until credentials that are on their way are judged: sent again, they would count once more.
   *
   * @throws UpstreamError wrong-password, locked-out, no-permission, unreachable, timeout, closed, bad-answer,
   * endpoint-absent (MovedError); or the signal's reason.
   */
  async ask(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    const answer = await this.#askThrough(url, signal);
    if (!this.login.isForgotten(answer, !this.#cookies.isEmpty)) return answer;
    this.#cookies.clear();
    return this.#askThrough(url, signal);
  }

  #askThrough(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return followRedirects(url, (hop) => this.#askHop(hop, signal), this.#cookies);
  }

  /**
   * Asks without credentials, for a request that carries its own right (a ticket).
   * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  askBare(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    return followRedirects(url, (hop) => this.#askOnce(hop.url, signal), this.#cookies);
  }

  /** Ends the session with the camera, if there is one; idempotent, bounded in time. */
  dispose(): Promise<void> {
    return this.login.dispose();
  }

  #askHop({ url, isSameOrigin }: Hop, signal: AbortSignal): Promise<CameraAnswer> {
    if (!isSameOrigin) return this.#askElsewhere(url, signal);
    const send = (proof: Proof, limited: AbortSignal): Promise<CameraAnswer> =>
      this.#send(url, proof, limited);
    return this.login.ask({ url, send, signal });
  }

  async #askElsewhere(url: URL, signal: AbortSignal): Promise<CameraAnswer> {
    const answer = await this.#askOnce(url, signal);
    if (answer.type === 'text' && answer.status === 401) throw new MovedError(url);
    return answer;
  }

  #send(url: URL, { way, charset }: Proof, signal: AbortSignal): Promise<CameraAnswer> {
    const credentials = this.#credentials;
    switch (way.kind) {
      case 'none':
        return this.#askOnce(url, signal);
      case 'header': {
        if (this.#authorizer?.challenge !== way.challenge || this.#authorizer.charset !== charset) {
          this.#authorizer = new HeaderAuthorizer(way.challenge, credentials, charset);
        }
        return this.#askOnce(url, signal, this.#authorizer.authorize(requestTarget(url)));
      }
      case 'query':
        return this.#askOnce(withCredentials(url, credentials, charset), signal);
      case 'session':
        return this.#askOnce(withParameters(url, { session: way.id }), signal);
    }
  }

  #askOnce(url: URL, signal: AbortSignal, authorization?: string): Promise<CameraAnswer> {
    return this.#fruitless.bound(() => ask({ url, authorization }, this.#asking, signal));
  }
}
