import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readCpuSeconds, readResidentBytes } from '../../src/lib/system/process-usage.ts';

export interface MeasuredProcess extends AsyncDisposable {
  readonly url: URL;
  readonly pid: number;
}

export interface Usage {
  readonly cpuSeconds: number;
  /** Proportional share of memory (PSS). */
  readonly residentBytes: number;
}

const startTimeoutMs = 15_000;

/**
 * The built gateway as users run it, in a process of its own, with these cameras as `cam0`, `cam1` …; `camera` are keys
 * of each, `root` those of the whole configuration.
 */
export async function startGateway(
  cameras: readonly URL[],
  camera: Readonly<Record<string, unknown>> = {},
  root: Readonly<Record<string, unknown>> = {},
): Promise<MeasuredProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'camgate-bench-'));
  const port = await freePort();
  const configPath = join(folder, 'camgate.yaml');
  // JSON is YAML.
  const config = {
    ...root,
    server: { port },
    log: { level: 'error' },
    cameras: Object.fromEntries(
      cameras.map((url, index) => [
        `cam${index}`,
        { url: url.href, username: 'admin', password: '', ...camera },
      ]),
    ),
  };
  await writeFile(configPath, JSON.stringify(config));
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, '--config', configPath], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = new URL(`http://127.0.0.1:${port}/`);
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilHealthy(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
}

/** A script of this folder that listens and writes its port as its first line. */
export async function startScript(
  name: string,
  args: readonly string[] = [],
): Promise<MeasuredProcess> {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data', {
    signal: AbortSignal.timeout(startTimeoutMs),
  })) as [Buffer];
  return {
    url: new URL(`http://127.0.0.1:${Number(line.toString())}/`),
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: () => end(child),
  };
}

export async function usageOf(pid: number): Promise<Usage> {
  return {
    cpuSeconds: readCpuSeconds(pid) ?? 0,
    residentBytes: (await readResidentBytes(pid)) ?? 0,
  };
}

/** Direct children of a process, from /proc. */
export async function childrenOf(pid: number): Promise<number[]> {
  const entries = await readdir('/proc');
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map((candidate) => parentOf(candidate)));
  return pids.filter((_, index) => parents[index] === pid);
}

async function parentOf(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // gone since the folder was read
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilHealthy(url: URL, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + startTimeoutMs;
  while (performance.now() < endMs && child.exitCode === null) {
    try {
      if ((await fetch(new URL('healthz', url))).ok) return;
    } catch {
      await wait(50); // not listening yet
    }
  }
  throw new Error(`the gateway did not start (exit code ${String(child.exitCode)})`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 6000);
  await exited;
  clearTimeout(force);
}
