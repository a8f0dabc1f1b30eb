import { createHash, randomBytes } from 'node:crypto';
import type { Challenge, DigestChallenge } from './challenges.ts';

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

/** Value of the Authorization header for Basic (RFC 7617 section 2). */
export function basicAuthorization(credentials: Credentials): string {
  const { username, password } = bytesOf(credentials);
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
  const { username, password } = bytesOf(credentials);
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

/** As they go over the wire in UTF-8 (RFC 7617 section 2.1), a character for each byte. */
function bytesOf({ username, password }: Credentials): Credentials {
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  return { username: bytes(username), password: bytes(password) };
}

/** Quoted-string of RFC 9110 section 5.6.4; control characters could end the header and are dropped. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  return `"${text.replaceAll(/[\u0000-\u001f\u007f]/g, '').replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Answers one challenge any number of times; counts the uses of a Digest nonce (RFC 7616 section 3.4, nc). */
export class HeaderAuthorizer {
  readonly challenge: Challenge;
  readonly #credentials: Credentials;
  /** One for the life of the nonce: the `-sess` algorithms bind the password's hash to the first. */
  readonly #cnonce = randomBytes(8).toString('hex');
  #nonceCount = 0;

  constructor(challenge: Challenge, credentials: Credentials) {
    this.challenge = challenge;
    this.#credentials = credentials;
  }

  /** Value of the Authorization header of one GET. */
  authorize(target: string): string {
    if (this.challenge.scheme === 'basic') return basicAuthorization(this.#credentials);
    this.#nonceCount += 1;
    return digestAuthorization(this.challenge, this.#credentials, {
      method: 'GET',
      target,
      nonceCount: this.#nonceCount,
      cnonce: this.#cnonce,
    });
  }
}
