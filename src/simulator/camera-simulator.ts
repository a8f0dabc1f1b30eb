import { setTimeout as wait } from 'node:timers/promises';
import { authKindOf } from './device/authentication.ts';
import { answerCaller, lostLogin } from './device/callers.ts';
import { controlPrefix, serveControl } from './device/control-endpoints.ts';
import { Device } from './device/device.ts';
import { answerUnauthorized, type Endpoint } from './device/endpoint.ts';
import { Exchange } from './http/exchange.ts';
import type { Faults } from './faults.ts';
import * as information from './device/information-endpoints.ts';
import type { Journal } from './journal.ts';
import * as media from './device/media-endpoints.ts';
import type { EndpointName } from './profiles.ts';
import type { SimulatedRequest } from './http/request.ts';
import { RequestServer } from './http/request-server.ts';
import * as sessions from './device/session-endpoints.ts';
import { resolveSettings, type Settings, type SimulatorOptions } from './settings.ts';
import { createSharedMedia, type SharedMedia } from './streams/shared-media.ts';
import type { Socket } from 'node:net';

export type { Faults } from './faults.ts';
export type { Journal } from './journal.ts';
export type { SimulatorOptions } from './settings.ts';
export { visitorGroup } from './device/accounts.ts';
export { fakeSecrets } from './device/information-endpoints.ts';
export { createSharedMedia, type SharedMedia } from './streams/shared-media.ts';

const endpoints: Readonly<Record<EndpointName, Endpoint>> = {
  'av.asf': media.avAsf,
  'videostream.cgi': media.videostream,
  'videostream.asf': media.avAsf,
  'snapshot.cgi': media.snapshot,
  'request_av.cgi': media.requestAv,
  'create_session.cgi': sessions.createSession,
  'close_session.cgi': sessions.closeSession,
  'get_session_list.cgi': sessions.getSessionList,
  'check_user.cgi': sessions.checkUser,
  'get_status.cgi': information.getStatus,
  'get_params.cgi': information.getParams,
  'set_params.cgi': information.setParams,
  'get_properties.cgi': information.getProperties,
  'get_badauth.cgi': sessions.getBadauth,
  'get_log.cgi': information.getLog,
  'is_mjpeg_stream_exist.cgi': information.isMjpegStreamExist,
};

/** Media addresses, which the `error-text` fault breaks. */
const mediaEndpoints: ReadonlySet<string> = new Set<EndpointName>([
  'av.asf',
  'videostream.cgi',
  'videostream.asf',
  'snapshot.cgi',
]);

/** A simulated camera: a real HTTP server that behaves like the devices of cameras/camera-protocol.md section 10. */
export class CameraSimulator implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #device: Device;
  readonly #server: RequestServer;
  readonly #end = new AbortController();
  #reboot: Promise<void> = Promise.resolve();

  private constructor(settings: Settings, shared: SharedMedia) {
    this.#settings = settings;
    this.#device = new Device(settings, shared, { reboot: (ms) => this.#startReboot(ms) });
    const { host, port } = settings;
    this.#server = new RequestServer({ host, port }, (socket, request) =>
      this.#accept(socket, request),
    );
  }

  /**
   * Encodes the scene if it is not cached yet and listens. Rejects with `usage`, `ffmpeg-missing` or `ffmpeg-failed`,
   * or with the system's error when the port is taken.
   */
  static async start(options: SimulatorOptions): Promise<CameraSimulator> {
    const settings = resolveSettings(options);
    const { ffmpegPath } = options;
    const shared = options.media ?? createSharedMedia({ ffmpegPath, log: settings.log });
    const simulator = new CameraSimulator(settings, shared);
    await simulator.#device.stream(1);
    await simulator.#server.listen();
    return simulator;
  }

  /** `http://127.0.0.1:40123/`, without credentials. */
  get url(): URL {
    const { host } = this.#settings;
    return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${this.#server.port}/`);
  }

  get journal(): Journal {
    return this.#device.journal;
  }

  get faults(): Faults {
    return this.#device.faults;
  }

  /** The first user: the administrator. */
  get credentials(): { readonly username: string; readonly password: string } {
    const [user] = this.#settings.users;
    return { username: user?.name ?? '', password: user?.password ?? '' };
  }

  #accept(socket: Socket, request: SimulatedRequest): void {
    const { faults, journal } = this.#device;
    const isControl = request.path.startsWith(controlPrefix);
    const { method, path } = request;
    const recorder = isControl
      ? undefined
      : journal.record({ method, path, parameters: Object.fromEntries(request.parameters) });
    recorder?.auth(authKindOf(request));
    socket.once('close', () => {
      recorder?.sent(socket.bytesWritten);
      recorder?.ended();
    });
    const exchange = new Exchange({
      socket,
      request,
      recorder,
      server: this.#settings.profile.server,
      forcedType: isControl ? undefined : faults.active('content-type')?.text,
      headByteMs: isControl ? 0 : (faults.active('slow-headers')?.ms ?? 0),
      isChunked: this.#settings.isChunked,
    });
    const served = isControl ? serveControl(exchange, this.#device) : this.#serve(exchange);
    served.catch((error: unknown) => {
      this.#settings.log.error('the simulated camera failed to answer', { path, error });
      socket.destroy();
    });
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { faults, lockout } = this.#device;
    const { profile } = this.#settings;
    const { path, headers } = exchange.request;
    if (faults.active('mute')) return;
    if (profile.breaksOnAuthorization && headers.has('authorization')) {
      exchange.answerBare("Can't parse request.");
      return;
    }
    if (lockout.isLocked && path !== 'get_badauth.cgi') {
      if (profile.isSilentWhenLocked) exchange.socket.destroy();
      else await answerUnauthorized(exchange, this.#device);
      return;
    }
    if (await answerCaller(exchange, this.#device)) return;
    const endpoint = this.#endpoint(path);
    const lostText = mediaEndpoints.has(path) ? await lostLogin(exchange, this.#device) : undefined;
    if (lostText !== undefined) {
      await exchange.answer({ status: 200, contentType: 'text/html' }, lostText);
      return;
    }
    const errorText = mediaEndpoints.has(path) ? faults.active('error-text') : undefined;
    if (endpoint && !errorText) return endpoint(exchange, this.#device);
    // An unknown path is a 200 with exactly these 15 bytes.
    const text = errorText?.text ?? 'File not found.';
    await exchange.answer({ status: 200, contentType: 'text/plain' }, text);
  }

  #endpoint(path: string): Endpoint | undefined {
    return this.#settings.endpoints.has(path) ? endpoints[path as EndpointName] : undefined;
  }

  /** Resolves when the camera is off; it comes back by itself. */
  async #startReboot(ms: number): Promise<void> {
    await this.#reboot;
    await this.#server.switchOff();
    this.#device.forgetEverything();
    this.#reboot = wait(ms, undefined, { signal: this.#end.signal })
      .then(() => this.#server.listen())
      .catch((error: unknown) => {
        if (!this.#end.signal.aborted)
          this.#settings.log.error('the simulated camera did not come back', { error });
      });
  }

  /** Closes every connection. Harmless when called twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#reboot;
    await this.#server.switchOff();
    this.#device.slots.forgetDead();
  }
}
