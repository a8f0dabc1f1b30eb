// `npm run test:repeat -- 20 unit [--stutter] [path …]`: one vitest project that many times, and how often each test
// failed. --stutter (Linux): the test processes stand still for up to 300 ms again and again, as on a machine with much
// to do.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const longestPauseMs = 300;

const isStuttering = process.argv.includes('--stutter');
const [count, project, ...paths] = process.argv.slice(2).filter((word) => word !== '--stutter');
if (!(Number(count) > 0) || project === undefined) {
  console.error(
    'Usage: npm run test:repeat -- COUNT unit|integration|browser [--stutter] [path …]',
  );
  process.exit(2);
}

const scratch = mkdtempSync(path.join(tmpdir(), 'camgate-repeat-'));
const failures = new Map();
let badRuns = 0;
for (let run = 1; run <= Number(count); run++) {
  const failed = await runOnce(path.join(scratch, `${run}.json`));
  if (failed.length > 0) badRuns += 1;
  for (const name of failed) failures.set(name, (failures.get(name) ?? 0) + 1);
  console.log(`run ${run}: ${failed.length === 0 ? 'green' : failed.join('; ')}`);
}
rmSync(scratch, { recursive: true });
for (const [name, times] of failures) console.log(`${times} of ${count}: ${name}`);
console.log(`${Number(count) - badRuns} of ${count} runs green`);
process.exitCode = badRuns > 0 ? 1 : 0;

/** Names of the tests that failed. */
async function runOnce(report) {
  const vitest = path.join('node_modules', 'vitest', 'vitest.mjs');
  const reporting = ['--reporter', 'json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', '--project', project, ...reporting, ...paths];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const state = { isOver: false };
  const stuttering = isStuttering ? stutter(child.pid, state) : undefined;
  const code = await ended;
  state.isOver = true;
  await stuttering;
  const failed = failedIn(report);
  // What belongs to no test: a file that does not load, an unhandled error.
  return code !== 0 && failed.length === 0 ? [`vitest ended with ${code}`] : failed;
}

function failedIn(report) {
  try {
    const files = JSON.parse(readFileSync(report, 'utf8')).testResults;
    return files.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName }) => `${path.relative(root, name)} > ${fullName}`),
    );
  } catch {
    return []; // no report was written: vitest itself has said why
  }
}

/** Lets the workers of vitest stand still, one after the other, until the run is over. */
async function stutter(pid, state) {
  while (!state.isOver) {
    await wait(500 * Math.random());
    for (const worker of childrenOf(pid)) {
      if (!send(worker, 'SIGSTOP')) continue;
      await wait(longestPauseMs * Math.random());
      send(worker, 'SIGCONT');
    }
  }
}

function childrenOf(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** false when the process is gone. */
function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
