import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How long a frame may take on a machine that is busy with other things, in milliseconds. */
const longestWaitMs = 8_000;

/**
 * ffmpeg with Matroska on stdin and raw frames or samples on stdout, as a transcoder starts it: probing nothing, one
 * thread. Counts what it has put out.
 */
export class FrameDecoder implements AsyncDisposable {
  byteCount = 0;
  complaints = '';
  readonly #child: ChildProcess;

  constructor(ffmpegPath: string, output: readonly string[]) {
    // Without the bound of the probe H.264 and MPEG-4 wait for three frames; a raw encoder with threads keeps one.
    const probe = ['-analyzeduration', '1', '-fpsprobesize', '0', '-probesize', '32'];
    const input = [...probe, '-threads', '1'];
    const args = ['-v', 'error', '-nostdin', '-flags', 'low_delay', ...input];
    const sink = ['-threads', '1', '-flush_packets', '1', ...output, 'pipe:1'];
    this.#child = spawn(ffmpegPath, [...args, '-f', 'matroska', '-i', 'pipe:0', ...sink]);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.byteCount += chunk.length));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.complaints += chunk.toString()));
  }

  write(chunks: readonly Buffer[]): void {
    this.#child.stdin?.write(Buffer.concat(chunks));
  }

  /** Resolves with whether so many bytes have come out, the input being open. */
  async hasPutOut(byteCount: number): Promise<boolean> {
    const timeout = AbortSignal.timeout(longestWaitMs);
    const { stdout } = this.#child;
    while (this.byteCount < byteCount && !timeout.aborted && stdout !== null) {
      await once(stdout, 'data', { signal: timeout }).catch(() => undefined);
    }
    return this.byteCount >= byteCount;
  }

  /** Ends the input and waits for the end of the output. */
  async end(): Promise<void> {
    const { stdin, stdout, exitCode } = this.#child;
    if (exitCode !== null) return;
    const ended = once(this.#child, 'close');
    stdout?.resume();
    stdin?.end();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode } = this.#child;
    if (exitCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
