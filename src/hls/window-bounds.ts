import type { Log } from '../lib/log.ts';
import type { MediaStore } from './media-store.ts';
import type { SegmentList, SegmentRecord } from './segment-list.ts';

export interface WindowLimits {
  /** Bound of the memory that media takes, in bytes. */
  readonly maxBytes: number;
  /** Bound of the files that media takes, in bytes. */
  readonly maxDiskBytes: number;
}

export interface WindowBoundsOptions extends WindowLimits {
  readonly isOnDisk: boolean;
  readonly segments: SegmentList;
  readonly store: MediaStore;
  /** What else takes of the memory, in bytes. */
  readonly otherByteCount: () => number;
  /** What a playlist needs for live play, in seconds (rfc8216bis 6.2.2): a disk that fails costs no more than the rest. */
  readonly shortestSeconds: () => number;
  readonly log: Log;
  /** A segment is in no list any more. */
  readonly forget: (record: SegmentRecord) => void;
}

/** Keeps a window within its bytes. What that costs is said once, since it goes on as long as the configuration stands. */
export class WindowBounds {
  readonly #options: WindowBoundsOptions;
  readonly #said = new Set<string>();

  constructor(options: WindowBoundsOptions) {
    this.#options = options;
  }

  keepInMemory(): void {
    const { store, otherByteCount, maxBytes, isOnDisk } = this.#options;
    while (store.byteCount + otherByteCount() > maxBytes) {
      const isRelieved = isOnDisk ? this.#relieve() : this.#dropOldest('hls.maxBytes', maxBytes);
      if (!isRelieved) return;
    }
  }

  /** Before so many bytes are written. */
  makeRoomOnDisk(byteLength: number): void {
    const { store, maxDiskBytes } = this.#options;
    while (store.diskByteCount > 0 && store.diskByteCount + byteLength > maxDiskBytes) {
      if (!this.#dropOldest('hls.maxDiskBytes', maxDiskBytes)) return;
    }
  }

  /**
   * The disk has no room for so many bytes: the oldest segments go until as many are given back. false where none is left
   * that live play can spare.
   */
  giveWay(byteLength: number): boolean {
    const { store } = this.#options;
    const before = store.diskByteCount;
    while (before - store.diskByteCount < byteLength && store.diskByteCount > 0) {
      if (!this.#spareOldest()) break;
    }
    return store.diskByteCount < before;
  }

  /**
   * What lies on disk is no burden, so the oldest of the list is not what has to go. Where it never came there, a shorter
   * window is better than one that begins with gaps.
   */
  #relieve(): boolean {
    const { segments, store } = this.#options;
    const { oldest } = segments;
    if (oldest !== undefined && store.isUnwritten(oldest.listed.uri) && this.#spareOldest()) {
      return true;
    }
    return store.relieve();
  }

  #spareOldest(): boolean {
    const { segments, forget, shortestSeconds } = this.#options;
    const oldest = segments.takeOldest(shortestSeconds());
    if (oldest !== undefined) forget(oldest.record);
    return oldest !== undefined;
  }

  #dropOldest(bound: string, byteCount: number): boolean {
    const { segments, forget } = this.#options;
    const oldest = segments.takeOldest();
    if (oldest === undefined) return false;
    forget(oldest.record);
    this.#sayOnce(
      oldest.wasListed
        ? `the window does not fit into ${bound}: its oldest segments go; raise ${bound} or shorten hls.window`
        : `segments that have left the playlist go earlier than players may expect: raise ${bound}`,
      { [bound]: byteCount },
    );
    return true;
  }

  #sayOnce(message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.log.warn(message, fields);
  }
}
