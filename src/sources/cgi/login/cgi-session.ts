import { UpstreamError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { cameraUrl } from '../camera-request.ts';
import type { Asking } from '../http/camera-answer.ts';
import { askBare } from '../http/redirects.ts';

export interface CgiSessionOptions extends Asking {
  readonly base: URL;
  readonly log: Log;
}

/**
 * A session of create_session.cgi (camera-protocol.md section 2), kept alive until it is closed. The camera may end it
 * at any time; its user finds out by a denial and makes a new one.
 */
export class CgiSession {
  /** As secret as the password. */
  readonly id: string;
  readonly #options: CgiSessionOptions;
  readonly #ended = new AbortController();

  constructor(id: string, options: CgiSessionOptions) {
    this.id = id;
    this.#options = options;
    this.#scheduleSignOfLife();
  }

  /** Tells the camera; idempotent, bounded in time, never rejects: the camera forgets the session by itself as well. */
  async close(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#tell('close_session.cgi', AbortSignal.timeout(this.#options.timeouts.disposeMs));
  }

  #scheduleSignOfLife(): void {
    const timer = setTimeout(() => {
      void this.#tell('get_status.cgi', this.#ended.signal).then(() => {
        if (!this.#ended.signal.aborted) this.#scheduleSignOfLife();
      });
    }, this.#options.timeouts.keepAliveMs);
    timer.unref();
    this.#ended.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  async #tell(path: 'close_session.cgi' | 'get_status.cgi', signal: AbortSignal): Promise<void> {
    const url = cameraUrl(this.#options.base, path, { session: this.id });
    try {
      const answer = await askBare(url, this.#options, signal);
      if (answer.type === 'media') answer.close();
    } catch (error) {
      const reason = error instanceof UpstreamError ? error.reason : 'aborted';
      this.#options.log.debug('the camera did not answer a session request', { path, reason });
    }
  }
}
