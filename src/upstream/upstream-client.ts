import type { CameraConfig } from '../config/config.ts';
import { UpstreamError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { CgiClient } from './cgi-client.ts';
import { withDeadline } from './deadline.ts';
import { StreamOpener } from './stream-opener.ts';
import { defaultTimeouts, type UpstreamTimeouts } from './timeouts.ts';
import type { UpstreamClient, UpstreamSession } from './upstream.ts';
import { isNoWayIn, openWayIn, waysToProbe, type WayIn, type WayInContext } from './ways-in.ts';

export interface UpstreamClientOptions {
  readonly camera: Pick<
    CameraConfig,
    'id' | 'url' | 'username' | 'password' | 'via' | 'stream' | 'audio'
  >;
  readonly log: Log;
  /** Replaces single values of `defaultTimeouts`. */
  readonly timeouts?: Partial<UpstreamTimeouts>;
}

export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  return new CameraUpstream(options);
}

class CameraUpstream implements UpstreamClient {
  readonly #log: Log;
  readonly #openMs: number;
  readonly #cgi: CgiClient;
  readonly #context: WayInContext;
  readonly #ways: readonly WayIn[];
  readonly #disposed = new AbortController();
  /** What worked last; the first to be tried next time. */
  #remembered: WayIn | undefined;
  #opening: Promise<UpstreamSession> | undefined;
  #disposing: Promise<void> | undefined;

  constructor({ camera, log, timeouts: overrides }: UpstreamClientOptions) {
    const timeouts = { ...defaultTimeouts, ...overrides };
    const { url: base, username, password, stream, audio } = camera;
    this.#log = log;
    this.#openMs = timeouts.openMs;
    this.#cgi = new CgiClient({ base, credentials: { username, password }, timeouts, log });
    const opener = new StreamOpener(this.#cgi, { stream, audio });
    this.#context = { client: this.#cgi, opener };
    this.#ways = waysToProbe(camera.via, base);
  }

  async open(signal: AbortSignal): Promise<UpstreamSession> {
    const limit = {
      ms: this.#openMs,
      timeoutError: () => new UpstreamError('timeout', 'the camera did not open a stream in time'),
    };
    const signals = [signal, this.#disposed.signal];
    const opening = withDeadline(signals, limit, (limited) => this.#dial(limited));
    this.#opening = opening;
    return opening;
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  /** A dial under way could still make a session that nobody would close. */
  async #dispose(): Promise<void> {
    this.#disposed.abort(new UpstreamError('closed', 'the gateway has left this camera'));
    await Promise.allSettled([this.#opening]);
    await this.#cgi.dispose();
  }

  /** However a dial ends that has shown the password in vain: the next one must not come soon. */
  async #dial(signal: AbortSignal): Promise<UpstreamSession> {
    const disclosure = this.#cgi.beginDial(false);
    try {
      return await this.#probe(signal);
    } catch (error) {
      if (!disclosure.isNotAccepted || !(error instanceof UpstreamError)) throw error;
      throw await this.#cgi.notAccepted(signal);
    }
  }

  async #probe(signal: AbortSignal): Promise<UpstreamSession> {
    const remembered = this.#remembered;
    const rest = this.#ways.filter((way) => way !== remembered);
    const ways = remembered === undefined ? rest : [remembered, ...rest];
    const misses: UpstreamError[] = [];
    for (const way of ways) {
      try {
        const session = await openWayIn(way, this.#context, signal);
        this.#remember(way);
        return session;
      } catch (error) {
        if (!isNoWayIn(way, error)) throw error;
        misses.push(error);
      }
    }
    this.#remembered = undefined;
    throw noWayIn(ways, misses);
  }

  #remember(way: WayIn): void {
    if (this.#remembered !== way) this.#log.info('the camera gives media', { via: way });
    this.#remembered = way;
  }
}

/** What was there but is no stream says more than what was not there at all. */
function noWayIn(ways: readonly WayIn[], misses: readonly UpstreamError[]): UpstreamError {
  const other = misses.find(({ reason }) => reason !== 'endpoint-absent');
  if (other !== undefined) return other;
  const tried = ways.map((way) => (way === 'http' ? 'the configured address' : way)).join(', ');
  return new UpstreamError('endpoint-absent', `the camera has none of these: ${tried}`);
}
