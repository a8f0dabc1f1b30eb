import { describe, expect, it } from 'vitest';
import { checkKeyPair } from '../../../src/lib/system/certificate.ts';
import { makeKeyPair, protectKey } from '../../key-pairs.ts';

const pair = makeKeyPair();
const other = makeKeyPair();

describe('checkKeyPair', () => {
  it('takes a certificate with its key, and says until when', () => {
    const checked = checkKeyPair(pair);
    expect(checked.ok).toBe(true);
    const days = checked.ok ? (checked.validTo - Date.now()) / 86_400_000 : 0;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
  });

  it('takes a chain, and both in one file', () => {
    const chain = `Bag Attributes\n${pair.certificate}${other.certificate}`;
    expect(checkKeyPair({ ...pair, certificate: chain }).ok).toBe(true);
    const both = pair.certificate + pair.key;
    expect(checkKeyPair({ certificate: both, key: both }).ok).toBe(true);
  });

  it.each([
    ['a text', { ...pair, certificate: 'hello' }, 'certificate', 'is no certificate in PEM form'],
    ['nothing', { ...pair, certificate: '' }, 'certificate', 'is no certificate in PEM form'],
    [
      'swapped files',
      { certificate: pair.key, key: pair.certificate },
      'certificate',
      'is a private key and no certificate',
    ],
    ['no key', { ...pair, key: pair.certificate }, 'key', 'is no private key in PEM form'],
    ['a passphrase', { ...pair, key: protectKey(pair.key) }, 'key', 'is protected by a passphrase'],
    [
      'the key of another',
      { ...pair, key: other.key },
      'key',
      'does not belong to the certificate',
    ],
    [
      'half a chain',
      {
        ...pair,
        certificate: `${pair.certificate}${other.certificate.slice(0, 300)}\n-----END CERTIFICATE-----\n`,
      },
      'certificate',
      'cannot be used',
    ],
  ])('says what is wrong with %s', (_name, broken, which, message) => {
    const checked = checkKeyPair(broken);
    expect(checked).toMatchObject({ ok: false, which });
    if (checked.ok) return;
    expect(checked.message).toContain(message);
    expect(checked.hint).toMatch(/^[A-Z].*\.$/);
    expect(checked.message + checked.hint).not.toContain('MII');
  });
});
