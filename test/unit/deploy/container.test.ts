import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeKeyPair } from '../../key-pairs.ts';
import { deployPath, readDeploy } from './files.ts';

/** Instructions with continued lines joined, comments left out. */
const instructions = readDeploy('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM')));
const find = (name: string): string => lastStage.find((line) => line.startsWith(`${name} `)) ?? '';

/** Exit code of the health check against this server. */
async function healthOf(server: Server): Promise<number> {
  const [, command = '[]'] = find('HEALTHCHECK').split(' CMD ');
  const [program, flag = '', script = ''] = JSON.parse(command) as string[];
  expect(program).toBe('node');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const check = spawn(process.execPath, [flag, script], { env: { CAMGATE_PORT: String(port) } });
  const [code] = (await once(check, 'exit')) as [number];
  server.close();
  return code;
}

/** With the Node that runs this first. */
const searchPath = [path.dirname(process.execPath), process.env['PATH']].join(path.delimiter);

/** What the entry point of the image runs, told by a stand-in for the program. */
function enter(given: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'camgate-entry-'));
  mkdirSync(path.join(folder, 'dist'));
  writeFileSync(
    path.join(folder, 'dist/main.js'),
    'console.log(JSON.stringify(process.argv.slice(2)))',
  );
  copyFileSync(deployPath('entrypoint.sh'), path.join(folder, 'entrypoint.sh'));
  const { status, stdout, stderr } = spawnSync(
    'sh',
    [path.join(folder, 'entrypoint.sh'), ...given],
    { encoding: 'utf8', env: { PATH: searchPath, ...env } },
  );
  rmSync(folder, { recursive: true });
  const args: unknown = stdout === '' ? undefined : JSON.parse(stdout);
  return { status, args, complaint: stderr };
}

describe('Dockerfile', () => {
  it('runs as a user without rights, reachable from outside the container', () => {
    expect(find('USER')).toBe('USER node');
    expect(find('ENTRYPOINT')).toBe('ENTRYPOINT ["sh", "/app/entrypoint.sh"]');
    expect(lastStage).toContain('COPY deploy/entrypoint.sh ./');
    expect(enter().args).toEqual(['--host', '0.0.0.0', '--port', '8080']);
  });

  const address = ['--host', '0.0.0.0', '--port', '8080'];
  it.each([
    [['check', '/etc/camgate/camgate.yaml']],
    [['--help']],
    [['-h']],
    [['--version']],
    [
      ['simulate', '--profile', 'f99'],
      ['simulate', ...address, '--profile', 'f99'],
    ],
    [['simulate'], ['simulate', ...address]],
    [
      ['--config', 'a b.yaml'],
      [...address, '--config', 'a b.yaml'],
    ],
    [['http://me:$(id)@camera/'], [...address, 'http://me:$(id)@camera/']],
    [
      ['--host', '::', '--log-level', 'debug'],
      ['--port', '8080', '--host', '::', '--log-level', 'debug'],
    ],
  ])('runs camgate with %j', (given, expected = given) => {
    expect(enter(given)).toEqual({ status: 0, args: expected, complaint: '' });
  });

  it('takes its port from a variable, since the health check has to know it too', () => {
    expect(enter([], { CAMGATE_PORT: '9000' }).args).toEqual([
      ...['--host', '0.0.0.0', '--port', '9000'],
    ]);
    for (const given of [['--port', '9000'], ['--port=9000'], ['-p9000']]) {
      const { status, complaint } = enter(given);
      expect(status).toBe(2);
      expect(complaint).toMatch(/^camgate: set CAMGATE_PORT instead of .*\.\n$/);
    }
    expect(find('ENV')).toContain('CAMGATE_PORT=8080');
  });

  it('has the newest Node, and no other, in all stages', () => {
    const bases = instructions.filter((line) => line.startsWith('FROM '));
    expect(new Set(bases.map((line) => line.split(' ')[1]))).toEqual(
      new Set(['node:26-bookworm-slim']),
    );
  });

  it('gives its user a folder for hls.directory', () => {
    const examples = readDeploy('camgate.example.yaml').match(/(?<=# directory: ).*$/m) ?? [];
    expect(find('RUN')).toContain(`install --directory --owner=node --group=node ${examples[0]}`);
  });

  it('is healthy with server.tls, whatever name the certificate has', async () => {
    const { certificate, key } = makeKeyPair('camgate.example');
    const server = createSecureServer({ cert: certificate, key }, (request, response) =>
      response.writeHead(request.url === '/healthz' ? 200 : 404).end(),
    );
    expect(await healthOf(server)).toBe(0);
  });

  it.each([
    [200, 0],
    [503, 1],
  ])('takes an answer of %i by /healthz for exit code %i', async (status, expected) => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/healthz' ? status : 404).end(),
    );
    expect(await healthOf(server)).toBe(expected);
  });

  it('copies only what exists, and lets it through to the build', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const ignore = readDeploy('Dockerfile.dockerignore').split('\n');
    expect(copied.filter((name) => !existsSync(deployPath(path.join('..', name))))).toEqual([]);
    expect(copied.filter((name) => !ignore.includes(`!${name}`))).toEqual([]);
    expect(ignore).toContain('*');
  });

  it('installs no packages for development into the image', () => {
    const stages = instructions.join('\n').split(/^FROM /m);
    const source = stages.find((stage) => stage.includes(' AS packages'));
    expect(source).toContain('npm ci --omit=dev');
    expect(lastStage.filter((line) => line.includes('node_modules'))).toEqual([
      'COPY --from=packages /app/node_modules ./node_modules',
    ]);
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly volumes?: readonly string[];
    readonly ports?: readonly string[];
    readonly command?: readonly string[];
    readonly ulimits?: Readonly<Record<string, number>>;
    readonly build?: { readonly context: string; readonly dockerfile: string };
  }
  const { services, volumes } = parse(readDeploy('compose.yaml')) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };

  it('mounts files that exist and volumes that are declared', () => {
    const sources = Object.values(services)
      .flatMap((service) => service.volumes ?? [])
      .map((mount) => mount.split(':')[0] ?? '');
    const missing = sources.filter((source) =>
      source.startsWith('./') ? !existsSync(deployPath(source)) : !(source in volumes),
    );
    expect(missing).toEqual([]);
    expect(services['camgate']?.build).toEqual({ context: '..', dockerfile: 'deploy/Dockerfile' });
  });

  it('has room for segments on disk and for many connections', () => {
    const targets = (services['camgate']?.volumes ?? []).map((mount) => mount.split(':')[1]);
    expect(targets).toContain('/var/cache/camgate');
    const [, limit] = /^LimitNOFILE=(\d+)$/m.exec(readDeploy('camgate.service')) ?? [];
    expect(services['camgate']?.ulimits).toEqual({ nofile: Number(limit) });
  });

  it('opens ports to this machine only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).toHaveLength(4);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('lets Varnish find camgate where its recipe looks', () => {
    const { varnish } = services;
    expect(varnish).toMatchObject({ profiles: ['edge'], network_mode: 'service:camgate' });
    const [, port] = /-a,:(\d+),/.exec(String(varnish?.command)) ?? [];
    expect(services['camgate']?.ports).toContain(`127.0.0.1:${port}:${port}`);
    expect(readDeploy('varnish.vcl')).toMatch(/\.host = "127\.0\.0\.1";\s+\.port = "8080";/);
  });

  it('gives Grafana the data source and the folder that are there', () => {
    const sources = parse(readDeploy('grafana/provisioning/datasources/prometheus.yaml')) as {
      datasources: { url: string }[];
    };
    expect(sources.datasources.map(({ url }) => new URL(url).hostname)).toEqual(['prometheus']);
    const providers = parse(readDeploy('grafana/provisioning/dashboards/camgate.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const folders = providers.providers.map(({ options }) => options.path);
    const targets = (services['grafana']?.volumes ?? []).map((mount) => mount.split(':')[1]);
    expect(folders.filter((folder) => !targets.includes(folder))).toEqual([]);
  });
});
