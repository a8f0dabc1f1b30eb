import { UpstreamError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { cameraUrl, withQuery } from '../camera-request.ts';
import { charsetsOf, percentEncoded, type Credentials } from './authorization.ts';
import type { AuthWay } from './attempt.ts';
import { CgiSession } from './cgi-session.ts';
import { withDeadline } from '../http/deadline.ts';
import { HttpHeaders } from '../http/http-head.ts';
import { next } from './login-reducer.ts';
import {
  initialLogin,
  type Charset,
  type LoginAction,
  type LoginEvent,
  type LoginState,
} from './login-state.ts';
import type { Asking, CameraAnswer } from '../http/camera-answer.ts';
import { askBare } from '../http/redirects.ts';
import { replyOf } from './reply.ts';

export interface LoginOptions extends Asking {
  readonly base: URL;
  /** An empty username: none were configured, none are sent. */
  readonly credentials: Credentials;
  readonly log: Log;
  /** The present dial may make further connections. */
  readonly mayConnect: () => boolean;
}

/** In which way a request is sent, and how the credentials are coded in it. */
export interface Proof {
  readonly way: AuthWay;
  readonly charset: Charset;
}

/** One request, which is sent in one way after another. */
export interface LoginRequest {
  readonly url: URL;
  readonly send: (proof: Proof, signal: AbortSignal) => Promise<CameraAnswer>;
  /** Ends when nobody waits for the request any more; a password that is on its way is judged all the same. */
  readonly signal: AbortSignal;
}

type RequestAction = Extract<
  LoginAction,
  { type: 'send' | 'ask-for-sessions' | 'create-session' | 'ask-for-lockout' }
>;

/**
 * Does what the reducer (login-reducer.ts) says: sends requests, reports what came of them, and keeps the session that
 * the camera gave alive. Decides nothing; one request at a time.
 */
export class Login {
  readonly #options: LoginOptions;
  #state: LoginState;
  #session: CgiSession | undefined;
  #verdictSignal = new AbortController().signal;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#state = initialLogin(
      options.credentials.username !== '',
      charsetsOf(options.credentials),
    );
  }

  /** Credentials were not sent in the present way into the camera, and might have helped. */
  get hasWithheld(): boolean {
    return this.#state.dial.hasWithheld;
  }

  /** The present dial has sent the password in vain. */
  get isNotAccepted(): boolean {
    const { name } = this.#state.dial.standing;
    return name === 'not-accepted' || name === 'reported';
  }

  /** @param verdictSignal how long the verdict on a password is waited for, also when nobody waits for the camera */
  beginDial(isHesitant: boolean, verdictSignal: AbortSignal): void {
    this.#verdictSignal = verdictSignal;
    this.#dispatch({ type: 'dial', isHesitant });
  }

  beginWay(isPlain: boolean): void {
    this.#dispatch({ type: 'way', isPlain });
  }

  stopHesitating(): void {
    this.#dispatch({ type: 'hesitation-over' });
  }

  /**
   * The answer to a request that the camera takes as ours.
   * @throws UpstreamError wrong-password, locked-out, no-permission, bad-answer (a login that is not supported), and
   * what `send` throws; or the signal's reason.
   */
  ask(request: LoginRequest): Promise<CameraAnswer> {
    return this.#carryOut({ type: 'ask' }, request);
  }

  /**
   * Whether an answer, which a request has got in the end, is that of a camera that has forgotten the login: the
   * request is to be asked again then, from the first on.
   */
  isForgotten(answer: CameraAnswer, hasCookies: boolean): boolean {
    const refusal = { type: 'refused', reply: replyOf(answer), hasCookies } as const;
    return this.#dispatch(refusal).type === 'ask-again';
  }

  /** Throws why a dial has failed, which ended by this error. */
  async explain(error: unknown): Promise<never> {
    if (this.#verdictSignal.aborted) throw error;
    const unsent = (): Promise<never> => Promise.reject(new Error('a failed dial sends nothing'));
    const request = { url: this.#options.base, send: unsent, signal: this.#verdictSignal };
    await this.#carryOut({ type: 'dial-failed' }, request, error);
    throw error;
  }

  /** Ends the session with the camera, if there is one; idempotent, bounded in time. */
  async dispose(): Promise<void> {
    this.#dispatch({ type: 'disposed' });
    await this.#closeSession();
  }

  async #carryOut(
    first: LoginEvent,
    request: LoginRequest,
    firstError?: unknown,
  ): Promise<CameraAnswer> {
    // A request that was closed without a word, and not thrown, has an empty answer.
    let answer = emptyAnswer(request.url);
    let error = firstError;
    let action = this.#dispatch(first);
    for (;;) {
      switch (action.type) {
        case 'give':
          if (action.isSessionOver) await this.#closeSession();
          return handedOver(answer, request.signal);
        case 'rethrow':
          throw error;
        case 'fail': {
          const { reason, message, ...options } = action.failure;
          throw new UpstreamError(reason, message, { cause: error, ...options });
        }
        case 'none':
        case 'ask-again':
        case 'close-session':
          throw new Error(`a request cannot lead to ${action.type}`);
        default:
      }
      try {
        const reply = await this.#request(action, request);
        error = undefined;
        // What is asked besides the request is not what its caller gets.
        if (action.type === 'send') answer = reply;
        else if (reply.type === 'media') reply.close();
        action = this.#dispatch({ type: 'answered', reply: replyOf(reply) });
      } catch (failure) {
        if (!(failure instanceof UpstreamError)) throw failure;
        error = failure;
        if (action.type === 'send') answer = emptyAnswer(request.url);
        const isAborted = request.signal.aborted;
        const mayConnect = this.#options.mayConnect();
        action = this.#dispatch({ type: 'failed', reason: failure.reason, isAborted, mayConnect });
      }
    }
  }

  async #request(action: RequestAction, request: LoginRequest): Promise<CameraAnswer> {
    const { base, credentials } = this.#options;
    const { send, signal } = request;
    if (action.type === 'ask-for-lockout') return this.#askForLockout();
    signal.throwIfAborted();
    switch (action.type) {
      case 'send':
        return send(action, action.isUnproven ? this.#verdictSignal : signal);
      case 'ask-for-sessions':
        return askBare(cameraUrl(base, 'close_session.cgi', {}), this.#options, signal);
      case 'create-session': {
        await this.#closeSession();
        const url = withCredentials(
          cameraUrl(base, 'create_session.cgi', {}),
          credentials,
          action.charset,
        );
        return askBare(url, this.#options, action.isUnproven ? this.#verdictSignal : signal);
      }
    }
  }

  /** Without credentials, so it cannot count as another failed login. */
  #askForLockout(): Promise<CameraAnswer> {
    const { base, timeouts } = this.#options;
    const limit = {
      ms: timeouts.answerMs,
      timeoutError: () =>
        new UpstreamError('timeout', 'the camera does not say whether it is locked'),
    };
    return withDeadline([this.#verdictSignal], limit, (limited) =>
      askBare(cameraUrl(base, 'get_badauth.cgi', {}), this.#options, limited),
    );
  }

  #dispatch(event: LoginEvent): LoginAction {
    const { state, action } = next(this.#state, event);
    this.#state = state;
    const { sessionId } = state.known;
    if (sessionId !== undefined && sessionId !== this.#session?.id) {
      this.#session = new CgiSession(sessionId, this.#options);
    }
    if (action.type === 'send' && event.type !== 'ask') {
      this.#options.log.debug('authentication required', { way: action.way.kind });
    }
    return action;
  }

  async #closeSession(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/** An answer that nobody waits for any more is closed. @throws the signal's reason */
function handedOver(answer: CameraAnswer, signal: AbortSignal): CameraAnswer {
  if (signal.aborted && answer.type === 'media') answer.close();
  signal.throwIfAborted();
  return answer;
}

function emptyAnswer(url: URL): CameraAnswer {
  const headers = new HttpHeaders([]);
  return {
    type: 'text',
    url,
    status: 200,
    headers,
    content: { kind: 'empty' },
  };
}

/** The address with `user` and `pwd` in its query. */
export function withCredentials(
  url: URL,
  { username, password }: Credentials,
  charset: Charset,
): URL {
  const user = percentEncoded(username, charset);
  return withQuery(url, [`user=${user}`, `pwd=${percentEncoded(password, charset)}`]);
}
