import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askToReload, ControlSocket } from '../../../src/command-line/control-socket.ts';
import type { ReloadReport } from '../../../src/command-line/reloader.ts';

// As in a container that runs with a number for which it knows no user.
vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>();
  if (process.platform === 'win32') return os;
  const userInfo = (): never => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  return { ...os, userInfo };
});

const report: ReloadReport = { type: 'refused', problems: ['one'] };
const reload = vi.fn(() => Promise.resolve(report));
let folder: string;
let sockets: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'camgate-control-'));
  sockets = path.join(folder, `camgate-${process.getuid?.()}`);
  vi.stubEnv('TMPDIR', folder);
  reload.mockClear();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe.skipIf(process.platform === 'win32')('the socket of a gateway', () => {
  it('is found by the file, or by the user alone, and answers with the report', async () => {
    await using socket = await ControlSocket.open('/etc/a.yaml', reload);
    expect(socket).toBeInstanceOf(ControlSocket);
    expect(await askToReload('/etc/a.yaml')).toEqual([report]);
    expect(await askToReload(undefined)).toEqual([report]);
    expect(await askToReload('/etc/b.yaml')).toEqual([]);
    expect(reload).toHaveBeenCalledTimes(2);
  });

  it('goes with the gateway, whoever is still connected', async () => {
    const socket = await ControlSocket.open('/etc/a.yaml', reload);
    const [name = ''] = readdirSync(sockets);
    const client = connect(path.join(sockets, name));
    await once(client, 'connect');
    const closed = once(client, 'close');
    await socket[Symbol.asyncDispose]();
    await closed;
    expect(readdirSync(sockets)).toEqual([]);
  });

  it('does nothing for anybody who says something else', async () => {
    await using socket = await ControlSocket.open('/etc/a.yaml', reload);
    expect(socket).toBeInstanceOf(ControlSocket);
    const [name = ''] = readdirSync(sockets);
    const client = connect(path.join(sockets, name), () => client.write('GET / HTTP/1.1\r\n'));
    await once(client, 'close');
    expect(reload).not.toHaveBeenCalled();
  });

  it('says that the gateway could not, where it could not', async () => {
    reload.mockRejectedValueOnce(new Error('no'));
    await using socket = await ControlSocket.open('/etc/a.yaml', reload);
    expect(socket).toBeInstanceOf(ControlSocket);
    expect(await askToReload(undefined)).toEqual([
      { type: 'failed', problem: expect.stringContaining('its log says why') as string },
    ]);
  });

  it('hides no report of another behind an answer that is cut short', async () => {
    await using socket = await ControlSocket.open('/etc/a.yaml', reload);
    expect(socket).toBeInstanceOf(ControlSocket);
    const other = createServer((client) => client.once('data', () => client.end('{"type":"rel')));
    await once(other.listen(path.join(sockets, '0123456789abcdef-1')), 'listening');
    try {
      const answers = await askToReload(undefined);
      expect(answers).toHaveLength(2);
      expect(answers).toContainEqual(report);
      expect(answers).toContainEqual({
        ...{ type: 'failed', problem: expect.stringContaining('cut short') as string },
      });
    } finally {
      other.close();
    }
  });

  it('is in no folder that others may open', async () => {
    mkdirSync(sockets);
    chmodSync(sockets, 0o755);
    await expect(ControlSocket.open('/etc/a.yaml', reload)).rejects.toThrow('open to them');
    await expect(askToReload(undefined)).rejects.toThrow('open to them');
  });
});
