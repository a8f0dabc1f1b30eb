import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { CameraSimulator, type SimulatorOptions } from '../../src/simulator/camera-simulator.ts';

const installer = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };

/** The two builds that everything must work with: the system's and the bundled one of 2018. */
export const ffmpegBuilds = [
  ['system', 'ffmpeg'],
  ['bundled', installer.path],
] as const;

/** A small camera, quick to encode; its loops are cached between runs. */
export function startCamera(options: Partial<SimulatorOptions> = {}): Promise<CameraSimulator> {
  return CameraSimulator.start({
    profile: 'classic',
    ffmpegPath: installer.path,
    ...{ width: 160, height: 120, fps: 10, snapshotLatencyMs: [0, 0] },
    ...options,
  });
}

/** The address of a path with the administrator's credentials in the query. */
export function addressOf(camera: CameraSimulator, path: string): string {
  const url = new URL(path, camera.url);
  url.searchParams.set('user', camera.credentials.username);
  url.searchParams.set('pwd', camera.credentials.password);
  return url.href;
}

/** Status and body of an answer that ends by itself. */
export async function get(
  camera: CameraSimulator,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(new URL(path, camera.url), {
    headers,
    signal: AbortSignal.timeout(5000),
  });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

export type WireEnd = 'close' | 'reset' | 'refused' | 'open';

/** Everything that a bare socket receives until `isEnough`, the end of the connection or the time limit. */
export function wire(
  camera: CameraSimulator,
  path: string,
  options: {
    readonly isEnough?: (received: Buffer) => boolean;
    readonly timeoutMs?: number;
    readonly headers?: string;
  } = {},
): Promise<{ received: Buffer; end: WireEnd }> {
  const { isEnough = () => false, timeoutMs = 5000, headers = '' } = options;
  return new Promise((resolve) => {
    const socket = connect(Number(camera.url.port), camera.url.hostname);
    const chunks: Buffer[] = [];
    const finish = (end: WireEnd): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received: Buffer.concat(chunks), end });
    };
    const timer = setTimeout(() => finish('open'), timeoutMs);
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      finish(code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    );
    socket.on('end', () => finish('close'));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isEnough(Buffer.concat(chunks))) finish('open');
    });
    socket.write(`GET ${path} HTTP/1.0\r\n${headers}\r\n`);
  });
}

/** The bytes behind the head of an answer. */
export function bodyOf(received: Buffer): Buffer {
  return received.subarray(received.indexOf('\r\n\r\n') + 4);
}

export const run = promisify(execFile);
