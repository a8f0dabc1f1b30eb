import { randomBytes } from 'node:crypto';
import {
  basicAuthorization,
  digestAuthorization,
  type Challenge,
  type Credentials,
} from './auth.ts';

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
