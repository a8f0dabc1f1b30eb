import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyPair } from '../src/lib/system/certificate.ts';

/** A self-signed certificate for localhost and 127.0.0.1, fresh from openssl, good for 30 days. */
export function makeKeyPair(commonName = 'localhost'): KeyPair {
  const folder = mkdtempSync(join(tmpdir(), 'camgate-pair-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-subj', `/CN=${commonName}`, '-days', '30'],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
        ...['-keyout', key, '-out', certificate],
      ],
      { stdio: 'pipe' },
    );
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same key behind a passphrase. */
export function protectKey(key: string): string {
  const args = ['pkey', '-aes-256-cbc', '-passout', 'pass:secret'];
  return execFileSync('openssl', args, { input: key, encoding: 'utf8', stdio: 'pipe' });
}
