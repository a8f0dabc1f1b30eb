import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { CameraSimulator, type SimulatorOptions } from '../../../src/simulator/camera-simulator.ts';

const installer = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };

/** The two builds that everything must work with: the system's and the bundled one of 2018. */
export const ffmpegBuilds = [
  ['system', 'ffmpeg'],
  ['bundled', installer.path],
] as const;

/** What must come has come by then, also on a busy machine that encodes the loop first; in milliseconds. */
export const longestWaitMs = 20_000;

/** A small camera, quick to encode; its loops are cached between runs. */
export function startCamera(options: Partial<SimulatorOptions> = {}): Promise<CameraSimulator> {
  return CameraSimulator.start({
    profile: 'classic',
    ffmpegPath: installer.path,
    ...{ width: 160, height: 120, fps: 10, snapshotLatencyMs: [0, 0] },
    ...options,
  });
}

/** Credentials of a camera out of the box, as a query. */
export const admin = 'user=admin&pwd=';
export const avPath = `/av.asf?${admin}`;

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
    signal: AbortSignal.timeout(longestWaitMs),
  });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

export type WireEnd = 'close' | 'reset' | 'refused' | 'open';

/** Everything that a bare socket receives until `isEnough`, the end of the connection, `until` or the time limit. */
export function wire(
  camera: CameraSimulator,
  path: string,
  options: {
    readonly isEnough?: (received: Buffer) => boolean;
    /** Whatever shows that nothing more is to be waited for. */
    readonly until?: Promise<unknown>;
    readonly headers?: string;
  } = {},
): Promise<{ received: Buffer; end: WireEnd }> {
  const { isEnough = () => false, until, headers = '' } = options;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(camera.url.port), camera.url.hostname);
    const chunks: Buffer[] = [];
    const finish = (end: WireEnd): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received: Buffer.concat(chunks), end });
    };
    const timer = setTimeout(() => finish('open'), longestWaitMs);
    until?.then(() => finish('open'), reject);
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

export const hasBytes = (count: number) => (received: Buffer) => received.length > count;

/** The bytes behind the head of an answer. */
export function bodyOf(received: Buffer): Buffer {
  return received.subarray(received.indexOf('\r\n\r\n') + 4);
}

export const run = promisify(execFile);
