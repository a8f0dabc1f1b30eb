import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import installer from '@ffmpeg-installer/ffmpeg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './gateway/rig.ts';

const root = path.resolve(import.meta.dirname, '../..');
const program = [
  process.execPath,
  ...['--import', import.meta.resolve('tsx'), path.join(root, 'src/main.ts')],
];

const announcement = /cameras? at (http:\S+\/)/;

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'camgate-reload-'));
  file = path.join(folder, 'camgate.yaml');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  // One that ends with its terminal may still be removing its socket.
  rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 100 });
});

/** In a process group of its own, and so without a terminal. */
function start(command: readonly string[]) {
  const [name = '', ...args] = command;
  const child = spawn(name, args, {
    cwd: folder,
    detached: true,
    // The sockets of this test, and of no gateway that runs besides.
    env: { PATH: process.env['PATH'], TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, output, ended };
}

/** No camera is behind these ports, and none is dialled, since nobody watches. */
function write(cameras: readonly string[], more = ''): void {
  const lines = cameras.map((id, index) => `  ${id}: http://me:Sesame@127.0.0.1:${index + 1}/\n`);
  writeFileSync(file, `server: { port: 0 }\n${more}cameras:\n${lines.join('')}`);
}

async function startGateway(command = [...program, '--config', 'camgate.yaml']) {
  return reached(start(command));
}

/** Once it has told its address. */
async function reached(gateway: ReturnType<typeof start>) {
  const { output } = gateway;
  await eventually(
    () => output.out,
    (out) => announcement.test(out),
    60_000,
  );
  const url = announcement.exec(output.out)?.[1] ?? '';
  const ids = async (): Promise<string> => {
    const answer = (await (await fetch(`${url}api/cameras`)).json()) as {
      cameras: { id: string }[];
    };
    return answer.cameras.map(({ id }) => id).join(' ');
  };
  return { ...gateway, url, ids };
}

function command(...args: string[]) {
  return start([...program, ...args]).ended;
}

describe('SIGHUP', () => {
  it('reloads what has changed while camgate was starting', async () => {
    const ffmpeg = path.join(folder, 'ffmpeg');
    // Looking for ffmpeg is what takes longest at the start.
    const wait = 'until [ -e open ]; do /bin/sleep 0.01; done';
    writeFileSync(ffmpeg, `#!/bin/sh\ntouch asked; ${wait}; exec ${installer.path} "$@"\n`, {
      mode: 0o755,
    });
    write(['a'], 'ffmpegPath: ffmpeg\n');
    const starting = start([...program, '--config', 'camgate.yaml']);
    const isAsked = () => readdirSync(folder).includes('asked');
    await eventually(isAsked, (asked) => asked, 60_000);
    write(['a', 'b'], 'ffmpegPath: ffmpeg\n');
    starting.child.kill('SIGHUP');
    writeFileSync(path.join(folder, 'open'), '');
    const { ids } = await reached(starting);
    expect(await eventually(ids, (found) => found !== 'a')).toBe('a b');
  });
});

describe('camgate reload', () => {
  it('has the running gateway take over its file, and tells what has changed', async () => {
    write(['a', 'b']);
    const { child, url, ids, ended, output } = await startGateway();
    write(['a', 'c'], 'log: { level: debug }\n');
    expect(await command('reload')).toEqual({
      code: 0,
      out:
        'reloaded, 2 cameras: added c; removed b\n' +
        'changed, but only a restart applies it: log.level\n',
      err: '',
    });
    expect(await ids()).toBe('a c');
    const gone = await fetch(`${url}cameras/b/snapshot.jpg`);
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([
      ...[404, 'camera-unknown'],
    ]);
    expect(await (await fetch(`${url}metrics`)).text()).not.toContain('camera="b"');
    expect(await command('reload', 'other.yaml')).toMatchObject({ code: 1, out: '' });

    const before = await command('check', file);
    expect(before.code).toBe(0);
    writeFileSync(file, 'server:\n  prot: 1\ncameras:\n  a:\n    linger: 15\n');
    const [checked, reloaded] = [await command('check', file), await command('reload', file)];
    expect(checked.out.split('\n')).toHaveLength(3);
    expect(reloaded).toEqual({
      code: 1,
      out: `${checked.out}not reloaded: everything goes on as before\n`,
      err: '',
    });
    expect(await ids()).toBe('a c');
    for (const line of checked.out.trim().split('\n')) expect(output.err).toContain(line);

    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(output.err).not.toContain('Sesame');
    expect(readdirSync(path.join(folder, `camgate-${userInfo().uid}`))).toEqual([]);
    expect(await command('reload')).toMatchObject({
      code: 1,
      err: expect.stringContaining('No camgate of this user runs with') as string,
    });
  }, 240_000);

  it('removes what a killed gateway has left behind', async () => {
    write(['a']);
    const { child, ended } = await startGateway();
    child.kill('SIGKILL');
    await ended;
    const sockets = path.join(folder, `camgate-${userInfo().uid}`);
    expect(readdirSync(sockets)).toHaveLength(1);
    expect((await command('reload')).code).toBe(1);
    expect(readdirSync(sockets)).toEqual([]);
  }, 120_000);
});

describe('SIGHUP', () => {
  it('reloads a gateway without a terminal', async () => {
    write(['a']);
    const { child, ids } = await startGateway();
    write(['a', 'b']);
    child.kill('SIGHUP');
    await eventually(ids, (each) => each === 'a b', 20_000);
  }, 120_000);

  it.skipIf(process.platform !== 'linux')(
    'ends one whose terminal is closed',
    async () => {
      write(['a']);
      const line = [...program, '-c', 'camgate.yaml'].join(' ');
      const { child, url } = await startGateway(['script', '-qefc', line, '/dev/null']);
      expect((await fetch(url)).status).toBe(200);
      // Its end closes the terminal that it has made.
      child.kill('SIGKILL');
      await eventually(
        () =>
          fetch(url).then(
            () => 'there',
            () => 'gone',
          ),
        (answer) => answer === 'gone',
        20_000,
      );
    },
    120_000,
  );
});

describe('watch', () => {
  it('takes over what is saved, unless it has a problem', async () => {
    write(['a'], 'watch: true\n');
    const { ids, output } = await startGateway();
    write(['a', 'b'], 'watch: true\n');
    await eventually(ids, (each) => each === 'a b', 20_000);
    writeFileSync(file, 'cameras:\n  a:\n    linger: 15\n');
    await eventually(
      () => output.err,
      (err) => err.includes('the configuration was not reloaded'),
      20_000,
    );
    expect(await ids()).toBe('a b');
    write(['b']);
    await eventually(ids, (each) => each === 'b', 20_000);
  }, 120_000);
});
