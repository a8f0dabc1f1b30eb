import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { deployPath, readDeploy } from './files.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined;

describe('camgate.service', () => {
  const unit = readDeploy('camgate.service');

  it('keeps secrets out of the environment and of readable files', () => {
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    expect(unit).toMatch(/^LoadCredential=camgate\.yaml:/m);
    expect(unit).toMatch(/^# LoadCredential=front\.password:/m);
    expect(unit).not.toMatch(/^Environment=.*(password|secret)/im);
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });

  it('starts with the configuration alone', () => {
    expect(unit.match(/^LoadCredential=/gm)).toHaveLength(1);
  });

  it('reloads, with renewed credentials where systemd can do that', () => {
    expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
    expect(unit).toMatch(/^RefreshOnReload=credentials$/m);
  });

  it('says how the files of certbot become readable', () => {
    for (const name of ['fullchain.pem', 'privkey.pem']) {
      expect(unit).toContain(`#   LoadCredential=${name}:/etc/letsencrypt/live/NAME/${name}\n`);
    }
    const [, group] = /^# {3}groupadd --system (\S+)$/m.exec(unit) ?? [];
    expect(unit).toContain(`#   SupplementaryGroups=${group}\n`);
  });

  it.runIf(hasSystemd)('is understood by systemd', () => {
    const verified = spawnSync('systemd-analyze', ['verify', deployPath('camgate.service')], {
      encoding: 'utf8',
    });
    // The one key that is newer, and where the program lies on other machines.
    const known = /RefreshOnReload|is not executable/;
    expect(verified.stderr.split('\n').filter((line) => line !== '' && !known.test(line))).toEqual(
      [],
    );
  });

  it('may write where the example keeps segments', () => {
    const name = /^CacheDirectory=(\S+)$/m.exec(unit)?.[1];
    const examples = readDeploy('camgate.example.yaml').match(/(?<=# directory: ).*$/gm);
    expect(new Set(examples)).toEqual(new Set([`/var/cache/${name}`]));
  });

  it.runIf(hasSystemd)('is well locked in, by the judgement of systemd itself', () => {
    const analysis = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', deployPath('camgate.service')],
      { encoding: 'utf8' },
    );
    const level = /Overall exposure level for camgate\.service: ([\d.]+)/.exec(
      analysis.stdout,
    )?.[1];
    expect(Number(level)).toBeLessThan(2);
  });
});

describe('nginx.conf', () => {
  const config = readDeploy('nginx.conf');

  it('has its brackets and semicolons', () => {
    const lines = config
      .split('\n')
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== '');
    expect(lines.filter((line) => !/[;{}]$/.test(line))).toEqual([]);
    const count = (mark: string): number => config.split(mark).length - 1;
    expect(count('{')).toBe(count('}'));
  });

  it('holds back neither frames nor what waits for a part', () => {
    const location = (start: string): string => {
      const from = config.indexOf(`location ${start} {`);
      expect(from).toBeGreaterThan(0);
      return config.slice(from, config.indexOf('\n    }', from));
    };
    expect(location(String.raw`~ ^/cameras/[^/]+/stream\.mjpg$`)).toContain('proxy_buffering off;');
    expect(location('~ ^/cameras/[^/]+/hls/')).not.toContain('proxy_cache');
    expect(config.match(/proxy_cache_lock on;/g)).toHaveLength(1);
    expect(config).toContain('proxy_cache_lock_timeout 50ms;');
    expect(location('= /metrics')).toContain('deny all;');
  });
});
