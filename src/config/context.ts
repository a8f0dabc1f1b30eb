import type { Findings } from './document/findings.ts';

/** What the readers of sections that name files share. */
export interface FileContext {
  readonly findings: Findings;
  /** Path of the configuration file, for what is relative to it. */
  readonly configPath: string;
  /** Text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}
