import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A certificate chain and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export type KeyPairCheck =
  /** `validTo` in milliseconds since the epoch. */
  | { readonly ok: true; readonly validTo: number }
  /** `which` of the two is to blame; `message` continues its name, `hint` says what would be right. */
  | {
      readonly ok: false;
      readonly which: keyof KeyPair;
      readonly message: string;
      readonly hint: string;
    };

/** Whether a server can be run with this pair. Says nothing of the names it is for, or whether it has expired. */
export function checkKeyPair(pair: KeyPair): KeyPairCheck {
  const certificate = readCertificate(pair.certificate);
  if (certificate === undefined) return notCertificate(pair.certificate);
  const key = readKey(pair.key);
  if (key === undefined) return notKey(pair.key);
  if (!certificate.checkPrivateKey(key)) {
    return {
      ok: false,
      which: 'key',
      message: 'does not belong to the certificate',
      hint: 'Give the key that the certificate was made for; in a chain the certificate of the server stands first.',
    };
  }
  return checkContext(pair, Date.parse(certificate.validTo));
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function notCertificate(pem: string): KeyPairCheck {
  return {
    ok: false,
    which: 'certificate',
    message: pem.includes('PRIVATE KEY-----')
      ? 'is a private key and no certificate'
      : 'is no certificate in PEM form',
    hint: 'Give the file that begins with -----BEGIN CERTIFICATE-----, with the whole chain in it (fullchain.pem).',
  };
}

function notKey(pem: string): KeyPairCheck {
  const isEncrypted = pem.includes('ENCRYPTED');
  return {
    ok: false,
    which: 'key',
    message: isEncrypted ? 'is protected by a passphrase' : 'is no private key in PEM form',
    hint: isEncrypted
      ? 'Take the passphrase off (openssl pkey -in key.pem -out plain.pem), and let only camgate read the file.'
      : 'Give the file with -----BEGIN PRIVATE KEY----- in it (privkey.pem).',
  };
}

/** What OpenSSL alone knows: the rest of the chain, and whether the key is strong enough for this machine. */
function checkContext({ certificate, key }: KeyPair, validTo: number): KeyPairCheck {
  try {
    createSecureContext({ cert: certificate, key });
    return { ok: true, validTo };
  } catch (error) {
    const reason = (error as { reason?: unknown }).reason;
    return {
      ok: false,
      which: 'certificate',
      message: `cannot be used (${typeof reason === 'string' ? reason : 'OpenSSL refuses it'})`,
      hint: 'Make a new pair: an RSA key of 2048 bits or more, or an EC key (prime256v1).',
    };
  }
}
