// `npm test`: every check in order with its time, going on after a failure. `npm test -- unit lint` runs only those.
// The last line is `N passed, N failed[, N skipped]`, the sum over all tests; each other check counts as one.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'camgate-test-'));
const chromium = findChromium(process.env);
const env = chromium === undefined ? process.env : { ...process.env, CHROMIUM_PATH: chromium };
const isCi = process.env.CI === 'true';

const bin = (file) => path.join('node_modules', file);
const steps = [
  check('setup', 'src/launch.mjs', '--build-only'),
  check('format', bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'),
  check('lint', bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.'),
  check('types', bin('typescript/bin/tsc'), '--project', 'test/tsconfig.json'),
  check('page-types', bin('typescript/bin/tsc'), '--project', 'public/tsconfig.json'),
  check('unused', bin('knip/bin/knip.js'), '--no-progress'),
  tests('unit'),
  tests('integration'),
  chromium === undefined ? withoutChromium() : tests('browser'),
];

process.exitCode = await main(process.argv.slice(2));

async function main(wanted) {
  const unknown = wanted.filter((name) => steps.every((step) => step.name !== name));
  if (unknown.length > 0) {
    const names = steps.map((step) => step.name).join(', ');
    console.error(`There is no step ${unknown.join(', ')}. Steps: ${names}`);
    return 2;
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  // Without packages nothing runs, so the set-up is part of every selection.
  const selected = steps.filter(
    ({ name }) => wanted.length === 0 || [...wanted, 'setup'].includes(name),
  );
  const failures = [];
  for (const step of selected) {
    console.log(`--- ${step.name}`);
    const startedAt = performance.now();
    const count = await step.run();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`--- ${step.name}: ${render(count)} in ${seconds} s\n`);
    for (const key of Object.keys(total)) total[key] += count[key];
    if (count.failed > 0) failures.push(step.name);
  }
  rmSync(scratch, { recursive: true, force: true });
  if (failures.length > 0) console.log(`failed: ${failures.join(', ')}`);
  console.log(render(total));
  return total.failed > 0 ? 1 : 0;
}

function render({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function counted(isGood) {
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
}

/** A program of this repository that passes by exit code 0. */
function check(name, script, ...args) {
  return { name, run: async () => counted((await node([script, ...args])) === 0) };
}

/** A vitest project; a run that gives no report (a crash, no tests found) is one failure. */
function tests(project) {
  const run = async () => {
    const report = path.join(scratch, `${project}.json`);
    const code = await node([
      bin('vitest/vitest.mjs'),
      'run',
      ...['--project', project],
      ...['--reporter', 'default', '--reporter', 'json', `--outputFile.json=${report}`],
    ]);
    const count = readReport(report);
    // A file that does not even load has no tests to count, and unhandled errors belong to none.
    return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
  };
  return { name: project, run };
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return counted(false); // no report was written: vitest itself has said why
  }
}

function withoutChromium() {
  const run = () => {
    console.log(
      'The browser tests were not run: no Chromium found. Get it with `apt-get install ' +
        'chromium`, or set CHROMIUM_PATH.',
    );
    return { passed: 0, failed: isCi ? 1 : 0, skipped: isCi ? 0 : 1 };
  };
  return { name: 'browser', run };
}

function node(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const stop = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
    child.once('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
      resolve(code ?? signal);
    });
  });
}
