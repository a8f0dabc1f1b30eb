// Brings a checkout to the point where it runs: the locked packages installed, dist built from the sources as they are.
// Node built-ins only, since nothing else is there before the first install.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from './setup-lock.mjs';
import { SetupError } from './setup-error.mjs';

/** Installs and builds what is missing or stale; a few milliseconds when nothing is. Throws SetupError. */
export async function prepareCheckout(rootUrl) {
  const root = fileURLToPath(rootUrl);
  if ((await isInstalled(root)) && (await isBuilt(root))) return;
  // Two starts at once: the second waits for the first and then finds nothing left to do.
  await change(root, async () => {
    if (!(await isInstalled(root))) await install(root);
    if (!(await isBuilt(root))) await build(root);
  });
}

/**
 * For the `prepare` script: builds where the compiler is already there, installs nothing. It must never fail an install
 * (`npm ci --omit=dev` has no compiler), so a failed build is only reported; the next start reports it again and stops.
 */
export async function buildIfPossible(rootUrl) {
  const root = fileURLToPath(rootUrl);
  const hasSources = existsSync(path.join(root, 'src', 'main.ts'));
  if (!hasSources || !existsSync(compilerOf(root)) || (await isBuilt(root))) return;
  try {
    await change(root, () => build(root));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
  }
}

/** Does the work with the checkout to itself. Throws SetupError where this user may not write to it. */
async function change(root, work) {
  try {
    const unlock = await lock(path.join(root, '.camgate'), say);
    try {
      await work();
    } finally {
      await unlock();
    }
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code)) throw error;
    throw new SetupError(
      `the packages or the build in ${root} are missing or out of date, and this user may not write there ` +
        `(${error.code}). Run "npm ci && npm run build" there as a user who may write to it.`,
    );
  }
}

// --- packages

const installStamp = (root) => path.join(root, 'node_modules', '.camgate-lock');
const lockHash = async (root) => hash([await readFile(path.join(root, 'package-lock.json'))]);

async function isInstalled(root) {
  const wanted = await lockHash(root);
  if ((await readText(installStamp(root))) === wanted) return true;
  if (!(await matchesLockfile(root))) return false;
  // Installed by hand with npm ci: nothing to do. Where the stamp cannot be kept, the comparison is made at every
  // start.
  await writeFile(installStamp(root), wanted).catch(() => undefined);
  return true;
}

/**
 * Compares what npm says it installed (its hidden lockfile) with what is locked; optional packages depend on the
 * platform.
 */
async function matchesLockfile(root) {
  const hidden = await readText(path.join(root, 'node_modules', '.package-lock.json'));
  if (hidden === undefined) return false;
  const installed = JSON.parse(hidden).packages;
  const locked = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([folder, { version, optional }]) => {
    if (folder === '' || optional) return true;
    return installed[folder]?.version === version && existsSync(path.join(root, folder));
  });
}

async function install(root) {
  say('installing the locked packages …');
  const [program, ...prefix] = npmCommand();
  const flags = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const code = await run(program, [...prefix, ...flags], root);
  if (code !== 0) {
    throw new SetupError(
      `npm ci failed (${code}), see its messages above; most often the package registry cannot be reached.`,
    );
  }
  await writeFile(installStamp(root), await lockHash(root));
}

/** The npm that started this process, else the one beside this Node, else the one on PATH. */
function npmCommand() {
  const starter = process.env.npm_execpath ?? '';
  const besideNode = path.join(
    path.dirname(process.execPath),
    'node_modules',
    'npm',
    'bin',
    'npm-cli.js',
  );
  const candidates = [path.join(path.dirname(starter), 'npm-cli.js'), besideNode];
  const script = candidates.find((file) => path.isAbsolute(file) && existsSync(file));
  return script === undefined ? ['npm'] : [process.execPath, script];
}

// --- build

const buildStamp = (root) => path.join(root, 'dist', '.stamp');
const compilerOf = (root) => path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

async function isBuilt(root) {
  return (await readText(buildStamp(root))) === (await sourceHash(root));
}

async function build(root) {
  say('building …');
  const wanted = await sourceHash(root);
  await rm(buildStamp(root), { force: true });
  const code = await run(process.execPath, [compilerOf(root), '--project', root], root);
  if (code !== 0) throw new SetupError(`the build failed (${code}), see the messages above.`);
  await writeFile(buildStamp(root), wanted);
}

/** Everything the output depends on, by content: a branch switch changes times without changing files, and back. */
async function sourceHash(root) {
  const names = await readdir(path.join(root, 'src'), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts')).sort();
  const files = [
    ...sources.map((name) => path.join('src', name)),
    'tsconfig.json',
    'package-lock.json',
  ];
  const parts = await Promise.all(
    files.map(async (file) => [file, await readFile(path.join(root, file))]),
  );
  return hash(parts.flat());
}

// --- small things

/**
 * Runs a program with its output on stderr, so that stdout has only what camgate prints. Resolves to code or reason.
 */
function run(program, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 2, 2] });
    const stop = (signal) => {
      child.kill(signal);
      child.once('exit', () => process.exit(1));
    };
    const signals = ['SIGINT', 'SIGTERM'];
    const end = (result) => {
      for (const signal of signals) process.off(signal, stop);
      resolve(result);
    };
    for (const signal of signals) process.on(signal, stop);
    child.once('error', (error) =>
      end(error.code === 'ENOENT' ? `${program} is not installed` : error.message),
    );
    child.once('exit', (code, signal) => end(code ?? signal));
  });
}

function say(message) {
  console.error(`camgate: ${message}`);
}

function hash(parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(String(part.length)).update(':').update(part);
  return sum.digest('hex');
}

/** undefined when the file is not there. */
async function readText(file) {
  return readFile(file, 'utf8').catch(() => undefined);
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === '--if-possible') {
  await buildIfPossible(new URL('..', import.meta.url));
}
