import { renderProblem } from '../config/document/findings.ts';
import { loadConfigFile } from './config-file.ts';
import type { ExitCode, ProcessEdge } from './edge.ts';
import { countOf } from './count-of.ts';

/** `camgate check FILE`: every problem in a line of its own, in the order of the file. */
export function check(file: string, edge: ProcessEdge): ExitCode {
  const result = loadConfigFile(file, edge);
  if (!result.ok) {
    for (const problem of result.problems) edge.print(`${renderProblem(file, problem)}\n`);
    return 1;
  }
  for (const warning of result.warnings) edge.print(`${renderProblem(file, warning)} (warning)\n`);
  edge.print(`${file}: OK, ${countOf(result.config.cameras.length, 'camera')}\n`);
  return 0;
}
