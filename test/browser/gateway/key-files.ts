import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsConfig } from '../../../src/config/config.ts';
import { makeKeyPair } from '../../key-pairs.ts';

/** A fresh certificate with its key, in files. */
export async function keyFiles(): Promise<TlsConfig & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'camgate-tls-'));
  const { certificate, key } = makeKeyPair();
  const [certificatePath, keyPath] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await Promise.all([writeFile(certificatePath, certificate), writeFile(keyPath, key)]);
  return {
    certificatePath,
    keyPath,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
