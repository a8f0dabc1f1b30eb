import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { programEnv } from '../programs.ts';

/** A program in front of camgate that runs with its recipe of deploy/, on a free port of 127.0.0.1. */
export interface Edge extends AsyncDisposable {
  readonly url: URL;
  /** Of the process that started the others. */
  readonly pid: number;
}

interface Command {
  readonly name: string;
  readonly args: readonly string[];
  /** What it writes when it is up. */
  readonly ready: RegExp;
}

interface RunningProgram extends AsyncDisposable {
  readonly folder: string;
  readonly pid: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const startTimeoutMs = 20_000;
const stopTimeoutMs = 5000;

/** A recipe with what differs here in place of what users are to change: each text must stand in it. */
export function adaptRecipe(name: string, changes: Readonly<Record<string, string>>): string {
  return adapt(
    name,
    readFileSync(join(import.meta.dirname, '../../deploy', name), 'utf8'),
    changes,
  );
}

/** The same with the example of docs/proxies.md in this language. */
export function adaptExample(language: string, changes: Readonly<Record<string, string>>): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/proxies.md'), 'utf8');
  const example = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
  return adapt(`the example in ${language}`, example, changes);
}

function adapt(name: string, recipe: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${name} does not have: ${from}`);
    return text.replaceAll(from, () => to);
  }, recipe);
}

/**
 * Resolves when the program is up. Rejects with what it wrote when it ends or takes too long.
 * @param prepare writes its files into a folder that is gone with the program
 */
export async function startProgram(
  prepare: (folder: string) => Promise<Command>,
): Promise<RunningProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'camgate-edge-'));
  let child: Child | undefined;
  const stop = async (): Promise<void> => {
    if (child !== undefined) await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const command = await prepare(folder);
    child = spawn(command.name, command.args, {
      env: programEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await untilReady(child, command);
    return { folder, pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function untilReady(child: Child, { name, ready }: Command): Promise<void> {
  return new Promise((resolve, reject) => {
    let written = '';
    const fail = (why: string): void => reject(new Error(`${name} ${why}: ${written}`));
    const timer = setTimeout(() => fail('did not start'), startTimeoutMs);
    const settle = (): void => clearTimeout(timer);
    // Goes on reading to the end, so that no full pipe stops the program.
    const read = (chunk: Buffer): void => {
      if (written.length < 64 * 1024) written += chunk.toString();
      if (!ready.test(written)) return;
      settle();
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => {
      settle();
      fail(error.message);
    });
    child.once('close', (code) => {
      settle();
      fail(`ended with ${String(code)}`);
    });
  });
}

async function end(child: Child): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(force);
}
