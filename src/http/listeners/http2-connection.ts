import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { RateLimit } from '../../lib/time/rate-limit.ts';
import { Scope } from '../../lib/scope.ts';
import { Slots } from '../../lib/slots.ts';

/**
 * Pages of one connection in work at once: each costs as much as many playlists, and a page loads about ten files. How
 * many streams of any kind a connection may have is in its settings.
 */
const maxPagesAtOnce = 16;

/**
 * Streams that may end before their answer within `abandonWindowMs`: more than all that may be open at once, whose
 * viewers may all leave behind a proxy. Node makes each stream before anybody can refuse it.
 */
const maxAbandonedCount = 300;
const abandonWindowMs = 10_000;

/** One connection of HTTP/2. */
export class Http2Connection {
  readonly #session: Http2Session;
  readonly #scope: Scope;
  readonly #abandoned = new RateLimit(maxAbandonedCount, abandonWindowMs);
  readonly #pages = new Slots(maxPagesAtOnce);

  constructor(session: Http2Session) {
    this.#session = session;
    this.#scope = Scope.of(session);
  }

  /** Ends with the stream or with the connection. */
  open(stream: ServerHttp2Stream): Scope {
    // It may have been reset in the read that opened it.
    if (stream.aborted) this.#onAbandoned();
    else stream.once('aborted', () => this.#onAbandoned());
    return this.#scope.open(stream);
  }

  /**
   * Begins to answer a page when few enough are in work; never when its stream is over by then.
   * @param scope of the stream; nothing is in work for it when that is over
   */
  page(begin: () => void, scope: Scope): void {
    const controller = new AbortController();
    scope.onEnd(() => controller.abort());
    const answer = (): Promise<void> =>
      new Promise((resolve) => {
        scope.onEnd(resolve);
        begin();
      });
    // It left while it waited.
    this.#pages.run(answer, controller.signal).catch(() => undefined);
  }

  /** RFC 9113, 10.5. At once: a last word would wait until all that came in the same read is handled. */
  #onAbandoned(): void {
    const nowMs = performance.now();
    const isTooMany = this.#abandoned.waitMs(nowMs) > 0;
    this.#abandoned.record(nowMs);
    if (isTooMany) this.#session.destroy();
  }
}
