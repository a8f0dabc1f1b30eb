import { existsSync } from 'node:fs';
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { DiskHealth } from '../../../../../src/outputs/hls/storage/disk-health.ts';
import { WindowDisk } from '../../../../../src/outputs/hls/storage/window-disk.ts';
import { silentLog } from '../../../../../src/lib/log.ts';
import { DiskRig, HeardLog } from './disk-rig.ts';
import { TinyDisk } from './tiny-disk.ts';
import { runWithoutSilence } from '../window-rig.ts';

const noRoom =
  'the window is shorter than configured, since the disk has too little room for it: free some space or shorten hls.window';
const shorter =
  'the window is shorter than configured, its oldest segments make room for new ones: the disk is full; free some space or lower hls.maxDiskBytes';

/** Each second takes three pages of 4 kB there. false where no such disk can be had. */
async function withTinyDisk(kilobytes: number, test: (path: string) => Promise<void>) {
  const probe = await TinyDisk.mount(kilobytes);
  if (probe === undefined) return false;
  await using tiny = probe;
  await test(tiny.path);
  return true;
}

/** Each second fills them; in steps that a disk can follow to the byte. */
const wholePages = { step: 1, frameBytes: 1228 };

async function expectPlayable(
  disk: DiskRig,
  msns: readonly number[],
  byteLength = 10_000,
): Promise<void> {
  for (const msn of msns) {
    expect(await disk.read(`${msn}.m4s`), String(msn)).toHaveLength(byteLength);
  }
}

it('on a full disk the playlist leaves room for what has left it, and the window grows again when there is room', async (context) => {
  const isTested = await withTinyDisk(700, async (path) => {
    await writeFile(join(path, 'not-ours'), Buffer.alloc(200_000));
    await using disk = await DiskRig.start({ windowMs: 300_000 }, path);
    // A preroll would not fill its pages.
    disk.rig.begin(runWithoutSilence());
    await disk.playSlowly(80, wholePages);
    expect(disk.gaps()).toEqual([]);
    const listed = disk.listed();
    expect(listed.at(-1)).toBe(79);
    // About 40 fit.
    expect(listed.length).toBeGreaterThanOrEqual(15);
    expect(listed.length).toBeLessThanOrEqual(20);
    await expectPlayable(disk, listed, 12_280);
    await expectPlayable(disk, disk.leaves(15), 12_280);
    expect(disk.window.diskFailuresTotal).toBe(0);
    expect(disk.log.messages('warn')).toEqual([noRoom]);
    expect(disk.log.messages('info')).toEqual([]);

    await rm(join(path, 'not-ours'));
    await disk.playSlowly(10, wholePages);
    // As much as came since, or what the larger disk holds.
    expect(disk.listed().length).toBeGreaterThanOrEqual(listed.length + 6);
    await disk.playSlowly(80, wholePages);
    await expectPlayable(disk, disk.listed(), 12_280);
    expect(disk.gaps()).toEqual([]);
    expect(disk.log.messages('warn')).toEqual([noRoom]);
  });
  if (!isTested) context.skip();
});

it('a disk that others have filled leaves what live play needs', async (context) => {
  const isTested = await withTinyDisk(200, async (path) => {
    await using disk = await DiskRig.start({ windowMs: 300_000 }, path);
    disk.rig.begin();
    await disk.playSlowly(10);
    const others = writeFile(join(path, 'not-ours'), Buffer.alloc(200_000));
    await expect(others).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.play(30);
    await vi.waitFor(() => expect(disk.window.diskFailuresTotal).toBeGreaterThan(0));
    disk.play(10);
    expect(disk.gaps()).toEqual([]);
    expect(disk.listed().at(-1)).toBe(49);
    expect(disk.listed().length).toBeGreaterThanOrEqual(6);
    await expectPlayable(disk, disk.listed());
    expect(disk.log.messages('warn')).toEqual([noRoom, shorter]);
  });
  if (!isTested) context.skip();
});

it('the marker outlives a full disk, so that the next start knows what to remove', async (context) => {
  const isTested = await withTinyDisk(64, async (path) => {
    const disk = await WindowDisk.open({ directory: path, bootId: 'aa1', log: silentLog });
    const marker = join(path, 'camgate-aa1', 'camgate.json');
    const before = await readFile(marker, 'utf8');
    await writeFile(join(path, 'not-ours'), Buffer.alloc(100_000)).catch(() => undefined);
    const other = await WindowDisk.open({ directory: path, bootId: 'aa2', log: silentLog });
    // A folder that came back is marked anew or not at all.
    await expect(other.folder('front').write('0.m4s', [Buffer.alloc(10)])).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    expect(await readdir(join(path, 'camgate-aa2'))).not.toContain('camgate.json');
    expect(await readFile(marker, 'utf8')).toBe(before);
    await disk[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    expect(await readdir(path)).toEqual(['not-ours']);
  });
  if (!isTested) context.skip();
});

// What is written to /dev/full meets a full disk, on every Linux and without any rights.
it.runIf(existsSync('/dev/full'))('makes room for a segment and writes it again', async () => {
  await using disk = await DiskRig.start({ windowMs: 300_000 });
  disk.rig.begin();
  await disk.playSlowly(20);
  await symlink('/dev/full', join(disk.folder, '21.m4s'));
  await disk.playSlowly(10);
  // What fits is known now: half of it is listed, and grows again where there is room all the same.
  const listed = disk.listed();
  expect(listed.length).toBeGreaterThanOrEqual(12);
  expect(listed.length).toBeLessThanOrEqual(18);
  await expectPlayable(disk, listed);
  // The first is no larger than a part, so it takes two.
  await expectPlayable(disk, disk.leaves((listed[0] ?? 0) - 2));
  expect(disk.media('1.m4s')).toBeUndefined();
  expect(disk.gaps()).toEqual([]);
  expect(disk.window.diskFailuresTotal).toBe(1);
  expect(await disk.files()).not.toContain('0.m4s');
  expect(await disk.read('21.m4s')).toHaveLength(10_000);
});

it('a disk that flaps is spoken of once a minute at most, and when it is well again', () => {
  let nowMs = 0;
  const log = new HeardLog();
  const health = new DiskHealth(log, () => nowMs);
  const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
  const broken = Object.assign(new Error('broken'), { code: 'EIO' });
  const saidAtMs: number[] = [];
  const note = (error?: Error): void => {
    const before = log.lines.length;
    if (error === undefined) health.noteSuccess();
    else health.noteFailure(error);
    if (log.lines.length > before) saidAtMs.push(nowMs);
    nowMs += 500;
  };
  for (let second = 0; second < 600; second += 1) {
    note(full);
    note();
  }
  expect(saidAtMs).toEqual([0]);
  for (let second = 0; second < 120; second += 1) note();
  expect(log.messages('info')).toEqual(['segments are kept on disk again']);
  note(full);
  for (let second = 0; second < 300; second += 1) note(second % 2 === 0 ? broken : full);
  const steps = saidAtMs.slice(1).map((at, index) => at - (saidAtMs[index] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(60_000);
  expect(log.messages('warn').at(-1)).toContain('the disk reports errors');
  expect(health.failuresTotal).toBe(901);
});
