import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface SetupLock {
  readonly lock: (folder: string, say: (message: string) => void) => Promise<() => Promise<void>>;
}

// Plain JavaScript without declarations, since it runs before there is a compiler.
const file = new URL('../../src/setup-lock.mjs', import.meta.url).href;
const { lock } = (await import(/* @vite-ignore */ file)) as SetupLock;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'camgate-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a checkout that is not built', () => {
  // For root as for others, nothing can be made in the folder that stands in for a read-only checkout.
  it.runIf(process.platform === 'linux')('says in a sentence that it is read-only', () => {
    const root = path.resolve(import.meta.dirname, '../..');
    const scripts = readdirSync(path.join(root, 'src')).filter((name) => name.endsWith('.mjs'));
    mkdirSync(path.join(folder, 'src'));
    for (const name of ['package-lock.json', 'src/main.ts', ...scripts.map((it) => `src/${it}`)]) {
      copyFileSync(path.join(root, name), path.join(folder, name));
    }
    symlinkSync('/sys', path.join(folder, '.camgate'));
    const started = spawnSync(process.execPath, [path.join(folder, 'src/launch.mjs'), '--help'], {
      encoding: 'utf8',
    });
    expect([started.status, started.stdout]).toEqual([1, '']);
    expect(started.stderr.replace(/\((EROFS|EACCES|EPERM)\)/, '(CODE)')).toBe(
      `camgate: the packages or the build in ${folder}/ are missing or out of date, and this user may not write ` +
        'there (CODE). Run "npm ci && npm run build" there as a user who may write to it.\n',
    );
  });
});

const quiet = () => undefined;

describe('the lock of the set-up', () => {
  it('lets one in at a time and leaves nothing behind', async () => {
    let insideCount = 0;
    const insideCounts: number[] = [];
    const visit = async () => {
      const unlock = await lock(folder, quiet);
      insideCounts.push(++insideCount);
      await new Promise((resolve) => setImmediate(resolve));
      insideCount--;
      await unlock();
    };
    await Promise.all([visit(), visit(), visit(), visit()]);
    expect(insideCounts).toEqual([1, 1, 1, 1]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    mkdirSync(path.join(folder, 'setup.lock'));
    writeFileSync(path.join(folder, 'setup.lock', 'owner'), `${pid}-1`);
    const said: string[] = [];
    const unlock = await lock(folder, (message) => said.push(message));
    await unlock();
    expect(said).toEqual(['another start is installing or building, waiting for it …']);
    expect(readdirSync(folder)).toEqual([`setup.lock.${pid}-1`]);
  });
});
