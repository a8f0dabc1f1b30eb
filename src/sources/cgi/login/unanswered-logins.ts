import { UpstreamError } from '../../../lib/errors.ts';
import type { Disclosure } from './disclosure.ts';

/** So often a camera that hangs may swallow a password at the pace of its absence. */
const patience = 3;
const spacingMs = 60_000;

export interface LoginAttempt {
  /** It was right the last time, so a camera that does not answer hangs. */
  readonly isRemembered: boolean;
  readonly disclosure: Disclosure;
  /** Ends when nobody wants the camera any more. */
  readonly signal: AbortSignal;
}

/**
 * Logins that the camera took and never answered. No answer is not a no, and a camera that restarts in the middle of a
 * login must be back soon; but it may count each of them as failed, and lock everybody out after ten
 * (camera-protocol.md section 1).
 */
export class UnansweredLogins {
  #count = 0;

  /**
   * Sends a password. An abort does not cut its verdict short, unless the camera has taken it in this dial.
   * @throws what `send` throws; or the signal's reason, when aborted before.
   */
  async sendPassword<T>(
    { isRemembered, disclosure, signal }: LoginAttempt,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (disclosure.isAccepted) return send(signal);
    try {
      const answer = await send(disclosure.verdictSignal);
      this.#count = 0;
      return answer;
    } catch (error) {
      const isUnanswered = error instanceof UpstreamError && error.reason === 'timeout';
      throw isUnanswered && !isRemembered ? this.record(error) : error;
    }
  }

  /** The failure to report, with the least time until the next login: a minute from the third in a row on. */
  record(failure: UpstreamError): UpstreamError {
    this.#count += 1;
    const retryAfterMs = this.#count < patience ? 0 : spacingMs;
    const message = 'the camera does not answer when it is sent the user name and password';
    return new UpstreamError(failure.reason, message, { cause: failure, retryAfterMs });
  }
}
