import { chmod, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LiveWindowOptions } from '../../../../../src/outputs/hls/window/live-window.ts';
import { DiskRig } from '../storage/disk-rig.ts';
import { runWithoutSilence, silentRun } from '../window-rig.ts';

const open: DiskRig[] = [];

async function start(
  options: Partial<LiveWindowOptions> = {},
  run = silentRun(),
): Promise<DiskRig> {
  const disk = await DiskRig.start(options);
  open.push(disk);
  disk.rig.begin(run);
  return disk;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((disk) => disk[Symbol.asyncDispose]()));
});

describe('a window in memory', () => {
  it('lists at least its length, and segments when that is less', async () => {
    const disk = await start({ folder: undefined, windowMs: 30_000, segmentCount: 3 });
    disk.play(20.5);
    expect(disk.listed()).toHaveLength(21);
    disk.play(40);
    // 60 whole seconds came; without the oldest second the list would be shorter than 30 s.
    expect(disk.listed()).toEqual(Array.from({ length: 30 }, (_, index) => 31 + index));
    const many = await start({ folder: undefined, windowMs: 10_000, segmentCount: 20 });
    many.play(60);
    expect(many.listed()).toHaveLength(20);
  });

  it('gets shorter when the bytes do not suffice, and says so once', async () => {
    const disk = await start({ folder: undefined, windowMs: 60_000, maxBytes: 200_000 });
    disk.play(100);
    expect(disk.window.byteCount).toBeLessThanOrEqual(200_000);
    // Of 20 segments that fit, as many as have left the list are kept for those who are still at them.
    expect(disk.listed().length).toBeGreaterThanOrEqual(7);
    expect(disk.listed().length).toBeLessThanOrEqual(8);
    for (const msn of disk.leaves(8)) expect(disk.media(`${msn}.m4s`), String(msn)).toBeDefined();
    expect(disk.log.messages('warn')).toEqual([
      'the window does not fit into hls.maxBytes, so its oldest segments are dropped; raise hls.maxBytes or shorten hls.window',
    ]);
  });

  it('says when every segment begins', async () => {
    const disk = await start({ folder: undefined });
    disk.play(30);
    const text = disk.rig.text();
    expect(text.match(/#EXT-X-PROGRAM-DATE-TIME/g)).toHaveLength(disk.listed().length + 1);
  });
});

describe('a window on disk', () => {
  it('needs no more memory the longer it is', async () => {
    const disk = await start({ windowMs: 300_000 });
    await disk.playSlowly(20);
    const early = disk.window.byteCount;
    await disk.playSlowly(100);
    expect(disk.listed().length).toBeGreaterThan(115);
    expect(disk.window.byteCount).toBe(early);
    expect(disk.window.byteCount).toBeLessThan(100_000);
    expect(disk.window.diskByteCount).toBeGreaterThan(1_100_000);
  });

  it('gives the same bytes before and after, whole and in parts', async () => {
    const disk = await start();
    disk.play(2.5);
    const whole = await disk.read('1.m4s');
    const parts = await Promise.all(
      ['part-1', 'part-2', 'part-3'].map((n) => disk.read(`${n}.m4s`)),
    );
    expect(disk.media('1.m4s')?.kind).toBe('memory');
    expect(disk.media('part-2.m4s')?.kind).toBe('memory');
    await disk.playSlowly(7);
    expect(disk.media('1.m4s')?.kind).toBe('file');
    expect(disk.media('part-2.m4s')?.kind).toBe('file');
    expect((await disk.read('1.m4s')).equals(whole)).toBe(true);
    const again = await Promise.all(
      ['part-1', 'part-2', 'part-3'].map((n) => disk.read(`${n}.m4s`)),
    );
    expect(Buffer.concat(again).equals(Buffer.concat(parts))).toBe(true);
  });

  it('keeps what is listed with parts in memory, and parts at least three target durations longer', async () => {
    const disk = await start();
    await disk.playSlowly(30);
    const text = disk.rig.text();
    const firstPart = Number(/URI="part-(\d+)\.m4s"/.exec(text)?.[1]);
    expect(disk.media(`part-${firstPart}.m4s`)?.kind).toBe('memory');
    expect(disk.media(`part-${firstPart - 1}.m4s`)?.kind).toBe('file');
    expect(disk.media(`part-${firstPart - 25}.m4s`)?.kind).toBe('file');
    expect(disk.media(`part-${firstPart - 70}.m4s`)).toBeUndefined();
    expect(disk.media('3.m4s')?.kind).toBe('file');
  });

  it('keeps as many segments in memory as MPEG-TS begins with, also where fewer have their parts listed', async () => {
    const disk = await start({ segmentMs: 2000 });
    await disk.playSlowly(31);
    const listed = disk.listed();
    expect(disk.rig.text()).toMatch(/#EXTINF:2\.0+,\n\d+\.m4s\n#EXT-X-PROGRAM.*\n#EXT-X-PART/);
    const places = listed.map((msn) => disk.media(`${msn}.m4s`)?.kind);
    expect(places).toEqual(
      listed.map((_, index) => (index < listed.length - 3 ? 'file' : 'memory')),
    );
  });

  it('removes a file when its promised time is over, and not before', async () => {
    const disk = await start({ windowMs: 10_000, segmentCount: 3 });
    await disk.playSlowly(15);
    expect(disk.listed()[0]).toBe(5);
    expect(await disk.files()).toContain('4.m4s');
    expect(await disk.read('4.m4s')).toHaveLength(10_000);
    await disk.playSlowly(12);
    expect(disk.media('4.m4s')).toBeUndefined();
    await vi.waitFor(async () => expect(await disk.files()).not.toContain('4.m4s'));
    expect(disk.media(`${String(disk.listed()[0])}.m4s`)).toBeDefined();
  });

  it('stays within its bytes on disk, with what has left the list', async () => {
    // A preroll would be a second that takes half of its bytes.
    const disk = await start({ windowMs: 300_000, maxDiskBytes: 250_000 }, runWithoutSilence());
    await disk.playSlowly(60, { step: 1 });
    expect(disk.window.diskByteCount).toBeLessThanOrEqual(250_000);
    expect(disk.listed().length).toBeGreaterThanOrEqual(10);
    expect(disk.listed().length).toBeLessThanOrEqual(11);
    for (const msn of disk.leaves(11)) expect(await disk.read(`${msn}.m4s`)).toHaveLength(10_000);
    expect((await disk.files()).length).toBeLessThanOrEqual(26);
    expect(disk.gaps()).toEqual([]);
    expect(disk.log.messages('warn')).toHaveLength(1);
    expect(disk.log.messages('warn')[0]).toContain('hls.maxDiskBytes');
  });

  it('skips what lies before the Skip Boundary, and only that', async () => {
    const disk = await start({ windowMs: 120_000 });
    await disk.playSlowly(100);
    const delta = disk.rig.text({ skip: 'YES' });
    const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(delta)?.[1]);
    const durations = [...disk.rig.text().matchAll(/#EXTINF:([\d.]+)/g)].map(([, d]) => Number(d));
    const after = durations.slice(skipped).reduce((sum, duration) => sum + duration, 0);
    expect(after).toBeGreaterThanOrEqual(12);
    expect(after - (durations[skipped] ?? 0)).toBeLessThan(12);
    expect(disk.rig.text().endsWith(delta.slice(delta.indexOf('#EXT-X-PROGRAM-DATE-TIME')))).toBe(
      true,
    );
  });

  it('removes its files when it is disposed', async () => {
    const disk = await start();
    await disk.playSlowly(10);
    expect((await disk.files()).length).toBeGreaterThan(5);
    disk.window.dispose();
    expect(disk.window.byteCount).toBe(0);
    await vi.waitFor(async () => {
      expect(await readdir(dirname(disk.folder))).toEqual(['camgate.json', 'heartbeat']);
    });
  });
});

/** Nothing can be made where a file is in the way, whoever asks (the tests may run as root). */
async function breakDisk(disk: DiskRig): Promise<void> {
  await rm(disk.folder, { recursive: true, force: true });
  await writeFile(disk.folder, 'in the way');
}

describe('a disk that fails', () => {
  it('leaves the stream alone: segments stay in memory, and what does not fit is a gap', async () => {
    const disk = await start({ windowMs: 300_000, maxBytes: 200_000 });
    await disk.playSlowly(20);
    await breakDisk(disk);
    disk.play(40);
    expect(disk.window.byteCount).toBeLessThanOrEqual(200_000);
    expect(disk.gaps().length).toBeGreaterThan(15);
    expect(disk.window.gapCount).toBe(disk.gaps().length);
    expect(disk.listed()).toEqual(Array.from({ length: 60 }, (_, msn) => msn));
    for (const msn of disk.gaps()) expect(disk.media(`${msn}.m4s`)).toBeUndefined();
    for (const msn of disk.listed().filter((number) => !disk.gaps().includes(number))) {
      expect(disk.media(`${msn}.m4s`), String(msn)).toBeDefined();
    }
    await vi.waitFor(() => expect(disk.window.diskFailuresTotal).toBeGreaterThan(0));
    expect(disk.log.messages('warn')).toEqual([
      'segments cannot be kept on disk and stay in memory as far as they fit: a part of the path is a file; choose another hls.directory',
    ]);
  });

  it('is used again when it works again, with the segments that waited', async () => {
    const disk = await start({ windowMs: 300_000 });
    await disk.playSlowly(10);
    await breakDisk(disk);
    disk.play(20);
    await vi.waitFor(() => expect(disk.window.diskFailuresTotal).toBeGreaterThan(0));
    await rm(disk.folder);
    await vi.waitFor(() => expect(disk.media('15.m4s')?.kind).toBe('file'));
    expect(await disk.read('15.m4s')).toHaveLength(10_000);
    expect(disk.log.messages('info')).toEqual([]);
    await disk.playSlowly(60);
    expect(disk.log.messages('info')).toEqual(['segments are kept on disk again']);
    expect(disk.gaps()).toEqual([]);
  });

  it('makes a gap of a segment whose file is gone, as soon as somebody asks for it', async () => {
    const disk = await start();
    await disk.playSlowly(12);
    await rm(join(disk.folder, '2.m4s'));
    await expect(disk.read('2.m4s')).rejects.toMatchObject({ code: 'media-gone' });
    expect(disk.gaps()).toEqual([2]);
    expect(disk.media('2.m4s')).toBeUndefined();
    expect(await disk.read('3.m4s')).toHaveLength(10_000);
  });

  it('makes a gap of a segment whose file was cut off, before anybody gets half of it', async () => {
    const disk = await start();
    await disk.playSlowly(12);
    await truncate(join(disk.folder, '2.m4s'), 4000);
    await expect(disk.read('2.m4s')).rejects.toMatchObject({ code: 'media-gone' });
    expect(disk.gaps()).toEqual([2]);
    expect(disk.media('2.m4s')).toBeUndefined();
    expect(await disk.read('3.m4s')).toHaveLength(10_000);
  });

  it('lists no more than it can keep for who is still at it, when all stays in memory', async () => {
    const disk = await start({ windowMs: 300_000, maxBytes: 300_000 });
    await mkdir(dirname(disk.folder), { recursive: true });
    await breakDisk(disk);
    disk.play(100);
    expect(disk.window.byteCount).toBeLessThanOrEqual(300_000);
    expect(disk.gaps()).toEqual([]);
    expect(disk.listed().length).toBeGreaterThanOrEqual(10);
    for (const msn of disk.leaves(10)) expect(disk.media(`${msn}.m4s`), String(msn)).toBeDefined();
  });

  it('marks the parts of a lost segment while they are listed', async () => {
    const disk = await start({ maxBytes: 40_000 });
    await mkdir(dirname(disk.folder), { recursive: true });
    await breakDisk(disk);
    disk.play(6);
    const text = disk.rig.text();
    expect(text).toMatch(/#EXT-X-PART:DURATION=0.20000,URI="part-\d+.m4s",GAP=YES\n/);
    expect(text).toMatch(/URI="part-\d+.m4s",INDEPENDENT=YES,GAP=YES\n/);
    for (const [, name = ''] of text.matchAll(/URI="(part-\d+\.m4s)".*GAP=YES/g)) {
      expect(disk.media(name)).toBeUndefined();
    }
    for (const [, name = ''] of text.matchAll(/URI="(part-\d+\.m4s)"(?:,INDEPENDENT=YES)?\n/g)) {
      if (!text.includes(`TYPE=PART,URI="${name}"`)) expect(disk.media(name)).toBeDefined();
    }
  });

  it('says in plain words that it may not write', async () => {
    const disk = await start();
    await chmod(disk.directory, 0o500);
    await rm(dirname(disk.folder), { recursive: true, force: true });
    disk.play(3);
    if (process.getuid?.() === 0) return; // root may write anywhere
    await vi.waitFor(() => expect(disk.log.messages('warn')).toHaveLength(1));
    expect(disk.log.messages('warn')[0]).toContain('camgate may not write there');
    await chmod(disk.directory, 0o700);
  });
});
