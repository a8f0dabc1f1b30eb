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
  readonly hash: 'md5' | 'sha256' | 'sha512-256';
  /** `-sess`: the password hash is bound to the first nonce (RFC 7616 section 3.4.2). */
  readonly isSession: boolean;
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

/** Whether no kind of login is named at all. */
export function isBare(headerValues: readonly string[]): boolean {
  return headerValues.flatMap(splitChallenges).length === 0;
}

/** Basic for a camera that wants it and does not say so. */
export const unnamedBasic: Challenge = { scheme: 'basic', realm: '' };

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

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

// Sticky, and every step goes forward, so that the time is linear in the length of the header.
const separators = /[\s,;]*/y;
const name = /[^\s,;="']+/y;
const equals = /[ \t]*=[ \t]*/y;
const quotedValue = /(["'])((?:\\.|(?!\1)[^\\])*)\1?/y;
/** A comma, or a parameter that follows without one. */
const endOfBareValue = /,|[\s;][A-Za-z][\w-]*[ \t]*=/g;

/**
 * Splits `Basic realm="a, b", Digest nonce="…", qop="auth"` (RFC 9110 section 11.6.1): a word followed by `=` is a
 * parameter of the scheme before it, any other word begins a scheme. Cameras leave quotes out where they are needed
 * (`realm=IP Camera`), take the wrong ones, and forget commas.
 */
function splitChallenges(header: string): RawChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const match = pattern.exec(header) ?? undefined;
    position += match?.[0].length ?? 0;
    return match;
  };
  const takeBare = (): string => {
    const start = position;
    endOfBareValue.lastIndex = start;
    position = endOfBareValue.exec(header)?.index ?? header.length;
    return header.slice(start, position).trim().replace(/;$/, '');
  };
  while (position < header.length) {
    take(separators);
    const word = take(name)?.[0].toLowerCase();
    // A quote or `=` that belongs to nothing.
    if (word === undefined) position += 1;
    else if (take(equals) === undefined) challenges.push({ scheme: word, parameters: new Map() });
    else {
      const quoted = take(quotedValue)?.[2]?.replaceAll(/\\(.)/g, '$1');
      challenges.at(-1)?.parameters.set(word, quoted ?? takeBare());
    }
  }
  return challenges;
}

function basicChallenge(parameters: ReadonlyMap<string, string>): Challenge {
  return { scheme: 'basic', realm: parameters.get('realm') ?? '' };
}

function digestChallenge(parameters: ReadonlyMap<string, string>): DigestChallenge | undefined {
  const nonce = parameters.get('nonce');
  const algorithm = digestAlgorithm(parameters.get('algorithm') || 'MD5');
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

const hashes: Readonly<Record<string, DigestAlgorithm['hash']>> = {
  md5: 'md5',
  sha256: 'sha256',
  sha512256: 'sha512-256',
};

/** By the names of RFC 7616 section 6.1, with or without their hyphens; what is asked for is said back as it came. */
function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  const [, family = '', session] = /^(.*?)(-sess)?$/i.exec(name) ?? [];
  const hash = hashes[family.toLowerCase().replaceAll(/[-_/]/g, '')];
  return hash && { name, hash, isSession: session !== undefined };
}
