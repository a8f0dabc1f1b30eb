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
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Segments have left the playlist before their time; they stay fetchable. */
  readonly onShortened: () => void;
  /** A segment is in no list any more. */
  readonly forget: (record: SegmentRecord) => void;
}

const shortDisk =
  'the window is shorter than configured, since the disk has too little room for it: free some space or shorten hls.window';

function tooEarly(bound: string): string {
  return `segments that have left the playlist go earlier than players may expect: raise ${bound}`;
}

/**
 * Keeps a window within its bytes. Where they do not hold what is configured the playlist gets shorter first, so that about
 * half of them remain for segments which have left it and which players may still ask for (rfc8216bis 6.2.2). What that
 * costs is said once, since it goes on as long as the configuration stands.
 */
export class WindowBounds {
  readonly #options: WindowBoundsOptions;
  readonly #said = new Set<string>();

  constructor(options: WindowBoundsOptions) {
    this.#options = options;
  }

  keepInMemory(): void {
    const { store, segments, otherByteCount, maxBytes, isOnDisk } = this.#options;
    if (!isOnDisk) {
      // The open segment and init segments.
      const besides = store.byteCount - segments.byteCount;
      const isShortened = this.#shorten(maxBytes - otherByteCount() - besides);
      if (isShortened) this.#sayShortened('hls.maxBytes', maxBytes);
    }
    while (store.byteCount + otherByteCount() > maxBytes) {
      const isRelieved = isOnDisk ? this.#relieve() : this.#dropOldest('hls.maxBytes', maxBytes);
      if (!isRelieved) return;
    }
  }

  /** Before so many bytes are written to a disk that has `freeByteCount` left. */
  makeRoomOnDisk(byteLength: number, freeByteCount: number): void {
    const { store, maxDiskBytes } = this.#options;
    const capacity = store.diskByteCount + freeByteCount;
    if (this.#shorten(Math.min(maxDiskBytes, capacity))) {
      if (maxDiskBytes <= capacity) this.#sayShortened('hls.maxDiskBytes', maxDiskBytes);
      else this.#sayOnce(shortDisk, { capacity });
    }
    while (store.diskByteCount > 0 && store.diskByteCount + byteLength > maxDiskBytes) {
      if (!this.#dropOldest('hls.maxDiskBytes', maxDiskBytes)) return;
    }
  }

  /**
   * The disk has no room for so many bytes, whatever it said of itself: the oldest segments go until as many are given back.
   * false where none is left that live play can spare.
   */
  giveWay(byteLength: number): boolean {
    const { store } = this.#options;
    const before = store.diskByteCount;
    this.#shorten(before);
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
    const { segments, store, maxBytes } = this.#options;
    const { oldest } = segments;
    if (oldest !== undefined && store.isUnwritten(oldest.listed.uri)) {
      this.#shorten(maxBytes);
      if (this.#spareOldest()) return true;
    }
    return store.relieve();
  }

  /** To what so many bytes hold; false where nothing had to leave the playlist. */
  #shorten(byteCount: number): boolean {
    const { segments, shortestSeconds, now, onShortened } = this.#options;
    const limits = { byteCount, shortestSeconds: shortestSeconds() };
    const isShortened = segments.shorten(limits, now());
    if (isShortened) onShortened();
    return isShortened;
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
    if (oldest.wasListed) this.#sayShortened(bound, byteCount);
    else this.#sayOnce(tooEarly(bound), { [bound]: byteCount });
    return true;
  }

  #sayShortened(bound: string, byteCount: number): void {
    const message = `the window does not fit into ${bound}: its oldest segments go; raise ${bound} or shorten hls.window`;
    this.#sayOnce(message, { [bound]: byteCount });
  }

  #sayOnce(message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.log.warn(message, fields);
  }
}
