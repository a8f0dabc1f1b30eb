import path from 'node:path';
import { askToReload, type ReloadAnswer } from './control-socket.ts';
import { countOf } from './count-of.ts';
import type { ExitCode, ProcessEdge } from './edge.ts';
import type { ReloadReport } from './reloader.ts';

/** `camgate reload`: has the running gateways take over their file, and says what came of it. */
export async function reload(file: string | undefined, edge: ProcessEdge): Promise<ExitCode> {
  const absolute = file === undefined ? undefined : path.resolve(edge.workingDirectory, file);
  let answers: readonly ReloadAnswer[];
  try {
    answers = await askToReload(absolute);
  } catch (error) {
    edge.complain(`cannot reload: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  if (answers.length === 0) {
    const what = absolute === undefined ? 'a configuration file' : absolute;
    edge.complain(
      `No camgate of this user runs with ${what}. (A service: systemctl reload camgate.)`,
    );
    return 1;
  }
  for (const answer of answers) {
    if (answer.type === 'failed') edge.complain(`cannot reload: ${answer.problem}`);
    else for (const line of linesOf(answer)) edge.print(`${line}\n`);
  }
  return answers.every(({ type }) => type === 'reloaded') ? 0 : 1;
}

function linesOf(report: ReloadReport): string[] {
  if (report.type === 'refused') {
    return [...report.problems, 'not reloaded: everything goes on as before'];
  }
  const { changes, cameraCount, restartKeys } = report;
  const words = (['added', 'changed', 'removed'] as const).flatMap((what) => {
    return changes[what].length === 0 ? [] : [`${what} ${changes[what].join(', ')}`];
  });
  const news = words.length === 0 ? 'no camera has changed' : words.join('; ');
  const lines = [`reloaded, ${countOf(cameraCount, 'camera')}: ${news}`];
  if (restartKeys.length > 0) {
    lines.push(`changed, but only a restart applies it: ${restartKeys.join(', ')}`);
  }
  return lines;
}
