import { UpstreamError } from '../../lib/errors.ts';
import { silentLog } from '../../lib/log.ts';
import { PatientTimer } from '../../lib/time/patient-timer.ts';
import type { FfmpegBinary } from './binary.ts';
import { FfmpegChild, type FfmpegExit } from './child.ts';
import type { ChildTally } from './child-tally.ts';

export interface OneShotTools {
  readonly binary: FfmpegBinary;
  readonly tally: ChildTally;
}

export interface OneShot {
  readonly purpose: string;
  readonly args: readonly string[];
  /** In order; the same piece may come more than once. */
  readonly input: readonly Buffer[];
  /** Bound of the whole run, in milliseconds. */
  readonly timeoutMs: number;
  /** A run that writes more has failed. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
}

/**
 * One run of ffmpeg with all of its input at once. Rejects with ffmpeg-failed, or with the signal's reason; the process
 * is gone when it settles.
 */
export async function runOnce({ binary, tally }: OneShotTools, shot: OneShot): Promise<Buffer> {
  const { purpose, args, input, signal } = shot;
  signal.throwIfAborted();
  const output: Buffer[] = [];
  let outputBytes = 0;
  let problem: string | undefined;
  const child = FfmpegChild.start(binary, {
    purpose,
    args,
    log: silentLog, // the error tells all there is to tell
    maxQueuedBytes: input.reduce((sum, { length }) => sum + length, 0),
    onOutput: (chunk) => {
      outputBytes += chunk.length;
      if (outputBytes > shot.maxOutputBytes) giveUp('wrote more than expected');
      else output.push(chunk);
    },
  });
  tally.add(child);
  const giveUp = (why: string): void => {
    problem ??= why;
    void child.stop();
  };
  const abort = (): void => giveUp('was cancelled');
  const timer = new PatientTimer(shot.timeoutMs, () =>
    giveUp(`took longer than ${shot.timeoutMs} ms`),
  );
  signal.addEventListener('abort', abort, { once: true });
  for (const piece of input) child.write(piece);
  child.end();
  const exit = await child.exited;
  timer.clear();
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  problem ??= problemOf(exit, outputBytes);
  if (problem !== undefined) throw new UpstreamError('ffmpeg-failed', `ffmpeg ${problem}`);
  return Buffer.concat(output, outputBytes);
}

function problemOf(exit: FfmpegExit, outputBytes: number): string | undefined {
  if (exit.reason !== 'ended') return `failed: ${exit.reason}`;
  return outputBytes === 0 ? 'made no video of the data' : undefined;
}
