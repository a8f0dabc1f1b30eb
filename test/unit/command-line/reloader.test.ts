import { describe, expect, it, vi } from 'vitest';
import { Reloader, type CameraChanges } from '../../../src/command-line/reloader.ts';
import type { CamerasPlan, RunPlan } from '../../../src/command-line/plan-run.ts';
import type { Config } from '../../../src/config/config.ts';
import { configKeys, type ConfigKey } from '../../../src/config/schema.ts';
import { defaultConfig } from '../../../src/config/parse-config.ts';
import type { Log, LogFields } from '../../../src/lib/log.ts';
import { cameraConfig } from '../../integration/gateway/rig.ts';

type Plan = Extract<RunPlan, { type: 'cameras' | 'invalid' }>;

const cameras = [cameraConfig('a', new URL('http://a/'))];
const running = defaultConfig(cameras);
const changes: CameraChanges = { added: ['b'], changed: [], removed: [] };

function planOf(config: Partial<Config> = {}): CamerasPlan {
  return {
    ...{ type: 'cameras', file: '/camgate.yaml', notices: ['a warning'] },
    config: { ...running, ...config },
  };
}

function start(plan: () => Plan) {
  const lines: [level: string, message: string, fields?: LogFields][] = [];
  const write = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push(fields === undefined ? [level, message] : [level, message, fields]);
  const log: Log = {
    ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    child: () => log,
  };
  const replaceCameras = vi.fn(() => Promise.resolve(changes));
  const onWatch = vi.fn();
  const reloader = new Reloader({ config: running, plan, replaceCameras, onWatch, log });
  return { reloader, replaceCameras, onWatch, lines };
}

describe('a reload', () => {
  it('hands the cameras of the file to the gateway, and follows watch', async () => {
    const { reloader, replaceCameras, onWatch, lines } = start(() => planOf({ watch: true }));
    expect(await reloader.reload()).toEqual({
      ...{ type: 'reloaded', changes, cameraCount: 1, restartKeys: [] },
    });
    expect(replaceCameras).toHaveBeenCalledWith(cameras);
    expect(onWatch).toHaveBeenCalledWith(true);
    expect(lines).toEqual([
      ['warn', 'a warning'],
      ['info', 'configuration reloaded', changes],
    ]);
  });

  it('names each time the keys that need a restart', async () => {
    const { server, log } = running;
    const tls = { certificatePath: '/c.pem', keyPath: '/k.pem' };
    const publicUrl = 'https://cams.example/';
    const wanted = {
      server: { ...server, host: '::', port: 1, cors: [], frameAncestors: [], publicUrl, tls },
      log: { ...log, level: 'debug', format: 'json' },
      ffmpegPath: '/ffmpeg',
    } as const;
    const { reloader, lines } = start(() => planOf(wanted));
    const isApplied = ({ path }: ConfigKey): boolean => /^(?:cameras|hls)\.|^watch$/.test(path);
    const keys = configKeys.filter((key) => !isApplied(key)).map(({ path }) => path);
    for (let count = 1; count <= 2; count++) {
      expect(await reloader.reload()).toMatchObject({ restartKeys: keys });
      const text = `changed, but only a restart applies it: ${keys.join(', ')}`;
      expect(lines.at(-1)).toEqual(['warn', text]);
    }
  });

  it('changes nothing where the file has a problem, and tells every one', async () => {
    const problems = ['/camgate.yaml:1:1 one', '/camgate.yaml:2:1 two'];
    const { reloader, replaceCameras, onWatch, lines } = start(() => {
      return { type: 'invalid', problems };
    });
    expect(await reloader.reload()).toEqual({ type: 'refused', problems });
    expect(lines).toEqual([
      ...problems.map((problem) => ['error', problem]),
      ['error', 'the configuration was not reloaded: everything goes on as before'],
    ]);
    expect([replaceCameras, onWatch].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  it('waits for the one before, and is one for all that ask meanwhile', async () => {
    const plan = vi.fn(() => planOf());
    const { reloader, replaceCameras } = start(plan);
    let finish = (): void => undefined;
    replaceCameras.mockImplementationOnce(
      () => new Promise((resolve) => (finish = () => resolve(changes))),
    );
    const first = reloader.reload();
    await vi.waitFor(() => expect(replaceCameras).toHaveBeenCalledTimes(1));
    const others = [reloader.reload(), reloader.reload(), reloader.reload()];
    await new Promise((resolve) => setImmediate(resolve));
    expect(plan).toHaveBeenCalledTimes(1);
    finish();
    await Promise.all([first, ...others]);
    expect(plan).toHaveBeenCalledTimes(2);
  });

  it('can follow one that failed', async () => {
    const { reloader, replaceCameras } = start(() => planOf());
    replaceCameras.mockRejectedValueOnce(new Error('no'));
    await expect(reloader.reload()).rejects.toThrow('no');
    expect(await reloader.reload()).toMatchObject({ type: 'reloaded' });
  });
});
