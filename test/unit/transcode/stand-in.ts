import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../../src/lib/log.ts';
import { locateFfmpeg, type FfmpegBinary } from '../../../src/transcode/ffmpeg/binary.ts';
import { ChildTally } from '../../../src/transcode/ffmpeg/child-tally.ts';
import type { TranscodeFailure, TranscodeTools } from '../../../src/transcode/child-keeper.ts';
import { SettableClock } from '../../settable-clock.ts';

/** Runs small real programs in place of ffmpeg, to show every way a child can behave. */
export const node: FfmpegBinary = {
  path: process.execPath,
  version: 'test',
  major: undefined,
  libavcodecMajor: 59,
  features: { frameRateMode: '-fps_mode' },
  source: 'configured',
};

/** The build that every installation has. */
export function bundledFfmpeg(): Promise<FfmpegBinary> {
  return locateFfmpeg({ configuredPath: undefined, searchPath: '', log: silentLog });
}

/**
 * A little program of a shell that takes the arguments of ffmpeg and does what its text says. It is there until the end
 * of the test, as what runs it must not be.
 */
export function shellProgram(text: string): FfmpegBinary {
  const folder = mkdtempSync(path.join(tmpdir(), 'camgate-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'ffmpeg');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return { ...node, path: file };
}

/** Makes what runs programs, and disposes of it at the end of the test. */
export function untilTestEnds<T extends { dispose(): Promise<void> }>(made: T): T {
  onTestFinished(() => made.dispose());
  return made;
}

/** Gives back what it is fed: a decoder of JPEG whose frames stand in Matroska as they are. */
export const echo = 'exec /bin/cat';
/** Reads, and says nothing. */
export const mute = 'exec /bin/cat >/dev/null';

/** Cannot read its input. */
export const dying = 'echo "pipe:0: Invalid data found when processing input" >&2; exit 1';

/** What a camera gives its transcoders, on a clock that the test moves. */
export class TestTools implements TranscodeTools {
  readonly binary: FfmpegBinary;
  readonly tally = new ChildTally();
  readonly log = silentLog;
  readonly clock = new SettableClock();
  readonly failures: string[] = [];

  constructor(binary: FfmpegBinary) {
    this.binary = binary;
  }

  readonly nowMs = (): number => this.clock.monotonicMs();

  readonly onFailure = ({ reason, message }: TranscodeFailure): void => {
    this.failures.push(`${reason}: ${message}`);
  };

  /** By reason. */
  get restarts(): Record<string, number> {
    return Object.fromEntries(this.tally.restarts);
  }

  /** Of the only child. */
  get pid(): number {
    const [only, other] = this.tally.children;
    if (only === undefined || other !== undefined) throw new Error('there is not one child');
    return only.pid;
  }

  /** Ends the only child. */
  kill(): void {
    process.kill(this.pid, 'SIGKILL');
  }

  /** The only child takes nothing and gives nothing until the returned function is called. */
  freeze(): () => void {
    const { pid } = this;
    process.kill(pid, 'SIGSTOP');
    return () => void process.kill(pid, 'SIGCONT');
  }
}
