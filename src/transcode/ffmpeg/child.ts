import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../lib/log.ts';
import type { FfmpegBinary } from './binary.ts';
import { childEnvironment } from './environment.ts';
import { LogFacts, type FfmpegReason, type LogFact } from './log-facts.ts';
import {
  noUsage,
  readCpuSeconds,
  readResidentBytes,
  type ProcessUsage,
} from '../../lib/system/process-usage.ts';

export interface FfmpegChildOptions {
  /** One word for logs and the list of children: `fmp4`, `jpeg` … */
  readonly purpose: string;
  readonly args: readonly string[];
  readonly log: Log;
  /** Called with what the child writes to stdout, until it ends or stop() is called. */
  onOutput(chunk: Buffer): void;
  /** Bound of what waits in this process for the child to read it, in bytes. */
  readonly maxQueuedBytes: number;
}

export interface FfmpegExit {
  /**
   * `stopped`: by stop(). `ended`: finished after its input ended. Else what its messages say, or why it did not run.
   */
  readonly reason: 'stopped' | 'ended' | 'not-started' | 'killed' | FfmpegReason;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly facts: readonly LogFact[];
}

/** How long each step of stop() may take, in milliseconds; the sum bounds stop(). */
const graceMs = { inputEnd: 300, terminate: 700, kill: 1000 } as const;
const usageCacheMs = 1000;

/**
 * One running ffmpeg. Its input is a pipe from this process, and it ends when that pipe closes: however the gateway
 * dies, SIGKILL included, the kernel closes the pipe and no child is left behind. (A child that is blocked on output
 * ends too, because the other end of its stdout is gone.)
 */
export class FfmpegChild {
  /** Starting never throws: a program that does not run shows in `exited` as `not-started`. */
  static start(binary: FfmpegBinary, options: FfmpegChildOptions): FfmpegChild {
    const child = spawn(binary.path, [...options.args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: childEnvironment,
      windowsHide: true,
    });
    return new FfmpegChild(child, options);
  }

  readonly purpose: string;
  /** undefined when the program could not be started. */
  readonly pid: number | undefined;
  /** Never rejects. Settles when the process is gone and all of its output was delivered. */
  readonly exited: Promise<FfmpegExit>;

  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #log: Log;
  readonly #maxQueuedBytes: number;
  readonly #facts = new LogFacts();
  #droppedChunks = 0;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #stopping: Promise<void> | undefined;
  #usage: { readonly value: ProcessUsage; readonly readAtMs: number } | undefined;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    options: FfmpegChildOptions,
  ) {
    this.#child = child;
    this.purpose = options.purpose;
    this.pid = child.pid;
    this.#log = options.log.child({ ffmpeg: options.purpose, pid: child.pid });
    this.#maxQueuedBytes = options.maxQueuedBytes;
    child.stdin.on('error', () => undefined); // EPIPE: the exit tells why
    child.stdout.on('error', () => undefined);
    child.stderr.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#stopping === undefined) options.onOutput(chunk);
    });
    // It is ending, but its process id is still its own: the last chance to read the total.
    child.stdout.on('end', () => {
      if (this.#isRunning) this.#readUsage(performance.now());
    });
    child.stderr.setEncoding('latin1').on('data', (text: string) => this.#facts.push(text));
    this.exited = this.#watchExit();
  }

  /** Chunks that write() refused. */
  get droppedChunks(): number {
    return this.#droppedChunks;
  }

  /** Bytes that wait for the child to read them. */
  get queuedBytes(): number {
    return this.#child.stdin.writableLength + this.#gatheredBytes;
  }

  /** false: the chunk was dropped, because the child does not read fast enough or no longer reads. */
  write(chunk: Buffer): boolean {
    const { stdin } = this.#child;
    if (!stdin.writable || this.queuedBytes + chunk.length > this.#maxQueuedBytes) {
      this.#droppedChunks += 1;
      return false;
    }
    this.#gather(chunk);
    return true;
  }

  /** Ends the input; the child finishes what it has and exits. */
  end(): void {
    this.#flush();
    this.#child.stdin.end();
  }

  /**
   * Processor time and memory; zeros where the system does not say. Read again once a second at most; the memory is
   * that of the previous call, and 0 at first.
   */
  usage(): ProcessUsage {
    const now = performance.now();
    if (this.#usage === undefined || now - this.#usage.readAtMs >= usageCacheMs)
      this.#readUsage(now);
    return this.#usage?.value ?? noUsage;
  }

  /** Ends the process, gently and then by force, within 2 s; output is discarded from now on. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#terminate();
    return this.#stopping;
  }

  /**
   * What is written in one turn of the event loop goes out with one system call. A video frame is several packets,
   * which mostly lie side by side in what was read from the camera: then not even the stream sees more than one chunk.
   */
  #gather(chunk: Buffer): void {
    if (this.#gathered.length === 0) process.nextTick(() => this.#flush());
    const last = this.#gathered.at(-1);
    const joined = last === undefined ? undefined : joinNeighbours(last, chunk);
    if (joined === undefined) this.#gathered.push(chunk);
    else this.#gathered[this.#gathered.length - 1] = joined;
    this.#gatheredBytes += chunk.length;
  }

  #flush(): void {
    const { stdin } = this.#child;
    const chunks = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (!stdin.writable) return;
    if (chunks.length > 1) stdin.cork();
    for (const chunk of chunks) stdin.write(chunk);
    if (chunks.length > 1) stdin.uncork();
  }

  async #terminate(): Promise<void> {
    if (this.#isRunning) this.#readUsage(performance.now()); // the last chance to see the total
    this.#child.stdin.end();
    if (await this.#endsWithin(graceMs.inputEnd)) return;
    this.#child.kill('SIGTERM');
    if (await this.#endsWithin(graceMs.terminate)) return;
    this.#log.warn('ffmpeg does not exit; killing it');
    this.#child.kill('SIGKILL');
    if (await this.#endsWithin(graceMs.kill)) return;
    this.#log.error('ffmpeg is still running after SIGKILL');
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const expired = delay(ms, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([this.exited.then(() => true), expired]);
    timer.abort();
    return ended;
  }

  get #isRunning(): boolean {
    return (
      this.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
    );
  }

  #readUsage(now: number): void {
    const pid = this.#isRunning ? this.pid : undefined;
    const last = this.#usage?.value ?? noUsage;
    // A process that is gone holds no memory, but the time it took stays in the total.
    const cpuSeconds = (pid === undefined ? undefined : readCpuSeconds(pid)) ?? last.cpuSeconds;
    const residentBytes = pid === undefined ? 0 : last.residentBytes;
    this.#usage = { value: { cpuSeconds, residentBytes }, readAtMs: now };
    if (pid !== undefined) void this.#readMemory(pid);
  }

  async #readMemory(pid: number): Promise<void> {
    const residentBytes = await readResidentBytes(pid);
    if (residentBytes === undefined || this.#usage === undefined || !this.#isRunning) return;
    this.#usage = { ...this.#usage, value: { ...this.#usage.value, residentBytes } };
  }

  #watchExit(): Promise<FfmpegExit> {
    return new Promise((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        if (this.pid !== undefined) return; // a failed kill(); the exit follows
        this.#log.error('ffmpeg cannot be started', { code: error.code });
        resolve({ reason: 'not-started', code: null, signal: null, facts: [] });
      });
      this.#child.on('close', (code, signal) => {
        this.#facts.finish();
        const { facts } = this.#facts;
        const exit = { reason: this.#reasonOf(code, signal), code, signal, facts };
        if (this.#stopping === undefined && exit.reason !== 'ended')
          this.#log.warn('ffmpeg exited unexpectedly', exit);
        resolve(exit);
      });
    });
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): FfmpegExit['reason'] {
    if (this.#stopping !== undefined) return 'stopped';
    if (code === 0) return 'ended';
    return signal !== null && this.#facts.worst === 'unknown' ? 'killed' : this.#facts.worst;
  }
}

/** Both as one view of the memory they share; undefined when the second does not follow right behind the first. */
function joinNeighbours(first: Buffer, second: Buffer): Buffer | undefined {
  const isNext =
    first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
  return isNext
    ? Buffer.from(first.buffer, first.byteOffset, first.length + second.length)
    : undefined;
}
