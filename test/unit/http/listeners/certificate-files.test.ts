import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CertificateFiles } from '../../../../src/http/listeners/certificate-files.ts';
import type { KeyPair } from '../../../../src/lib/system/certificate.ts';
import { silentLog, type Log } from '../../../../src/lib/log.ts';
import { makeKeyPair } from '../../../key-pairs.ts';
import { writePair } from '../tls-rig.ts';

const [first, second] = [makeKeyPair('first'), makeKeyPair('second')];
/** Far below the minute after which files are read unasked. */
const patience = { timeout: 14_000 };
let root: string;
let files: CertificateFiles;
let taken: KeyPair[];

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'camgate-files-')));
  taken = [];
});

afterEach(() => {
  files[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

function open(folder: string, log: Log = silentLog): void {
  const tls = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') };
  files = CertificateFiles.open({ tls, log });
  files.onChange = (pair) => taken.push(pair);
}

/** A folder below the root with a pair in it. */
function put(name: string, pair: KeyPair): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writePair(folder, pair);
  return folder;
}

/** Puts a link in the place of another in one step, as `ln -sfn` and the kubelet do. */
function swap(link: string, target: string): void {
  symlinkSync(target, `${link}_tmp`);
  renameSync(`${link}_tmp`, link);
}

/** A mounted secret: `tls.crt` -> `..data/tls.crt`, `..data` -> a folder of one version. */
function mountSecret(pair: KeyPair): string {
  put('secret/..2026', pair);
  const folder = join(root, 'secret');
  swap(join(folder, '..data'), '..2026');
  for (const file of ['tls.crt', 'tls.key']) {
    symlinkSync(join('..data', file), join(folder, file));
  }
  return folder;
}

function renewSecret(pair: KeyPair): void {
  const data = join(root, 'secret/..data');
  const [earlier, version] = [
    realpathSync(data),
    basename(mkdtempSync(join(root, 'secret/..2026_'))),
  ];
  put(join('secret', version), pair);
  swap(data, version);
  rmSync(earlier, { recursive: true });
}

/**
 * Renews twice. The files are looked at once more right after the start, watches in place; so a second renewal is known
 * by its watch alone.
 */
async function renewTwice(renew: (pair: KeyPair) => void): Promise<void> {
  renew(second);
  await vi.waitFor(() => expect(taken).toEqual([second]), patience);
  renew(first);
  await vi.waitFor(() => expect(taken).toEqual([second, first]), patience);
  expect(files.current).toEqual(first);
}

describe('CertificateFiles', () => {
  it('takes files that are written anew', async () => {
    const folder = put('plain', first);
    open(folder);
    await renewTwice((pair) => writePair(folder, pair));
  });

  it('follows a secret of Kubernetes', async () => {
    open(mountSecret(first));
    await renewTwice(renewSecret);
  });

  it('follows a secret that is reached through links of another folder', async () => {
    const secret = mountSecret(first);
    const folder = join(root, 'etc');
    mkdirSync(folder);
    for (const file of ['tls.crt', 'tls.key']) symlinkSync(join(secret, file), join(folder, file));
    open(folder);
    await renewTwice(renewSecret);
  });

  it('follows a link among the folders of the path', async () => {
    put('releases/1', first);
    put('releases/2', second);
    const current = join(root, 'current');
    swap(current, 'releases/1');
    open(current);
    await renewTwice((pair) => swap(current, pair === first ? 'releases/1' : 'releases/2'));
  });

  it('follows links to an archive, as certbot makes them, whose files are written anew', async () => {
    const archive = put('archive/example', first);
    const live = join(root, 'live/example');
    mkdirSync(live, { recursive: true });
    for (const file of ['tls.crt', 'tls.key']) {
      symlinkSync(join('../../archive/example', file), join(live, file));
    }
    open(live);
    await renewTwice((pair) => writePair(archive, pair));
  });

  it('follows a folder that is taken away and comes back', async () => {
    open(put('gone/tls', first));
    await renewTwice((pair) => {
      rmSync(join(root, 'gone'), { recursive: true });
      put('gone/tls', pair);
    });
  });

  it('bears links that lead in a circle', async () => {
    const folder = put('circle', first);
    open(folder);
    swap(join(folder, 'tls.crt'), 'tls.crt');
    put('other', second);
    swap(join(folder, 'tls.key'), '../other/tls.key');
    swap(join(folder, 'tls.crt'), '../other/tls.crt');
    await vi.waitFor(() => expect(taken).toEqual([second]), patience);
  });

  it('keeps the old pair when the new one is broken, and says so once', async () => {
    const warnings: string[] = [];
    const folder = put('plain', first);
    open(folder, { ...silentLog, warn: (message) => warnings.push(message) });
    writeFileSync(join(folder, 'tls.key'), second.key);
    await vi.waitFor(() => expect(warnings).toHaveLength(1), patience);
    expect(warnings[0]).toMatch(/the old one stays: .*tls\.key does not belong .*\. Give the key/);
    // The same again is no news.
    writeFileSync(join(folder, 'tls.key'), second.key);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(warnings).toHaveLength(1);
    expect([files.current, taken]).toEqual([first, []]);
    writePair(folder, second);
    await vi.waitFor(() => expect(taken).toEqual([second]), patience);
  });
});
