import type { Environment } from '../config/document/interpolate.ts';

/** What a command may use of the process that runs it. */
export interface ProcessEdge {
  readonly version: string;
  readonly env: Environment;
  readonly workingDirectory: string;
  /** To stdout: what the command was asked for. */
  readonly print: (text: string) => void;
  /** To stderr: one line for a person. */
  readonly complain: (line: string) => void;
  /** Aborted when the process was told to end. */
  readonly signal: AbortSignal;
}

/** 0: done, 1: failed, 2: the command line was wrong. */
export type ExitCode = 0 | 1 | 2;
