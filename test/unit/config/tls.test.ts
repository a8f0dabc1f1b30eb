import { describe, expect, it, vi } from 'vitest';
import { renderProblem } from '../../../src/config/document/findings.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { makeKeyPair } from '../../key-pairs.ts';

const pair = makeKeyPair();
const other = makeKeyPair();
const files: Readonly<Record<string, string>> = {
  '/etc/camgate/tls/chain.pem': pair.certificate,
  '/etc/camgate/tls/key.pem': pair.key,
  '/srv/other-key.pem': other.key,
};

function parse(...tls: string[]) {
  const lines = ['server:', ...tls.map((line) => `  ${line}`), 'cameras:', '  a: http://10.0.0.1/'];
  return parseConfig(lines.join('\n'), {
    path: '/etc/camgate/camgate.yaml',
    env: {},
    findWriteObstacle: () => undefined,
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      return content;
    },
  });
}

function problemsOf(...tls: string[]): string[] {
  const result = parse(...tls);
  return result.ok ? [] : result.problems.map((problem) => renderProblem('f', problem));
}

describe('server.tls', () => {
  it('is plain HTTP when it is not there', () => {
    expect(parse('port: 1')).toMatchObject({ ok: true, config: { server: { tls: undefined } } });
  });

  it('finds the files beside the configuration', () => {
    const result = parse('tls:', '  certificate: tls/chain.pem', '  key: /etc/camgate/tls/key.pem');
    expect(result).toMatchObject({
      ok: true,
      warnings: [],
      config: {
        server: {
          tls: {
            certificatePath: '/etc/camgate/tls/chain.pem',
            keyPath: '/etc/camgate/tls/key.pem',
          },
        },
      },
    });
  });

  it.each([
    [['tls:'], /^f:2:\d+ server\.tls: has no certificate\. Give both files/],
    [['tls: {}'], /^f:2:\d+ server\.tls: has no certificate\./],
    [['tls:', '  certificate: tls/chain.pem'], /server\.tls: has no key\./],
    [['tls: on'], /server\.tls: is not a group of keys/],
    [['tls:', '  certificat: a'], /certificat: is not a known key\. Did you mean certificate\?/],
    [
      ['tls:', '  certificate: gone.pem', '  key: tls/key.pem'],
      /^f:3:\d+ server\.tls\.certificate: names a file that cannot be read \(ENOENT\)\. .*\/etc\/camgate\/gone\.pem/,
    ],
    [
      ['tls:', '  certificate: tls/chain.pem', '  key: /srv/other-key.pem'],
      /^f:4:\d+ server\.tls\.key: names a file that does not belong to the certificate\./,
    ],
    [
      ['tls:', '  certificate: tls/key.pem', '  key: tls/key.pem'],
      /server\.tls\.certificate: names a file that is a private key and no certificate\./,
    ],
  ])('%j is a problem', (tls, problem) => {
    const problems = problemsOf(...tls);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it('names every file that is missing', () => {
    expect(problemsOf('tls:', '  certificate: a.pem', '  key: b.pem')).toHaveLength(2);
  });

  it('warns of an expired certificate, and starts with it', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31 * 86_400_000 });
    const result = parse('tls:', '  certificate: tls/chain.pem', '  key: tls/key.pem');
    vi.useRealTimers();
    expect(result).toMatchObject({
      ok: true,
      warnings: [
        {
          path: 'server.tls.certificate',
          message: expect.stringMatching(/^has expired on 20/) as string,
        },
      ],
    });
  });
});
