/**
 * What one dial has shown of the credentials, and what came of it. A camera that counts failed logins locks everybody
 * out after ten (camera-protocol.md section 1), so a dial that has shown them in vain shows them no more, in no way.
 *
 * ```
 *   unshown ──▶ accepted        taken once, they are right: what is refused now has other reasons
 *      └──────▶ not-accepted    the end for this dial
 * ```
 */
export class Disclosure {
  #standing: 'unshown' | 'accepted' | 'not-accepted' = 'unshown';
  #isHesitant: boolean;
  readonly #verdictSignal: AbortSignal;
  #hasWithheld = false;
  #isAtPlainAddress = false;

  /**
   * @param verdictSignal how long the answer to shown credentials is waited for, also when nobody wants the camera any
   * more
   */
  constructor(isHesitant: boolean, verdictSignal: AbortSignal) {
    this.#isHesitant = isHesitant;
    this.#verdictSignal = verdictSignal;
  }

  get isAccepted(): boolean {
    return this.#standing === 'accepted';
  }

  get verdictSignal(): AbortSignal {
    return this.#verdictSignal;
  }

  get isNotAccepted(): boolean {
    return this.#standing === 'not-accepted';
  }

  /** Only a plain no is answered with credentials; what may be about anything else is left for later. */
  get isHesitant(): boolean {
    return this.#isHesitant;
  }

  stopHesitating(): void {
    this.#isHesitant = false;
  }

  /** A page is what this address gives, and silence its fault; they are a refusal only where a camera's CGI is seen. */
  get isAtPlainAddress(): boolean {
    return this.#isAtPlainAddress;
  }

  /** Another way is tried. */
  beginWay({ isPlain }: { readonly isPlain: boolean }): void {
    this.#isAtPlainAddress = isPlain;
    this.#hasWithheld = false;
  }

  accept(): void {
    this.#standing = 'accepted';
  }

  reject(): void {
    if (this.#standing === 'unshown') this.#standing = 'not-accepted';
  }

  withhold(): void {
    this.#hasWithheld = true;
  }

  /** Credentials were not shown in this way, and might have helped. */
  get hasWithheld(): boolean {
    return this.#hasWithheld;
  }
}
