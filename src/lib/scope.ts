/** A socket, a session or an answer of node: anything that tells once that it is over. */
interface Closable {
  once(event: 'close', listener: () => void): unknown;
}

const nothing = (): void => undefined;

/**
 * How long something lasts that may end at any moment: a connection, or one request on it. Whatever is held for it
 * (a viewer, a lease, a wait) hangs here and is let go once, however it ends. Lighter than an AbortSignal, which costs
 * thousands of short requests a fifth of a core.
 */
export class Scope {
  /** undefined: it is over. */
  #releases: Set<() => void> | undefined = new Set();

  /** Ends when this closes. */
  static of(owner: Closable): Scope {
    const scope = new Scope();
    owner.once('close', () => scope.end());
    return scope;
  }

  /** Calls `release` at the end, or now if that has been. Returns the function that takes this back. */
  onEnd(release: () => void): () => void {
    const releases = this.#releases;
    if (releases === undefined) {
      release();
      return nothing;
    }
    // A function of its own, since the same one may be given twice.
    const entry = (): void => release();
    releases.add(entry);
    return () => void releases.delete(entry);
  }

  /**
   * A scope within this one: it ends when its owner closes, and with this one at the latest. An answer of node's
   * HTTP/1.1 that stands behind others is never told that its connection is gone.
   */
  open(owner: Closable): Scope {
    const inner = Scope.of(owner);
    inner.onEnd(this.onEnd(() => inner.end()));
    return inner;
  }

  end(): void {
    const releases = this.#releases;
    this.#releases = undefined;
    for (const release of releases ?? []) release();
  }
}
