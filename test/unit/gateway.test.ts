import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CameraConfig } from '../../src/config/config.ts';
import { defaultConfig } from '../../src/config/parse-config.ts';
import { Gateway } from '../../src/gateway.ts';
import { silentLog } from '../../src/lib/log.ts';
import { cameraConfig } from '../integration/gateway/rig.ts';
import { echo, shellProgram } from './transcode/stand-in.ts';

let directory: string;
let gateway: Gateway;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'camgate-gateway-'));
  const config = defaultConfig([cameraConfig('front', new URL('http://127.0.0.1:9/'))]);
  const server = { ...config.server, host: '127.0.0.1', port: 0 };
  gateway = await Gateway.start(
    { ...config, server },
    { ffmpeg: shellProgram(echo), log: silentLog, version: '0.0.0-test' },
  );
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Nobody watches it, so it is not dialled. */
function onDisk(): CameraConfig {
  const camera = cameraConfig('yard', new URL('http://127.0.0.1:9/'));
  return { ...camera, hls: { ...camera.hls, directory } };
}

const ids = (): string[] => gateway.cameras.cameras.map(({ id }) => id);

describe('a change of the cameras', () => {
  it('is refused, and leaves no folder, when the gateway stops in the middle', async () => {
    const changing = expect(gateway.replaceCameras([onDisk()])).rejects.toMatchObject({
      code: 'shutting-down',
    });
    await gateway[Symbol.asyncDispose]();
    expect(await readdir(directory)).toEqual([]);
    await changing;
    expect(await readdir(directory)).toEqual([]);
    expect(ids()).toEqual(['front']);
  });

  it('is refused once the gateway has stopped', async () => {
    await gateway[Symbol.asyncDispose]();
    await expect(gateway.replaceCameras([onDisk()])).rejects.toThrow('was not reloaded');
    expect(await readdir(directory)).toEqual([]);
  });
});
