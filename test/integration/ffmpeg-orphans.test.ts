import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseCpuSeconds } from '../../src/lib/system/process-usage.ts';
import { bothBuilds } from './ffmpeg/builds.ts';

const parentScript = path.join(import.meta.dirname, 'ffmpeg', 'parent.ts');

/** The line of proc(5), or undefined when the process is gone (a zombie that nobody collects is gone, too). */
function statOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return /\) [ZX] /.test(stat) ? undefined : stat;
  } catch {
    return undefined;
  }
}

/** So often in a row must the process be seen asleep: on a busy machine it may sleep or stand still while it starts. */
const quietCount = 3;

/** Waits until the process sleeps and takes no more processor time: it waits for its input or its output. */
async function quiet(pid: number): Promise<void> {
  let last = -1;
  let count = 0;
  for (let tries = 0; tries < 200; tries += 1) {
    await delay(100);
    const stat = statOf(pid) ?? '';
    const seconds = parseCpuSeconds(stat);
    count = seconds === last && /\) S /.test(stat) ? count + 1 : 0;
    if (count === quietCount) return;
    last = seconds;
  }
  throw new Error('the child never rests');
}

async function endsWithin(pid: number, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (statOf(pid) !== undefined && performance.now() < end) await delay(20);
  return statOf(pid) === undefined;
}

describe.runIf(process.platform === 'linux').each(await bothBuilds())('%s', (_, binary) => {
  it.each(['idle', 'blocked'])('dies with a parent killed by SIGKILL, %s', async (mode) => {
    const parent = spawn(process.execPath, ['--import', 'tsx', parentScript, binary.path, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      await quiet(pid);
      parent.kill('SIGKILL');
      expect(await endsWithin(pid, 10_000)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
