import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ServedCamera } from './outputs/served-camera.ts';
import { ServedCameras, type CameraSetChanges, type Takeover } from './outputs/served-cameras.ts';
import type { CameraRegistry } from './outputs/viewable-camera.ts';
import { WindowDisks } from './outputs/hls/storage/window-disks.ts';
import type { CameraConfig, Config } from './config/config.ts';
import type { FfmpegBinary } from './transcode/ffmpeg/binary.ts';
import { startHttpServer, type HttpServer } from './http/server.ts';
import { SystemClock, type Clock } from './lib/time/clock.ts';
import { CamgateError } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createUpstreamClient } from './sources/cgi/cgi-source.ts';

export interface GatewayDependencies {
  readonly ffmpeg: FfmpegBinary;
  readonly log: Log;
  readonly version: string;
}

interface GatewayParts extends GatewayDependencies {
  readonly clock: Clock;
}

interface CameraParts extends GatewayParts {
  /** Letters and digits, new with every start. */
  readonly bootId: string;
}

/** The composition root: builds every part from the configuration, and takes it down in reverse. */
export class Gateway implements AsyncDisposable {
  /** Listens last, when everything behind the port is ready: a port that answers means a gateway that is ready. */
  static async start(config: Config, dependencies: GatewayDependencies): Promise<Gateway> {
    const parts = { ...dependencies, clock: new SystemClock() };
    const cameras = await Cameras.open(config.cameras, parts);
    try {
      return new Gateway(cameras, await serve(config, cameras.registry, parts));
    } catch (error) {
      await cameras.dispose();
      throw error;
    }
  }

  readonly #cameras: Cameras;
  readonly #server: HttpServer;
  #disposing: Promise<void> | undefined;

  private constructor(cameras: Cameras, server: HttpServer) {
    this.#cameras = cameras;
    this.#server = server;
  }

  get url(): URL {
    return this.#server.url;
  }

  get cameras(): CameraRegistry {
    return this.#cameras.registry;
  }

  /**
   * Takes over the cameras of a changed configuration. Those whose configuration is the same go on undisturbed; those
   * that leave are closed behind the call, which does not wait for them.
   * @throws CamgateError shutting-down
   */
  replaceCameras(configs: readonly CameraConfig[]): Promise<CameraSetChanges> {
    return this.#cameras.replace(configs);
  }

  /** Viewers first, so that nobody dials again, then the cameras with their sessions and children. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    await this.#disposing;
  }

  async #dispose(): Promise<void> {
    this.#cameras.refuseChanges();
    await this.#server[Symbol.asyncDispose]();
    await this.#cameras.dispose();
  }
}

function serve(
  config: Config,
  registry: CameraRegistry,
  { ffmpeg, log, version, clock }: GatewayParts,
): Promise<HttpServer> {
  return startHttpServer({
    config: config.server,
    registry,
    metrics: (http) =>
      createMetrics({
        registry,
        http,
        buildInfo: {
          version,
          node: process.versions.node,
          ffmpegVersion: ffmpeg.version,
          ffmpegSource: ffmpeg.source,
        },
      }),
    log,
    clock,
    version,
    publicDir: fileURLToPath(new URL('../public/', import.meta.url)),
    hlsScriptPath: createRequire(import.meta.url).resolve('hls.js/dist/hls.light.min.mjs'),
  });
}

/** The cameras of the configuration, with the directories that they share. */
class Cameras {
  static async open(configs: readonly CameraConfig[], parts: GatewayParts): Promise<Cameras> {
    // Media names of an earlier start must never return different bytes: they are cached as immutable.
    const bootId = randomBytes(5).toString('hex');
    const cameras = new Cameras({ ...parts, bootId });
    await cameras.replace(configs);
    return cameras;
  }

  readonly registry: ServedCameras;
  readonly #parts: CameraParts;
  readonly #disks: WindowDisks;
  #buildCount = 0;
  #isFinal = false;

  private constructor(parts: CameraParts) {
    const { bootId, log, clock } = parts;
    this.#parts = parts;
    this.#disks = new WindowDisks({ bootId, log });
    this.registry = new ServedCameras({
      build: (config, past) => this.#build(config, past),
      now: () => clock.monotonicMs(),
      log,
    });
  }

  async replace(configs: readonly CameraConfig[]): Promise<CameraSetChanges> {
    await this.#disks.open(configs.map(({ hls }) => hls));
    if (this.#isFinal) {
      const text = 'The gateway is stopping; its configuration was not reloaded.';
      throw new CamgateError('shutting-down', text);
    }
    return this.registry.replace(configs);
  }

  /** Whoever changes them from now on, or is about to, is told that it comes too late. */
  refuseChanges(): void {
    this.#isFinal = true;
  }

  async dispose(): Promise<void> {
    await this.registry.dispose();
    await this.#disks[Symbol.asyncDispose]();
  }

  #build(config: CameraConfig, past: Takeover): ServedCamera {
    const { ffmpeg, log, clock, bootId } = this.#parts;
    const cameraLog = log.child({ camera: config.id });
    return new ServedCamera({
      config,
      source: createUpstreamClient({ camera: config, log: cameraLog }),
      past,
      binary: ffmpeg,
      // A camera that is built anew must never reuse a media name: media is cached for good.
      bootId: `${bootId}${(this.#buildCount++).toString(36)}x`,
      disk: this.#disks.diskFor(config.hls),
      log,
      clock,
    });
  }
}
