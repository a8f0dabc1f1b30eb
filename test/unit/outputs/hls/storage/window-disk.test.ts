import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WindowDisk } from '../../../../../src/outputs/hls/storage/window-disk.ts';
import { silentLog } from '../../../../../src/lib/log.ts';
import { livenessOf, ownIdentity } from '../../../../../src/lib/system/process-identity.ts';
import { HeardLog } from './disk-rig.ts';
import { TinyDisk } from './tiny-disk.ts';

let directory: string;
const disks: WindowDisk[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'camgate-window-disk-'));
});

afterEach(async () => {
  await Promise.all(disks.splice(0).map((disk) => disk[Symbol.asyncDispose]()));
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function claim(bootId: string): Promise<WindowDisk> {
  const disk = await WindowDisk.open({ directory, bootId, log: silentLog });
  disks.push(disk);
  return disk;
}

/** As a gateway leaves it that was killed. */
async function leave(name: string, marker: unknown, ageMs = 0): Promise<void> {
  const path = join(directory, name);
  await mkdir(join(path, 'front-life1'), { recursive: true });
  await writeFile(join(path, 'front-life1', '0.m4s'), 'media');
  if (marker !== undefined) await writeFile(join(path, 'camgate.json'), JSON.stringify(marker));
  await writeFile(join(path, 'heartbeat'), '');
  const at = (Date.now() - ageMs) / 1000;
  await utimes(join(path, 'heartbeat'), at, at);
}

async function processThatEnded(): Promise<{ pid: number }> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  if (child.pid === undefined) throw new Error('no child');
  return { pid: child.pid };
}

function processThatRuns(): { pid: number } {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60_000)']);
  children.push(child);
  if (child.pid === undefined) throw new Error('no child');
  return { pid: child.pid };
}

describe('the folder of a start', () => {
  it('is made at once, says whose it is, and goes with it', async () => {
    const disk = await claim('aa1');
    expect(await readdir(directory)).toEqual(['camgate-aa1']);
    const marker = await readFile(join(directory, 'camgate-aa1', 'camgate.json'), 'utf8');
    expect(JSON.parse(marker)).toEqual({ ...ownIdentity() });
    await disk.folder('front').write('0.m4s', [Buffer.from('a'), Buffer.from('b')]);
    expect(await readFile(join(directory, 'camgate-aa1', 'front', '0.m4s'), 'utf8')).toBe('ab');
    await disk[Symbol.asyncDispose]();
    expect(await readdir(directory)).toEqual([]);
  });

  it('comes back when somebody has removed it', async () => {
    const folder = (await claim('aa1')).folder('front');
    await rm(join(directory, 'camgate-aa1'), { recursive: true });
    await folder.write('0.m4s', [Buffer.from('a')]);
    expect(await readdir(join(directory, 'camgate-aa1'))).toEqual([
      'camgate.json',
      'front',
      'heartbeat',
    ]);
  });

  it('is no reason not to start when it cannot be made, but said in one line', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const log = new HeardLog();
    const disk = await WindowDisk.open({ directory: file, bootId: 'aa1', log });
    await expect(disk.folder('front').write('0', [])).rejects.toMatchObject({ code: 'ENOTDIR' });
    await disk[Symbol.asyncDispose]();
    const why = 'a part of the path is a file; choose another hls.directory';
    expect(log.messages('warn')).toEqual([
      `hls.directory cannot be used: ${why}`,
      `the segments of this start could not be removed: ${why}`,
    ]);
    expect(log.lines.flatMap(({ fields }) => Object.keys(fields))).not.toContain('error');
  });

  it.runIf(process.platform === 'linux')('does not wait for one that never comes', async () => {
    const log = new HeardLog();
    const disk = await WindowDisk.open({ directory: '/proc/nothing', bootId: 'aa1', log });
    await expect(disk.folder('front').write('0', [])).rejects.toMatchObject({ code: 'ENOENT' });
    await disk[Symbol.asyncDispose]();
    expect(log.messages('warn')).toEqual([
      'hls.directory cannot be used: the directory is gone and cannot be made; mount it again or choose another hls.directory',
    ]);
  });

  it('says that a file system is read-only', async (context) => {
    const probe = await TinyDisk.mount(64, 'ro');
    if (probe === undefined) return context.skip();
    await using tiny = probe;
    const log = new HeardLog();
    const at = join(tiny.path, 'windows');
    const disk = await WindowDisk.open({ directory: at, bootId: 'aa1', log });
    await expect(disk.folder('front').write('0', [])).rejects.toMatchObject({ code: 'EROFS' });
    await disk[Symbol.asyncDispose]();
    expect(log.messages('warn')).toEqual([
      'hls.directory cannot be used: the file system is read-only; mount it for writing',
    ]);
  });

  it('writes nothing once it is given up', async () => {
    const disk = await claim('aa1');
    const folder = disk.folder('front');
    await disk[Symbol.asyncDispose]();
    await expect(folder.write('0.m4s', [Buffer.from('a')])).rejects.toThrow();
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('what earlier starts left behind', () => {
  it('goes when its process is gone', async () => {
    await leave('camgate-dead', { ...ownIdentity(), ...(await processThatEnded()) });
    await claim('aa1');
    expect(await readdir(directory)).toEqual(['camgate-aa1']);
  });

  it('goes when its pid belongs to another process now', async () => {
    await leave('camgate-dead', { ...ownIdentity(), ...processThatRuns(), startedAt: '1' });
    await claim('aa1');
    expect(await readdir(directory)).toEqual(['camgate-aa1']);
  });

  it('stays while its process runs, however long it has not been heard of', async () => {
    await leave('camgate-other', ownIdentity(), 3_600_000);
    await claim('aa1');
    await claim('aa2');
    expect(await readdir(directory)).toEqual(['camgate-aa1', 'camgate-aa2', 'camgate-other']);
  });

  it('goes by its age where the process cannot be asked', async () => {
    const elsewhere = { scope: 'another machine', pid: 1, startedAt: '5' };
    await leave('camgate-fresh', elsewhere, 20_000);
    await leave('camgate-old', elsewhere, 90_000);
    await claim('aa1');
    expect(await readdir(directory)).toEqual(['camgate-aa1', 'camgate-fresh']);
  });

  it('is only what camgate made', async () => {
    const gone = { ...ownIdentity(), ...(await processThatEnded()) };
    await leave('camgate-nobody', undefined, 3_600_000);
    await leave('camgate-odd', { pid: 'x' }, 3_600_000);
    await leave('Camgate-dead', gone);
    await leave('holiday', gone);
    await writeFile(join(directory, 'camgate-file'), 'x');
    await writeFile(join(directory, 'notes.txt'), 'x');
    const elsewhere = await mkdtemp(join(tmpdir(), 'camgate-elsewhere-'));
    await writeFile(join(elsewhere, 'camgate.json'), JSON.stringify(gone));
    await symlink(elsewhere, join(directory, 'camgate-link'));
    const before = await readdir(directory, { recursive: true });
    const disk = await claim('aa1');
    await disk[Symbol.asyncDispose]();
    expect((await readdir(directory, { recursive: true })).sort()).toEqual(before.sort());
    expect(await readdir(elsewhere)).toEqual(['camgate.json']);
    await rm(elsewhere, { recursive: true });
  });
});

describe('livenessOf', () => {
  it('knows this process, and none elsewhere', () => {
    const own = ownIdentity();
    expect(livenessOf(own, own)).toBe('alive');
    expect(livenessOf({ ...own, scope: 'another machine' }, own)).toBe('unknown');
    expect(livenessOf({ ...own, startedAt: '' }, own)).toBe('unknown');
    expect(livenessOf({ ...own, startedAt: '1' }, own)).toBe('gone');
  });
});
