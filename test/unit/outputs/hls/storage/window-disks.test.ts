import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../../../../src/lib/log.ts';
import { WindowDisks } from '../../../../../src/outputs/hls/storage/window-disks.ts';
import { cameraConfig } from '../../../../integration/gateway/rig.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'camgate-window-disks-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('leave nothing behind of a directory that was being opened when they were given up', async () => {
  const disks = new WindowDisks({ bootId: 'aa1', log: silentLog });
  const { hls } = cameraConfig('front', new URL('http://127.0.0.1:9/'));
  const opening = disks.open([{ ...hls, directory }]);
  await disks[Symbol.asyncDispose]();
  expect(await readdir(directory)).toEqual([]);
  await opening;
  await disks.open([{ ...hls, directory }]);
  expect(await readdir(directory)).toEqual([]);
});
