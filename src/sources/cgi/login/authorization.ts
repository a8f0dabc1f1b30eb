import { createHash, randomBytes } from 'node:crypto';
import type { Challenge, DigestChallenge } from './challenges.ts';
import type { Charset } from './login-state.ts';

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
  /** utf8. */
  readonly charset?: Charset;
}

/** Value of the Authorization header for Basic (RFC 7617 section 2). */
export function basicAuthorization(credentials: Credentials, charset: Charset = 'utf8'): string {
  const { username, password } = bytesOf(credentials, charset);
  return `Basic ${Buffer.from(`${username}:${password}`, 'latin1').toString('base64')}`;
}

/** Value of the Authorization header for Digest (RFC 7616 section 3.4), a character for each byte. */
export function digestAuthorization(
  challenge: DigestChallenge,
  credentials: Credentials,
  request: DigestRequest,
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const { method, target, cnonce } = request;
  const { username, password } = bytesOf(credentials, request.charset ?? 'utf8');
  // What the camera sent is hashed as it came, byte for byte.
  const hash = (text: string): string =>
    createHash(algorithm.hash).update(text, 'latin1').digest('hex');
  const account = hash(`${username}:${realm}:${password}`);
  const secret = algorithm.isSession ? hash(`${account}:${nonce}:${cnonce}`) : account;
  const call = hash(`${method}:${target}`);
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const middle = qop === 'auth' ? `${nonce}:${nc}:${cnonce}:auth` : nonce;
  // Small parsers on cameras look for exactly these quotes: algorithm, qop and nc bare, everything else quoted.
  const fields = [
    `username=${quoted(username)}`,
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

/** As they go over the wire (RFC 7617 section 2.1), a character for each byte. */
function bytesOf({ username, password }: Credentials, charset: Charset): Credentials {
  const bytes = (text: string): string => coded(text, charset).toString('latin1');
  return { username: bytes(username), password: bytes(password) };
}

/** Letters with accents may be typed as two characters, which are one in Latin-1. */
function coded(text: string, charset: Charset): Buffer {
  return Buffer.from(charset === 'utf8' ? text : text.normalize('NFC'), charset);
}

/** The charsets in which these credentials differ. */
export function charsetsOf({ username, password }: Credentials): readonly Charset[] {
  const text = `${username}${password}`.normalize('NFC');
  const isLatin = /^[\u0020-\u00ff]*$/.test(text);
  const isAscii = /^[\u0020-\u007f]*$/.test(text);
  return isLatin && !isAscii ? ['utf8', 'latin1'] : ['utf8'];
}

/** The text percent-encoded for a query, in the set of characters of encodeURIComponent. */
export function percentEncoded(text: string, charset: Charset): string {
  return [...coded(text, charset)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.~!'()*-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** Quoted-string of RFC 9110 section 5.6.4; control characters could end the header and are dropped. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  return `"${text.replaceAll(/[\u0000-\u001f\u007f]/g, '').replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Answers one challenge any number of times; counts the uses of a Digest nonce (RFC 7616 section 3.4, nc). */
export class HeaderAuthorizer {
  readonly challenge: Challenge;
  readonly charset: Charset;
  readonly #credentials: Credentials;
  /** One for the life of the nonce: the `-sess` algorithms bind the password's hash to the first. */
  readonly #cnonce = randomBytes(8).toString('hex');
  #nonceCount = 0;

  constructor(challenge: Challenge, credentials: Credentials, charset: Charset) {
    this.challenge = challenge;
    this.charset = charset;
    this.#credentials = credentials;
  }

  /** Value of the Authorization header of one GET. */
  authorize(target: string): string {
    if (this.challenge.scheme === 'basic') {
      return basicAuthorization(this.#credentials, this.charset);
    }
    this.#nonceCount += 1;
    return digestAuthorization(this.challenge, this.#credentials, {
      method: 'GET',
      target,
      nonceCount: this.#nonceCount,
      cnonce: this.#cnonce,
      charset: this.charset,
    });
  }
}
