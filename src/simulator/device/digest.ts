import { createHash, randomBytes } from 'node:crypto';
import type { SimulatedUser } from './accounts.ts';
import type { Now } from './device-state.ts';

const nonceLifeMs = 300_000;
const nonceLimit = 256;

export type DigestVerdict =
  | { readonly kind: 'granted'; readonly user: SimulatedUser }
  | { readonly kind: 'wrong' }
  /** Right in form but with a nonce that is not (or no longer) ours: not a wrong password. */
  | { readonly kind: 'stale' };

const hashes = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;
export type DigestAlgorithmName = keyof typeof hashes;

export interface DigestOptions {
  readonly realm: string;
  readonly algorithm: DigestAlgorithmName;
  readonly charset: BufferEncoding;
  readonly isRealmQuoted: boolean;
}

/** HTTP Digest authentication with qop=auth (RFC 2617 section 3), as newer firmware asks for it. */
export class DigestAuthority {
  readonly #options: DigestOptions;
  readonly #now: Now;
  /** Issued nonces by time, with the highest nonce count seen. */
  readonly #nonces = new Map<string, { issuedAt: number; count: number }>();

  constructor(options: DigestOptions, now: Now) {
    this.#options = options;
    this.#now = now;
  }

  challenge(isStale: boolean): string {
    const nonce = randomBytes(16).toString('hex');
    const [oldest] = this.#nonces.keys();
    if (oldest !== undefined && this.#nonces.size >= nonceLimit) this.#nonces.delete(oldest);
    this.#nonces.set(nonce, { issuedAt: this.#now(), count: 0 });
    const stale = isStale ? ', stale=true' : '';
    const { realm, algorithm, isRealmQuoted } = this.#options;
    const realmText = isRealmQuoted ? `"${realm}"` : realm;
    return `Digest realm=${realmText}, qop="auth", algorithm=${algorithm}, nonce="${nonce}"${stale}`;
  }

  /** `credentials` is the Authorization header without its scheme. */
  verify(credentials: string, method: string, users: readonly SimulatedUser[]): DigestVerdict {
    const fields = parseDigest(credentials);
    const nonce = this.#nonces.get(fields.get('nonce') ?? '');
    if (!nonce || this.#now() - nonce.issuedAt > nonceLifeMs) return { kind: 'stale' };
    const user = users.find(({ name }) => this.#bytesOf(name) === fields.get('username'));
    if (!user || fields.get('response') !== this.#expected(user, method, fields))
      return { kind: 'wrong' };
    const count = Number.parseInt(fields.get('nc') ?? '0', 16);
    // RFC 2617 3.2.2: a count that does not grow is a replay.
    if (fields.has('qop') && !(count > nonce.count)) return { kind: 'stale' };
    nonce.count = count;
    return { kind: 'granted', user };
  }

  #expected(user: SimulatedUser, method: string, fields: ReadonlyMap<string, string>): string {
    const { realm, algorithm } = this.#options;
    // The head was read a character for each byte.
    const hash = (text: string): string =>
      createHash(hashes[algorithm]).update(text, 'latin1').digest('hex');
    const a1 = hash(`${this.#bytesOf(user.name)}:${realm}:${this.#bytesOf(user.password)}`);
    const a2 = hash(`${method}:${fields.get('uri') ?? ''}`);
    const nonce = fields.get('nonce') ?? '';
    if (!fields.has('qop')) return hash(`${a1}:${nonce}:${a2}`);
    const middle = ['nc', 'cnonce', 'qop'].map((name) => fields.get(name) ?? '').join(':');
    return hash(`${a1}:${nonce}:${middle}:${a2}`);
  }

  #bytesOf(text: string): string {
    return Buffer.from(text, this.#options.charset).toString('latin1');
  }
}

function parseDigest(credentials: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const match of credentials.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g)) {
    fields.set((match[1] ?? '').toLowerCase(), match[2] ?? match[3] ?? '');
  }
  return fields;
}
