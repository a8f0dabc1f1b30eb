import { UpstreamError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { isForeignChallenge, parseChallenges, type Challenge, type Credentials } from './auth.ts';
import type { Denial } from './auth-ways.ts';
import type { CameraAnswer, SmallAnswer } from '../http/camera-answer.ts';
import { cameraUrl } from '../camera-request.ts';
import { CgiSession } from './cgi-session.ts';
import { askBare, type BareAsking } from '../http/redirects.ts';
import { isAbsent } from '../refusals.ts';

export interface UnchallengedLoginOptions extends BareAsking {
  readonly base: URL;
  readonly credentials: Credentials;
  readonly log: Log;
}

/** `silent`: the camera closes every connection of strangers. */
export type LoginChoice = 'query' | 'session' | 'silent' | 'foreign-login' | Challenge;

/**
 * How to show the password to a camera that wants one and does not say how: in the query or to create_session.cgi
 * (camera-protocol.md section 1). Either may count as a failed login when it is wrong, so only one of them is tried.
 *
 * Which one is found out without credentials. Where there are sessions, create_session.cgi is asked: it judges the
 * password, whatever the camera's other paths take. A camera without sessions takes the query, if anything.
 */
export class UnchallengedLogin {
  readonly #options: UnchallengedLoginOptions;
  #choice: 'query' | 'session' | undefined;
  #session: CgiSession | undefined;
  #hasCgi = false;

  constructor(options: UnchallengedLoginOptions) {
    this.#options = options;
  }

  /** As secret as the password; undefined while there is no session. */
  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  /** Whether `choose` was answered in the words of the CGI, or by a challenge: no page of a web server is that. */
  get hasCgi(): boolean {
    return this.#hasCgi;
  }

  /**
   * Asks the path that ends a session, without one: this changes nothing and is no login.
   * @param denied how the camera has refused, which says what its answers to strangers mean
   * @throws UpstreamError unreachable; or the signal's reason.
   */
  async choose(denied: Denial['form'], signal: AbortSignal): Promise<LoginChoice> {
    if (this.#choice !== undefined) return this.#choice;
    const url = cameraUrl(this.#options.base, 'close_session.cgi', {});
    try {
      const answer = await askBare(url, this.#options, signal);
      this.#hasCgi = isCgi(answer);
      const choice = choiceBy(answer, denied);
      if (choice === 'query' || choice === 'session') this.#choice = choice;
      return choice;
    } catch (error) {
      if (!(error instanceof UpstreamError) || signal.aborted) throw error;
      if (error.reason === 'unreachable') throw error;
      return error.reason === 'closed' ? 'silent' : 'query';
    }
  }

  /** After credentials that were not accepted: the next dial tries the other one, as far as there is another. */
  reconsider(tried: 'query' | 'session'): void {
    this.#choice = tried === 'session' ? 'query' : undefined;
  }

  /**
   * In the place of the session before, which is closed.
   * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
   */
  async createSession(signal: AbortSignal): Promise<'made' | 'refused' | 'absent' | 'unclear'> {
    await this.close();
    const { credentials, ...options } = this.#options;
    const session = await CgiSession.create(credentials, options, signal);
    if (typeof session === 'string') return session;
    this.#session = session;
    return 'made';
  }

  /** Ends the session with the camera, if there is one; idempotent, bounded in time. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

function choiceBy(answer: CameraAnswer, denied: Denial['form']): Exclude<LoginChoice, 'silent'> {
  if (answer.type === 'media') {
    answer.close();
    return 'query';
  }
  const { status, headers, content } = answer;
  const isRefusal = status === 401 || status === 403;
  const challenges = isRefusal ? headers.all('www-authenticate') : [];
  const [challenge] = parseChallenges(challenges);
  if (challenge !== undefined) return challenge;
  if (isForeignChallenge(challenges)) return 'foreign-login';
  if (isAbsent(answer) || (status >= 300 && !isRefusal)) return 'query';
  // A page is what strangers get in the place of every path, or in the place of one that is not there.
  if (content.kind === 'html') return denied === 'login-page' ? 'session' : 'query';
  return isRefusal || isCgiWord(answer) ? 'session' : 'query';
}

function isCgi(answer: CameraAnswer): boolean {
  if (answer.type === 'media') return false;
  const { status, content } = answer;
  if (status === 401) return true;
  return isCgiWord(answer) || content.kind === 'not-found' || content.kind === 'cannot-parse';
}

function isCgiWord({ content }: SmallAnswer): boolean {
  return content.kind === 'values' || content.kind === 'error';
}
