import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ServedCamera } from './outputs/served-camera.ts';
import type { CameraRegistry } from './outputs/viewable-camera.ts';
import { WindowDisks } from './outputs/hls/storage/window-disks.ts';
import type { CameraConfig, Config } from './config/config.ts';
import type { FfmpegBinary } from './transcode/ffmpeg/binary.ts';
import { startHttpServer, type HttpServer } from './http/server.ts';
import { SystemClock, type Clock } from './lib/time/clock.ts';
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

/** The composition root: builds every part from the configuration, and takes it down in reverse. */
export class Gateway implements AsyncDisposable {
  /** Listens last, when everything behind the port is ready: a port that answers means a gateway that is ready. */
  static async start(config: Config, dependencies: GatewayDependencies): Promise<Gateway> {
    const parts = { ...dependencies, clock: new SystemClock() };
    const registry = await Cameras.open(config.cameras, parts);
    try {
      return new Gateway(registry, await serve(config, registry, parts));
    } catch (error) {
      await registry.dispose();
      throw error;
    }
  }

  readonly #registry: Cameras;
  readonly #server: HttpServer;
  #disposing: Promise<void> | undefined;

  private constructor(registry: Cameras, server: HttpServer) {
    this.#registry = registry;
    this.#server = server;
  }

  get url(): URL {
    return this.#server.url;
  }

  get cameras(): CameraRegistry {
    return this.#registry;
  }

  /** Viewers first, so that nobody dials again, then the cameras with their sessions and children. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#server[Symbol.asyncDispose]().then(() => this.#registry.dispose());
    await this.#disposing;
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

class Cameras implements CameraRegistry {
  static async open(configs: readonly CameraConfig[], parts: GatewayParts): Promise<Cameras> {
    // Media names of an earlier start must never return different bytes: they are cached as immutable.
    const bootId = randomBytes(5).toString('hex');
    const hls = configs.map((config) => config.hls);
    const disks = await WindowDisks.open(hls, { bootId, log: parts.log });
    return new Cameras(configs, { ...parts, bootId, disks });
  }

  readonly cameras: readonly ServedCamera[];
  readonly #disks: WindowDisks;
  readonly #byId: ReadonlyMap<string, ServedCamera>;

  private constructor(
    configs: readonly CameraConfig[],
    { ffmpeg, log, clock, bootId, disks }: GatewayParts & { bootId: string; disks: WindowDisks },
  ) {
    this.#disks = disks;
    // A camera that is rebuilt within this process must never reuse a media name: media is cached for good.
    let buildCount = 0;
    this.cameras = configs.map((config) => {
      const ownId = `${bootId}${(buildCount++).toString(36)}x`;
      const cameraLog = log.child({ camera: config.id });
      const source = createUpstreamClient({ camera: config, log: cameraLog });
      const disk = disks.diskFor(config.hls);
      return new ServedCamera({
        config,
        source,
        binary: ffmpeg,
        bootId: ownId,
        disk,
        log,
        clock,
      });
    });
    this.#byId = new Map(this.cameras.map((camera) => [camera.id, camera]));
  }

  find(id: string): ServedCamera | undefined {
    return this.#byId.get(id);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.cameras.map((camera) => camera.dispose()));
    await this.#disks[Symbol.asyncDispose]();
  }
}
