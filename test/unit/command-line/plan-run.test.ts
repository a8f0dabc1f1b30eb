import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/command-line/parse-arguments.ts';
import { planRun } from '../../../src/command-line/plan-run.ts';

let workingDirectory: string;
beforeAll(() => {
  workingDirectory = mkdtempSync(path.join(tmpdir(), 'camgate-plan-'));
  writeFileSync(path.join(workingDirectory, 'one.yaml'), 'cameras: { a: http://a/ }\n');
  writeFileSync(path.join(workingDirectory, 'bad.yaml'), 'cameras: { a: http://a/, b: 1 }\n');
});
afterAll(() => rmSync(workingDirectory, { recursive: true }));

function plan(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = parseArguments(args);
  if (command.type !== 'run') throw new Error(JSON.stringify(command));
  return planRun(command, { env, workingDirectory });
}

const idsOf = (run: ReturnType<typeof plan>) =>
  run.type === 'cameras' ? run.config.cameras.map(({ id }) => id) : run.type;

describe('planRun', () => {
  it('prefers the command line to CAMGATE_CONFIG, and that to the demo', () => {
    const env = { CAMGATE_CONFIG: 'one.yaml' };
    expect(idsOf(plan(['http://b/'], env))).toEqual(['b']);
    expect(idsOf(plan(['--config', 'bad.yaml'], env))).toBe('invalid');
    expect(idsOf(plan([], env))).toEqual(['a']);
    expect(idsOf(plan([], { CAMGATE_CONFIG: '' }))).toBe('demo');
  });

  it('lets options go before the file', () => {
    const run = plan(['-c', 'one.yaml', '--port', '9', '--host', '::1', '--log-level', 'warn']);
    expect(run).toMatchObject({
      config: { server: { host: '::1', port: 9 }, log: { level: 'warn', format: 'text' } },
    });
  });

  it('tries several ports for the demo, but only the one that was asked for', () => {
    expect(plan([])).toMatchObject({
      type: 'demo',
      ports: [8080, 8081, 8082, 8083, 8084, 8085, 8086, 8087, 8088, 8089, 8090, 0],
    });
    expect(plan(['--port', '9000'])).toMatchObject({ type: 'demo', ports: [9000] });
  });

  it('says that a configuration file beside it is not used', () => {
    const file = path.join(workingDirectory, 'camgate.yaml');
    expect(plan([])).toMatchObject({ notices: [] });
    writeFileSync(file, 'cameras: { a: http://a/ }\n');
    expect(plan([])).toMatchObject({
      type: 'demo',
      notices: [
        'camgate.yaml in this directory is not used; start with --config camgate.yaml to use it',
      ],
    });
    rmSync(file);
  });

  it('reports a wrong file or none with its name', () => {
    expect(plan(['-c', 'bad.yaml'])).toEqual({
      type: 'invalid',
      problems: [
        'bad.yaml:1:29 cameras.b: the value is not an address. Write it with its scheme, like http://192.168.1.20/.',
      ],
    });
    expect(plan(['-c', 'none.yaml'])).toEqual({
      type: 'invalid',
      problems: [
        `none.yaml:1:1: the file cannot be read (ENOENT). Look whether ${path.join(workingDirectory, 'none.yaml')} exists and may be read.`,
      ],
    });
  });
});
