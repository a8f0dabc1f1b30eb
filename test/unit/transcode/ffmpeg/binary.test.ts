import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateFfmpeg } from '../../../../src/transcode/ffmpeg/binary.ts';
import { silentLog, type LogFields } from '../../../../src/lib/log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'camgate-ffmpeg-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A real program that answers like an ffmpeg of this version. */
async function fake(name: string, version: string, libavcodec: string): Promise<string> {
  const file = path.join(folder, name, 'ffmpeg');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\necho "ffmpeg version ${version} Copyright"\necho "libavcodec     ${libavcodec} / ${libavcodec}"\n`,
  );
  await chmod(file, 0o755);
  return file;
}

const locate = (
  options: Partial<Parameters<typeof locateFfmpeg>[0]>,
): ReturnType<typeof locateFfmpeg> =>
  locateFfmpeg({ configuredPath: undefined, searchPath: undefined, log: silentLog, ...options });

describe('locateFfmpeg', () => {
  it('prefers the first current build on PATH and says why others were passed over', async () => {
    const old = await fake('old', '4.4.1', '58.134.100');
    const current = await fake('current', '6.1', '60. 31.102');
    const warnings: LogFields[] = [];
    const log = {
      ...silentLog,
      warn: (_: string, fields?: LogFields) => warnings.push(fields ?? {}),
    };
    const searchPath = [path.dirname(old), path.join(folder, 'none'), path.dirname(current)];
    const found = await locate({ searchPath: searchPath.join(path.delimiter), log });
    expect(found).toMatchObject({ path: current, source: 'system', major: 6, version: '6.1' });
    expect(warnings).toEqual([{ path: old, problem: 'version 4.4.1 is too old' }]);
  });

  it('falls back to the bundled build', async () => {
    const found = await locate({ searchPath: '' });
    expect(found).toMatchObject({ source: 'bundled', libavcodecMajor: 58, major: undefined });
  });

  it('gives a bundled program its executable bit back', async () => {
    const file = await fake('bundled', '5.1', '59. 37.100');
    await chmod(file, 0o644);
    const found = await locate({ bundledPath: () => Promise.resolve(file) });
    expect(found).toMatchObject({ path: file, source: 'bundled' });
    expect((await stat(file)).mode & 0o777).toBe(0o755);
  });

  it('uses the configured one whatever its version', async () => {
    const file = await fake('mine', '4.4.1', '58.134.100');
    expect(await locate({ configuredPath: file })).toMatchObject({
      source: 'configured',
      version: '4.4.1',
    });
  });

  it('says what is wrong with a configured one', async () => {
    const missing = path.join(folder, 'nothing');
    await expect(locate({ configuredPath: missing })).rejects.toMatchObject({
      code: 'ffmpeg-missing',
      message: `The configured ffmpegPath ${missing} is not usable: there is no such file. Correct the path, or remove the setting to let camgate look for one.`,
    });
    const plain = path.join(folder, 'plain');
    await writeFile(plain, 'text');
    await expect(locate({ configuredPath: plain })).rejects.toThrow('it may not be executed');
    await expect(locate({ configuredPath: '/bin/true' })).rejects.toThrow(
      'it does not answer like ffmpeg',
    );
  });

  it('says what to install where nothing runs, also when the package throws a bare string', async () => {
    const bundledPath = (): Promise<string> =>
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the package does
      Promise.reject('Unsupported platform/architecture: x');
    await expect(locate({ bundledPath })).rejects.toMatchObject({
      code: 'ffmpeg-missing',
      message:
        'No usable ffmpeg: none of version 5 or newer on PATH, and the bundled one does not run (Unsupported platform/architecture: x). Install ffmpeg 5 or newer, or set ffmpegPath to one.',
    });
  });
});
