import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { askToReload } from '../../../src/command-line/control-socket.ts';
import { FollowedFile } from '../../../src/command-line/followed-file.ts';
import { planFile } from '../../../src/command-line/plan-run.ts';
import { HeardLog } from '../outputs/hls/storage/disk-rig.ts';

const overrides = { host: undefined, port: undefined, logLevel: undefined };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'camgate-followed-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it.skipIf(process.platform === 'win32')(
  'logs why a reload failed that was asked for on the socket',
  async () => {
    const file = path.join(folder, 'camgate.yaml');
    writeFileSync(file, 'cameras:\n  a: http://127.0.0.1:9/\n');
    const edge = { env: {}, workingDirectory: folder };
    const plan = planFile(file, overrides, edge);
    if (plan.type !== 'cameras') throw new Error(plan.problems.join());
    const log = new HeardLog();
    await using followed = new FollowedFile({ plan, overrides, edge, log });
    const error = new Error('a listener threw');
    await followed.begin(() => Promise.reject(error));
    expect(await askToReload(file)).toMatchObject([{ type: 'failed' }]);
    const line = { level: 'error', message: 'reloading failed', fields: { error } };
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([line]);
  },
);
