import { createHash } from 'node:crypto';

/**
 * HTTP authentication as cameras use it: Basic (RFC 7617) and Digest (RFC 7616, and RFC 2069 without qop as in
 * RFC 2617). Challenges are only ever answered, never anticipated: one firmware breaks on any Authorization header.
 */
export type Challenge =
  | { readonly scheme: 'basic'; readonly realm: string }
  | {
      readonly scheme: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | undefined;
      readonly algorithm: DigestAlgorithm;
      /** `auth`, or `none` for cameras that send no qop (RFC 2069). */
      readonly qop: 'auth' | 'none';
      /** The last answer was right but its nonce too old. */
      readonly isStale: boolean;
    };

export type DigestChallenge = Extract<Challenge, { scheme: 'digest' }>;

/** What the Authorization header says of an algorithm, and how it hashes. */
export interface DigestAlgorithm {
  readonly name: string;
  readonly hash: 'md5' | 'sha256';
  /** `-sess`: the password hash is bound to the first nonce (RFC 7616 section 3.4.2). */
  readonly isSession: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a Digest answer needs beyond challenge and credentials. */
export interface DigestRequest {
  readonly method: string;
  /** Path and query exactly as in the request line. */
  readonly target: string;
  /** How often this nonce was used, this use included; from 1. */
  readonly nonceCount: number;
  readonly cnonce: string;
}

/**
 * The supported challenges of all WWW-Authenticate headers, best first (Digest before Basic, so that the password is
 * not sent in clear). Unknown schemes, algorithms and qop values are left out.
 */
export function parseChallenges(headerValues: readonly string[]): Challenge[] {
  const found = headerValues.flatMap(splitChallenges).flatMap(({ scheme, parameters }) => {
    if (scheme === 'basic') return [basicChallenge(parameters)];
    const digest = scheme === 'digest' ? digestChallenge(parameters) : undefined;
    return digest === undefined ? [] : [digest];
  });
  return [
    ...found.filter(({ scheme }) => scheme === 'digest'),
    ...found.filter(({ scheme }) => scheme === 'basic'),
  ];
}

/**
 * Whether the camera wants a Digest that is not supported, and nothing that is: it has asked for more than a password
 * in clear. Other schemes are words that cameras make up, and take the password in the query.
 */
export function isForeignChallenge(headerValues: readonly string[]): boolean {
  const isDigest = headerValues
    .flatMap(splitChallenges)
    .some(({ scheme, parameters }) => scheme === 'digest' && parameters.has('nonce'));
  return isDigest && parseChallenges(headerValues).length === 0;
}

/** Value of the Authorization header for Basic, UTF-8 (RFC 7617 section 2.1). */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** Value of the Authorization header for Digest (RFC 7616 section 3.4). */
export function digestAuthorization(
  challenge: DigestChallenge,
  credentials: Credentials,
  request: DigestRequest,
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const { method, target, cnonce } = request;
  const hash = (text: string): string => createHash(algorithm.hash).update(text).digest('hex');
  const account = hash(`${credentials.username}:${realm}:${credentials.password}`);
  const secret = algorithm.isSession ? hash(`${account}:${nonce}:${cnonce}`) : account;
  const call = hash(`${method}:${target}`);
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const middle = qop === 'auth' ? `${nonce}:${nc}:${cnonce}:auth` : nonce;
  // Small parsers on cameras look for exactly these quotes: algorithm, qop and nc bare, everything else quoted.
  const fields = [
    `username=${quoted(credentials.username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(target)}`,
    `response="${hash(`${secret}:${middle}:${call}`)}"`,
    `algorithm=${algorithm.name}`,
  ];
  if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`);
  if (qop === 'auth') fields.push('qop=auth', `nc=${nc}`);
  if (qop === 'auth' || algorithm.isSession) fields.push(`cnonce=${quoted(cnonce)}`);
  return `Digest ${fields.join(', ')}`;
}

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Splits `Basic realm="a, b", Digest nonce="…", qop="auth"` (RFC 9110 section 11.6.1): a word followed by `=` is a
 * parameter of the scheme before it, any other word begins a scheme.
 */
function splitChallenges(value: string): RawChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const pattern = /([^\s,="]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"?|[^\s,"]*))?/g;
  for (const [, word = '', parameter] of value.matchAll(pattern)) {
    if (parameter === undefined) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    } else {
      challenges.at(-1)?.parameters.set(word.toLowerCase(), unquoted(parameter));
    }
  }
  return challenges;
}

function basicChallenge(parameters: ReadonlyMap<string, string>): Challenge {
  return { scheme: 'basic', realm: parameters.get('realm') ?? '' };
}

function digestChallenge(parameters: ReadonlyMap<string, string>): DigestChallenge | undefined {
  const nonce = parameters.get('nonce');
  const algorithm = digestAlgorithm(parameters.get('algorithm') ?? 'MD5');
  const offered = parameters
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/);
  const isQopKnown = offered === undefined || offered.includes('auth') || offered.includes('');
  if (nonce === undefined || algorithm === undefined || !isQopKnown) return undefined;
  return {
    scheme: 'digest',
    realm: parameters.get('realm') ?? '',
    nonce,
    opaque: parameters.get('opaque'),
    algorithm,
    qop: offered?.includes('auth') === true ? 'auth' : 'none',
    isStale: parameters.get('stale')?.toLowerCase() === 'true',
  };
}

function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  const match = /^(md5|sha-256)(-sess)?$/i.exec(name);
  if (match === null) return undefined;
  const hash = match[1]?.toLowerCase() === 'md5' ? 'md5' : 'sha256';
  return { name, hash, isSession: match[2] !== undefined };
}

/** Quoted-string of RFC 9110 section 5.6.4; control characters could end the header and are dropped. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  return `"${text.replaceAll(/[\u0000-\u001f\u007f]/g, '').replaceAll(/["\\]/g, '\\$&')}"`;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.replace(/^"|"$/g, '').replaceAll(/\\(.)/g, '$1');
}
