import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helpText } from '../../src/command-line/help.ts';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'src/main.ts');
const program = [process.execPath, '--import', import.meta.resolve('tsx'), main];
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'camgate-cli-'));
  writeFileSync(
    path.join(folder, 'good.yaml'),
    // No camera is behind these ports, and none is dialled, since nobody watches.
    'server: { port: 0 }\nlog: { format: json }\ncameras:\n  a: http://me:Sesame@127.0.0.1:9/\n  b: http://127.0.0.1:10/\n',
  );
  writeFileSync(
    path.join(folder, 'bad.yaml'),
    'server:\n  prot: 1\ncameras:\n  a:\n    url: http://me:Sesame@a/\n    linger: 15\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The real program in a process of its own, in a folder without a configuration. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return watch([...program, ...args], env);
}

/** As npm does it: in a shell, which takes part in nothing. */
const shell = ['sh', '-c', '"$@"; exit', 'sh'] as const;

function startInShell(args: readonly string[], env: Readonly<Record<string, string>>) {
  return watch([...shell, ...program, ...args], env);
}

/** A stand-in for npm, which only starts that shell and waits. */
function startInShellOfParent(args: readonly string[], env: Readonly<Record<string, string>>) {
  const script =
    "const [command, ...args] = process.argv.slice(1); require('node:child_process').spawn(command, args, { stdio: 'inherit' })";
  return watch([process.execPath, '-e', script, '--', ...shell, ...program, ...args], env);
}

function watch([command = '', ...args]: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (output.out.includes('\n')) resolve(output.out);
    });
    ended.then(({ err }) => reject(new Error(`ended without a line: ${err}`)), reject);
  });
  firstLine.catch(() => undefined);
  return { child, ended, firstLine };
}

function run(...args: string[]) {
  return start(args).ended;
}

describe('camgate', () => {
  it('prints its help and version', async () => {
    expect(await run('--help')).toEqual({ code: 0, out: helpText, err: '' });
    expect(await run('--version')).toEqual({ code: 0, out: `camgate ${version}\n`, err: '' });
  });

  it('refuses unknown options and commands with the nearest known one', async () => {
    expect(await run('--prot', '1')).toEqual({
      code: 2,
      out: '',
      err: 'camgate: There is no option --prot. Did you mean --port?\n',
    });
    expect(await run('simulat')).toMatchObject({
      code: 2,
      err: 'camgate: There is no command simulat. Did you mean simulate?\n',
    });
  });

  it('keeps the password of a wrong camera address to itself', async () => {
    expect(await run('rtsp://me:Sesame@camera/')).toEqual({
      code: 2,
      out: '',
      err: 'camgate: usage: The camera address number 1 has the scheme rtsp. Use the http:// or https:// address of the camera.\n',
    });
  });

  it('hands the rest of the line to simulate', async () => {
    const { code, out } = await run('simulate', '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: camgate simulate/);
  });
});

describe('camgate check', () => {
  it('says everything that is wrong', async () => {
    expect(await run('check', 'bad.yaml')).toEqual({
      code: 1,
      out: `bad.yaml:2:3 server.prot: is not a known key. Did you mean port?
bad.yaml:6:13 cameras.a.linger: "15" has no unit. Use 1s to 24h; ms, s, m and h are units, so 15s is seconds.
`,
      err: '',
    });
  });

  it('says that a file is good, or not there', async () => {
    expect(await run('check', 'good.yaml')).toMatchObject({
      code: 0,
      out: 'good.yaml: OK, 2 cameras\n',
    });
    const missing = await run('check', 'none.yaml');
    expect(missing.code).toBe(1);
    expect(missing.out).toMatch(/^none\.yaml:1:1: the file cannot be read \(ENOENT\)\. /);
  });
});

describe('a running gateway', () => {
  const announcement = /^camgate \S+: 2 cameras at (http:\/\/127\.0\.0\.1:\d+\/)\n$/;

  it('prints the address for viewers as well as its own', async () => {
    const config = path.join(folder, 'public.yaml');
    writeFileSync(
      config,
      'server: { port: 0, publicUrl: https://example.com/cams }\ncameras:\n  a: http://127.0.0.1:9/\n',
    );
    const { child, firstLine, ended } = start(['--config', config]);
    expect(await firstLine).toMatch(
      /^camgate \S+: 1 camera at https:\/\/example\.com\/cams\/, listening at http:\/\/127\.0\.0\.1:\d+\/\n$/,
    );
    child.kill('SIGTERM');
    await ended;
  });

  it.skipIf(process.platform === 'win32')(
    'ends with the shell that npm made for it',
    async () => {
      const args = ['--config', path.join(folder, 'good.yaml')];
      const { child, firstLine, ended } = startInShell(args, { npm_lifecycle_event: 'start' });
      await firstLine;
      child.kill('SIGTERM');
      // The end of its output, which is not that of the shell.
      await ended;
    },
    30_000,
  );

  it.skipIf(process.platform !== 'linux')(
    'ends when npm is killed, which leaves its shell behind',
    async () => {
      const args = ['--config', path.join(folder, 'good.yaml')];
      const parent = startInShellOfParent(args, { npm_lifecycle_event: 'start' });
      await parent.firstLine;
      parent.child.kill('SIGKILL');
      await parent.ended;
    },
    30_000,
  );

  it.each(['SIGTERM', 'SIGINT'] as const)('says where it is and stops on %s', async (signal) => {
    const { child, ended, firstLine } = start(['--config', 'good.yaml']);
    const [, url] = announcement.exec(await firstLine) ?? [];
    expect(url).toBeDefined();
    const answer = await fetch(`${url ?? ''}api/cameras`);
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    child.kill(signal);
    const { code, out, err } = await ended;
    expect([code, out.split('\n').length]).toEqual([0, 2]);
    expect(err).not.toContain('Sesame');
    expect(err).toContain('using this ffmpeg');
  });

  it('takes its configuration from CAMGATE_CONFIG and its port from the command line', async () => {
    const { child, ended, firstLine } = start(['--port', '0'], { CAMGATE_CONFIG: 'good.yaml' });
    expect(await firstLine).toMatch(announcement);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  it('does not start with a wrong configuration', async () => {
    const { code, err } = await run('--config', 'bad.yaml');
    expect(code).toBe(1);
    expect(err.split('\n')).toHaveLength(3);
    expect(err).toContain('camgate: bad.yaml:2:3 server.prot: is not a known key.');
  });

  it('says when its port is taken', async () => {
    await using blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const { code, out, err } = await run('-c', 'good.yaml', '--port', String(port));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(new RegExp(`^camgate: address-in-use: .*:${port}: .*\\.\\n$`, 'm'));
  });
});

describe('the demo', () => {
  it('tries no further port where the address itself cannot be taken', async () => {
    // The first start on a machine says that it encodes the pictures of the demo.
    const { code, out, err } = await run('--host', '192.0.2.1', '--log-level', 'warn');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^camgate: address-in-use: Cannot listen on 192\.0\.2\.1:8080: .*\n$/);
  });

  it('starts without any configuration', async () => {
    const { child, ended, firstLine } = start(['--port', '0', '--log-level', 'warn']);
    const line = await firstLine;
    expect(line).toMatch(/^camgate \S+: 3 simulated cameras at http:\/\/127\.0\.0\.1:\d+\/\n$/);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, out: line, err: '' });
  });
});
