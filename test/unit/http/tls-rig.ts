import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsConfig } from '../../../src/config/config.ts';
import type { KeyPair } from '../../../src/lib/system/certificate.ts';
import { makeKeyPair } from '../../key-pairs.ts';
import { serverConfig } from './serve.ts';

export function writePair(folder: string, { certificate, key }: KeyPair): void {
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
}

/** A folder with a certificate for localhost and 127.0.0.1. */
export class TlsFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'camgate-tls-'));
  readonly tls: TlsConfig = {
    certificatePath: join(this.path, 'tls.crt'),
    keyPath: join(this.path, 'tls.key'),
  };
  /** A configuration that serves with it. */
  readonly config = { ...serverConfig, tls: this.tls };

  constructor(commonName = 'localhost') {
    writePair(this.path, makeKeyPair(commonName));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
