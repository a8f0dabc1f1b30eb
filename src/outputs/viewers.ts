import { protocols, type Protocol, type ViewerLedger } from './viewable-camera.ts';

/** A viewer without a connection of its own is forgotten this long after its last request. */
const forgetAfterMs = 10_000;
/** How long the highest number of overlapping requests of one key stands for its number of viewers. */
const peakHoldsMs = 5_000;
/** Bound of remembered keys per protocol; the oldest is forgotten first. */
const maxKeyCount = 10_000;

interface Visitor {
  heldCount: number;
  peakHeldCount: number;
  peakAtMs: number;
  seenAtMs: number;
}

const nothingHeld = (): void => undefined;

/**
 * Counts the viewers of one camera. Players behind one address and user agent are told apart by overlapping requests.
 */
export class Viewers implements ViewerLedger {
  readonly deliveredBytes = byProtocol(() => 0);
  readonly droppedCounts = byProtocol(() => 0);
  readonly #joined = byProtocol(() => 0);
  readonly #held = byProtocol(() => 0);
  readonly #visitors = byProtocol(() => new Map<string, Visitor>());
  readonly #now: () => number;

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  join(protocol: Protocol): () => void {
    this.#joined[protocol]++;
    let isHere = true;
    return () => {
      if (isHere) this.#joined[protocol]--;
      isHere = false;
    };
  }

  visit(protocol: Protocol, key: string, isHeld: boolean): () => void {
    const nowMs = this.#now();
    const visitor = this.#visitor(protocol, key);
    visitor.seenAtMs = nowMs;
    if (!isHeld) return nothingHeld;
    this.#held[protocol]++;
    visitor.heldCount++;
    if (visitor.heldCount >= visitor.peakHeldCount || nowMs - visitor.peakAtMs > peakHoldsMs) {
      visitor.peakHeldCount = visitor.heldCount;
      visitor.peakAtMs = nowMs;
    }
    return () => {
      this.#held[protocol]--;
      visitor.heldCount--;
      visitor.seenAtMs = this.#now();
    };
  }

  /** Requests of this protocol that wait for their answer. */
  heldCount(protocol: Protocol): number {
    return this.#held[protocol];
  }

  count(protocol: Protocol): number {
    const nowMs = this.#now();
    let count = this.#joined[protocol];
    const visitors = this.#visitors[protocol];
    for (const [key, visitor] of visitors) {
      if (visitor.heldCount === 0 && nowMs - visitor.seenAtMs > forgetAfterMs) visitors.delete(key);
      else count += viewersBehind(visitor, nowMs);
    }
    return count;
  }

  counts(): Readonly<Record<Protocol, number>> {
    return byProtocol((protocol) => this.count(protocol));
  }

  delivered(protocol: Protocol, byteCount: number): void {
    this.deliveredBytes[protocol] += byteCount;
  }

  dropped(protocol: Protocol): void {
    this.droppedCounts[protocol]++;
  }

  #visitor(protocol: Protocol, key: string): Visitor {
    const visitors = this.#visitors[protocol];
    let visitor = visitors.get(key);
    if (visitor === undefined) {
      if (visitors.size >= maxKeyCount) {
        const [oldest] = visitors.keys();
        if (oldest !== undefined) visitors.delete(oldest);
      }
      visitor = { heldCount: 0, peakHeldCount: 0, peakAtMs: 0, seenAtMs: 0 };
      visitors.set(key, visitor);
    }
    return visitor;
  }
}

function viewersBehind(visitor: Visitor, nowMs: number): number {
  const peak = nowMs - visitor.peakAtMs <= peakHoldsMs ? visitor.peakHeldCount : 0;
  return Math.max(1, visitor.heldCount, peak);
}

function byProtocol<Value>(valueOf: (protocol: Protocol) => Value): Record<Protocol, Value> {
  const entries = protocols.map((protocol) => [protocol, valueOf(protocol)] as const);
  return Object.fromEntries(entries) as Record<Protocol, Value>;
}
