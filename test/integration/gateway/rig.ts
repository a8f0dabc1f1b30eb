import { Gateway } from '../../../src/gateway.ts';
import type { CameraCounters, CameraStatus } from '../../../src/outputs/viewable-camera.ts';
import type { CameraConfig, Config, HlsConfig, TlsConfig } from '../../../src/config/config.ts';
import { locateFfmpeg, type FfmpegBinary } from '../../../src/transcode/ffmpeg/binary.ts';
import { silentLog, type Log } from '../../../src/lib/log.ts';
import { CameraSimulator, type SimulatorOptions } from '../../../src/simulator/camera-simulator.ts';

/** `hls`: what is special about its own live window. */
export type SimulatedCamera = Partial<SimulatorOptions> & {
  readonly hls?: Partial<CameraConfig['hls']>;
};

/** A gateway on a free port of 127.0.0.1. */
export interface GatewayRig extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Address below the gateway; `cam0`, `cam1` … are the cameras. */
  url(path: string): URL;
  get(path: string, init?: RequestInit): Promise<Response>;
  status(id?: string): Promise<CameraStatus>;
  counters(id?: string): CameraCounters;
}

/** The same with simulated cameras behind it. */
export interface Rig extends GatewayRig {
  readonly simulators: readonly CameraSimulator[];
  /** The first simulator. */
  readonly camera: CameraSimulator;
}

export interface RigOptions {
  readonly ffmpeg?: FfmpegBinary;
  readonly log?: Log;
  readonly tls?: TlsConfig;
  readonly publicUrl?: string;
}

export async function systemFfmpeg(): Promise<FfmpegBinary> {
  return locateFfmpeg({
    configuredPath: undefined,
    searchPath: process.env['PATH'],
    log: silentLog,
  });
}

/** The defaults. */
export const memoryHls: HlsConfig = {
  partMs: 200,
  segmentMs: 1_000,
  segmentCount: 7,
  windowMs: undefined,
  directory: undefined,
  maxBytes: 64 * 1024 ** 2,
  maxDiskBytes: 4 * 1024 ** 3,
};

/** `admin` with an empty password is what the simulator takes out of the box, as the real cameras do. */
export function cameraConfig(
  id: string,
  url: URL,
  overrides: Partial<CameraConfig> = {},
): CameraConfig {
  return {
    id,
    name: id,
    url,
    username: 'admin',
    password: '',
    via: 'auto',
    stream: 1,
    paceMs: 400,
    userAgent: 'camgate',
    audio: true,
    alwaysOn: false,
    offline: 'hold',
    lingerMs: 2_000,
    stallMs: 3_000,
    coldStartMs: 10_000,
    maxBitsPerSecond: 200e6,
    hls: memoryHls,
    ...overrides,
  };
}

export async function startRig(
  cameras: readonly SimulatedCamera[],
  overrides: Partial<CameraConfig> = {},
  options: RigOptions = {},
): Promise<Rig> {
  const ffmpeg = options.ffmpeg ?? (await systemFfmpeg());
  const simulators = await Promise.all(
    cameras.map((camera) =>
      CameraSimulator.start({ profile: 'classic', ffmpegPath: ffmpeg.path, ...camera }),
    ),
  );
  const configs = simulators.map(({ url }, index) => {
    const config = cameraConfig(`cam${index}`, url, overrides);
    return { ...config, hls: { ...config.hls, ...cameras[index]?.hls } };
  });
  const rig = await startGateway(configs, { ...options, ffmpeg });
  const [camera] = simulators;
  if (camera === undefined) throw new Error('a rig needs a camera');
  return {
    ...rig,
    simulators,
    camera,
    [Symbol.asyncDispose]: async () => {
      await rig[Symbol.asyncDispose]();
      await Promise.all(simulators.map((simulator) => simulator[Symbol.asyncDispose]()));
    },
  };
}

/** A gateway with cameras that somebody else has started. */
export async function startGateway(
  cameras: readonly CameraConfig[],
  options: RigOptions = {},
): Promise<GatewayRig> {
  const config: Config = {
    server: {
      ...{
        host: '127.0.0.1',
        port: 0,
        cors: ['*'],
        frameAncestors: ['*'],
        publicUrl: options.publicUrl,
      },
      tls: options.tls,
    },
    log: { level: 'silent', format: 'text' },
    watch: false,
    ffmpegPath: undefined,
    cameras,
  };
  const gateway = await Gateway.start(config, {
    ffmpeg: options.ffmpeg ?? (await systemFfmpeg()),
    log: options.log ?? silentLog,
    version: '0.0.0-test',
  });
  const url = (path: string): URL => new URL(path, gateway.url);
  return {
    gateway,
    url,
    get: (path, init) => fetch(url(path), init),
    status: async (id = 'cam0') =>
      (await (await fetch(url(`/api/cameras/${id}`))).json()) as CameraStatus,
    counters: (id = 'cam0') => {
      const camera = gateway.cameras.find(id);
      if (camera === undefined) throw new Error(`there is no camera ${id}`);
      return camera.counters();
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Asks again every 50 ms until the answer satisfies; the bound makes a hang a failure with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  satisfies: (answer: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > endMs) {
      throw new Error(`not within ${timeoutMs} ms; last answer: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
