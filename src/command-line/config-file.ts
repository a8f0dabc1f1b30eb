import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseConfig, type ConfigResult } from '../config/parse-config.ts';
import { startOfFile } from '../config/document/findings.ts';
import type { ProcessEdge } from './edge.ts';
import { findWriteObstacle } from './write-obstacle.ts';

/** Reads and checks a configuration file; a file that cannot be read is a problem like any other. */
export function loadConfigFile(
  file: string,
  { env, workingDirectory }: Pick<ProcessEdge, 'env' | 'workingDirectory'>,
): ConfigResult {
  const absolute = path.resolve(workingDirectory, file);
  let text: string;
  try {
    text = readText(absolute);
  } catch (error) {
    const problem = {
      ...startOfFile,
      path: '',
      message: `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
      hint: `Look whether ${absolute} exists and may be read.`,
    };
    return { ok: false, problems: [problem] };
  }
  return parseConfig(text, { path: absolute, env, readFile: readText, findWriteObstacle });
}

/** In UTF-8, or in Latin-1 where it is none: a password may have been written with an old editor. */
function readText(file: string): string {
  const bytes = readFileSync(file);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}
