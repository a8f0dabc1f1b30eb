import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Observer } from '../player.ts';

export interface CommandOptions {
  readonly path: string;
  readonly args: readonly string[];
  readonly observer: Observer;
  /** Which lines of its log are errors. */
  readonly isComplaint: (line: string) => boolean;
  readonly onOutput?: (chunk: Buffer) => void;
  /** Each line of the log, and each state of a line that is written over. */
  readonly onLogLine?: (line: string) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** User to run as, where a program refuses root. */
  readonly uid?: number;
}

const gracefulMs = 3000;

/** Runs a player until it is disposed of; its standard error is the log. */
export function runCommand(options: CommandOptions): AsyncDisposable {
  const { observer, onLogLine, uid } = options;
  observer.log(`$ ${[options.path, ...options.args].join(' ')}`);
  observer.asked();
  const child = spawn(options.path, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  child.stdout.on('data', (chunk: Buffer) => options.onOutput?.(chunk));
  // readline takes a lone carriage return for the end of a line, which status lines end with.
  createInterface({ input: child.stderr }).on('line', (line) => {
    onLogLine?.(line);
    if (options.isComplaint(line)) observer.complained(line);
    else if (onLogLine === undefined) observer.log(line);
  });
  child.once('error', (error) => {
    observer.ended(error.message);
  });
  let isDisposed = false;
  child.once('exit', (code, signal) => {
    if (!isDisposed) observer.ended(`left with ${String(code ?? signal)}`);
  });
  return {
    [Symbol.asyncDispose]: () => {
      isDisposed = true;
      return end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), gracefulMs);
  await exited;
  clearTimeout(force);
}

/** First line that a program writes about itself. */
export async function firstLine(
  path: string,
  args: readonly string[],
  identity: { readonly uid?: number } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(path, args, { timeout: 10_000, ...identity });
  return stdout.split('\n')[0]?.trim() ?? '';
}
