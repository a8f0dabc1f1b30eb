import { UpstreamError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { PatientTimer } from '../lib/patient-timer.ts';
import type { FfmpegBinary } from './binary.ts';
import { FfmpegChild, type FfmpegExit } from './child.ts';

export interface OneShotOptions {
  /** Bound of the whole run, in milliseconds. */
  readonly timeoutMs: number;
  /** A run that writes more has failed. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
}

/**
 * One run of ffmpeg with all of its input at once, for decodes and scalings. Rejects with ffmpeg-failed, or with the
 * signal's reason; the process is gone when it settles. Callers bound how many run at once with Slots.
 */
export async function runOnce(
  binary: FfmpegBinary,
  args: readonly string[],
  input: Buffer,
  options: OneShotOptions,
): Promise<Buffer> {
  options.signal.throwIfAborted();
  const output: Buffer[] = [];
  let outputBytes = 0;
  let problem: string | undefined;
  const child = FfmpegChild.start(binary, {
    purpose: 'one-shot',
    args,
    log: silentLog, // the error tells all there is to tell
    maxQueuedBytes: input.length,
    onOutput: (chunk) => {
      outputBytes += chunk.length;
      if (outputBytes > options.maxOutputBytes) giveUp('wrote more than expected');
      else output.push(chunk);
    },
  });
  const giveUp = (why: string): void => {
    problem ??= why;
    void child.stop();
  };
  const abort = (): void => giveUp('was cancelled');
  const timer = new PatientTimer(options.timeoutMs, () =>
    giveUp(`took longer than ${options.timeoutMs} ms`),
  );
  options.signal.addEventListener('abort', abort, { once: true });
  child.write(input);
  child.end();
  const exit = await child.exited;
  timer.clear();
  options.signal.removeEventListener('abort', abort);
  options.signal.throwIfAborted();
  problem ??= problemOf(exit, outputBytes);
  if (problem !== undefined) throw new UpstreamError('ffmpeg-failed', `ffmpeg ${problem}`);
  return Buffer.concat(output, outputBytes);
}

function problemOf(exit: FfmpegExit, outputBytes: number): string | undefined {
  if (exit.reason !== 'ended') return `failed: ${exit.reason}`;
  return outputBytes === 0 ? 'made no picture of the data' : undefined;
}
