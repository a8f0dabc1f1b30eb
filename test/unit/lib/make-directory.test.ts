import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from '../../../src/lib/system/make-directory.ts';

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'camgate-make-directory-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

it('makes what is missing, and is content with what is there', async () => {
  const path = join(base, 'a', 'b', 'c');
  await Promise.all([makeDirectory(path), makeDirectory(path)]);
  await makeDirectory(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

it('says at once where nothing can be made', async () => {
  await writeFile(join(base, 'file'), '');
  await expect(makeDirectory(join(base, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeDirectory(join(base, 'file', 'a', 'b'))).rejects.toMatchObject({
    code: 'ENOTDIR',
  });
  if (process.platform !== 'linux') return;
  await expect(makeDirectory('/proc/nothing')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(makeDirectory('/proc/nothing/below')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('takes what others make meanwhile', async () => {
  const path = join(base, 'a');
  await Promise.all(Array.from({ length: 8 }, () => makeDirectory(path)));
  await mkdir(join(path, 'b'));
  await makeDirectory(join(path, 'b'));
  expect((await stat(join(path, 'b'))).isDirectory()).toBe(true);
});
