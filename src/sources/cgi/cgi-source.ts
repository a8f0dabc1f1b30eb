import { usualPaceMs, type CameraConfig, type CgiWay } from '../../config/config.ts';
import { UpstreamError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { CgiClient } from './cgi-client.ts';
import { withDeadline } from './http/deadline.ts';
import { IntakeBudget } from './http/intake-budget.ts';
import { StreamOpener } from './ways/stream-opener.ts';
import { defaultTimeouts, type UpstreamTimeouts } from './http/timeouts.ts';
import type { UpstreamClient, UpstreamSession } from './cgi-session-types.ts';
import { WayFinder } from './ways/way-finder.ts';
import { waysToProbe } from './ways/ways-in.ts';

export interface UpstreamClientOptions {
  readonly camera: Pick<
    CameraConfig,
    'id' | 'url' | 'username' | 'password' | 'stream' | 'audio'
  > & {
    readonly via: 'auto' | CgiWay;
  } &
    // Without them there is no bound, and the usual pace.
    Partial<Pick<CameraConfig, 'maxBitsPerSecond' | 'paceMs' | 'userAgent'>>;
  readonly log: Log;
  /** Replaces single values of `defaultTimeouts`. */
  readonly timeouts?: Partial<UpstreamTimeouts>;
}

export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  return new CameraUpstream(options);
}

class CameraUpstream implements UpstreamClient {
  readonly #openMs: number;
  readonly #budget: IntakeBudget;
  readonly #cgi: CgiClient;
  readonly #finder: WayFinder;
  readonly #disposed = new AbortController();
  #opening: Promise<UpstreamSession> | undefined;
  #disposing: Promise<void> | undefined;

  constructor({ camera, log, timeouts: overrides }: UpstreamClientOptions) {
    const timeouts = { ...defaultTimeouts, ...overrides };
    const { url: base, username, password, stream, audio } = camera;
    this.#openMs = timeouts.openMs;
    const { maxBitsPerSecond = Infinity, paceMs = usualPaceMs } = camera;
    this.#budget = new IntakeBudget({
      bytesPerSecond: maxBitsPerSecond / 8,
      now: () => performance.now(),
      onExcess: () =>
        log.warn(
          'the camera sends more than maxBitrate and is held back; raise maxBitrate if that is intended',
          { maxMbitPerSecond: maxBitsPerSecond / 1e6 },
        ),
    });
    const asking = { timeouts, budget: this.#budget, userAgent: camera.userAgent };
    this.#cgi = new CgiClient({ base, credentials: { username, password }, ...asking, log });
    const opener = new StreamOpener(this.#cgi, { stream, audio });
    this.#finder = new WayFinder({
      probe: waysToProbe(camera.via, base),
      context: { client: this.#cgi, opener, paceMs },
      log,
    });
  }

  get heldBackSeconds(): number {
    return this.#budget.heldBackMs / 1000;
  }

  async open(signal: AbortSignal): Promise<UpstreamSession> {
    const limit = {
      ms: this.#openMs,
      timeoutError: () => new UpstreamError('timeout', 'the camera did not open a stream in time'),
    };
    const opening = withDeadline([this.#disposed.signal], limit, (verdictSignal) =>
      withDeadline([signal, verdictSignal], limit, (dialSignal) =>
        this.#dial(dialSignal, verdictSignal),
      ),
    );
    this.#opening = opening;
    return opening;
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  /** A dial under way could still make a session that nobody would close. */
  async #dispose(): Promise<void> {
    this.#disposed.abort(new UpstreamError('closed', 'the source was closed'));
    await Promise.allSettled([this.#opening]);
    await this.#cgi.dispose();
  }

  async #dial(signal: AbortSignal, verdictSignal: AbortSignal): Promise<UpstreamSession> {
    this.#cgi.beginDial(this.#finder.isChoice, verdictSignal);
    try {
      return await this.#finder.open(signal);
    } catch (error) {
      return this.#cgi.login.explain(error);
    }
  }
}
