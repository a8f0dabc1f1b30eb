import type { Log } from '../../../lib/log.ts';
import type { MediaResource } from '../window/window.ts';
import { MediaStore, type SegmentMedia } from './media-store.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { SegmentList, type SegmentLimits, type SegmentRecord } from './segment-list.ts';
import type { DiskRoom } from './segment-writer.ts';

export interface WindowLimits {
  /** Bound on the memory that media takes, in bytes. */
  readonly maxBytes: number;
  /** Bound on the disk space that media takes, in bytes. */
  readonly maxDiskBytes: number;
}

export interface KeptMediaOptions extends WindowLimits {
  /** Where complete segments are stored; undefined keeps all in memory. */
  readonly folder: SegmentFolder | undefined;
  /** Memory that other things take of the same bound, in bytes. */
  readonly otherByteCount: () => number;
  /**
   * How long parts are listed, in seconds, and what a playlist needs for live play (rfc8216bis 6.2.2): a disk that
   * fails costs only the rest.
   */
  readonly partListSeconds: () => number;
  /** How many of the newest segments stay in memory. */
  readonly hotSegmentCount: number;
  readonly log: Log;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** The list has changed by itself: segments were lost, or had to leave early. */
  readonly onChanged: () => void;
}

const shortDisk =
  'the window is shorter than configured, since the disk has too little room for it: ' +
  'free some space or shorten hls.window';

function tooEarly(bound: string): string {
  return `segments that have left the playlist go earlier than players may expect: raise ${bound}`;
}

/**
 * The media of a window, by name, and the list of its segments: retired when they leave the playlist, forgotten when
 * their promised time is over.
 *
 * It stays within its byte limits. If they cannot hold what is configured, the playlist gets shorter first, so that
 * about half of the space remains for segments that have left it and that players may still ask for (rfc8216bis 6.2.2).
 * The log says so once, because it will go on until the configuration changes.
 */
export class KeptMedia implements DiskRoom {
  readonly #options: KeptMediaOptions;
  readonly #list = new SegmentList();
  readonly #store: MediaStore;
  readonly #said = new Set<string>();
  /** Of the newest run: there is more to come of it. */
  #init: string | undefined;
  #gapCount = 0;

  constructor(options: KeptMediaOptions) {
    this.#options = options;
    const { folder, log, now } = options;
    const onLost = (segment: string): void => this.#markGap(segment);
    this.#store = new MediaStore({ folder, log, now, room: this, onLost });
  }

  get listed(): readonly SegmentRecord[] {
    return this.#list.listed;
  }

  get removedDiscontinuityCount(): number {
    return this.#list.removedDiscontinuityCount;
  }

  get byteCount(): number {
    return this.#store.byteCount;
  }

  get diskByteCount(): number {
    return this.#store.diskByteCount;
  }

  get diskFailuresTotal(): number {
    return this.#store.diskFailuresTotal;
  }

  /** Segments whose media was lost while they were promised; only grows. */
  get gapCount(): number {
    return this.#gapCount;
  }

  get(name: string): MediaResource | undefined {
    return this.#store.get(name);
  }

  /** Segments are added before another one comes. */
  addInit(name: string, bytes: Buffer): void {
    this.#init = name;
    this.#store.add(name, bytes);
  }

  /** A viewer is given a playlist that names segments up to this one, or parts of it. */
  promise(msn: number): void {
    this.#list.promise(msn);
  }

  /** `openSeconds` are the parts of the open segment, this one included. */
  addPart(name: string, bytes: Buffer, openSeconds: number): void {
    this.#store.add(name, bytes);
    this.#age(openSeconds);
    this.forgetExpired();
    this.#keepInMemory();
  }

  /** Each part does this; without parts it is due at `nextExpiryMs`. */
  forgetExpired(): void {
    for (const record of this.#list.forgetExpired(this.#options.now())) this.#forget(record);
  }

  /** undefined when nothing is kept that is not listed. */
  get nextExpiryMs(): number | undefined {
    return this.#list.nextExpiryMs;
  }

  /** Retires segments beyond those that the playlist has to list. */
  addSegment(record: SegmentRecord, parts: SegmentMedia['parts'], limits: SegmentLimits): void {
    this.#store.addSegment({ name: record.listed.uri, parts });
    this.#list.add(record);
    this.#age(0);
    this.#list.retireBeyond(limits, this.#options.now());
  }

  /** All segments; what comes next has another init segment. */
  retireAll(): void {
    this.#list.retireAll(this.#options.now());
    const init = this.#init;
    this.#init = undefined;
    if (init !== undefined) this.#forgetInit(init);
  }

  /** Forgets everything, files too. */
  dispose(): void {
    this.retireAll();
    for (const record of this.#list.forgetExpired(Number.POSITIVE_INFINITY)) this.#forget(record);
    this.#store.dispose();
  }

  makeRoom(byteLength: number, freeByteCount: number): void {
    const { maxDiskBytes } = this.#options;
    const capacity = this.#store.diskByteCount + freeByteCount;
    if (this.#shorten(Math.min(maxDiskBytes, capacity))) {
      if (maxDiskBytes <= capacity) this.#sayShortened('hls.maxDiskBytes', maxDiskBytes);
      else this.#sayOnce(shortDisk, { capacity });
    }
    while (this.diskByteCount > 0 && this.diskByteCount + byteLength > maxDiskBytes) {
      if (!this.#forgetOldest('hls.maxDiskBytes', maxDiskBytes)) return;
    }
  }

  /** Drops the oldest segments until this many bytes are free, as far as live play can spare them. */
  giveWay(byteLength: number): boolean {
    const before = this.diskByteCount;
    this.#shorten(before);
    while (before - this.diskByteCount < byteLength && this.diskByteCount > 0) {
      if (!this.#spareOldest()) break;
    }
    return this.diskByteCount < before;
  }

  #keepInMemory(): void {
    const { folder, otherByteCount, maxBytes } = this.#options;
    const isOnDisk = folder !== undefined;
    if (!isOnDisk) {
      // The open segment and init segments.
      const besides = this.byteCount - this.#list.byteCount;
      const isShortened = this.#shorten(maxBytes - otherByteCount() - besides);
      if (isShortened) this.#sayShortened('hls.maxBytes', maxBytes);
    }
    while (this.byteCount + otherByteCount() > maxBytes) {
      const isRelieved = isOnDisk ? this.#relieve() : this.#forgetOldest('hls.maxBytes', maxBytes);
      if (!isRelieved) return;
    }
  }

  /**
   * Segments on disk take no memory, so the oldest listed segment is not the one to drop. If it never got to the disk,
   * a shorter window is better than one that begins with gaps.
   */
  #relieve(): boolean {
    const { oldest } = this.#list;
    if (oldest !== undefined && this.#store.isUnwritten(oldest.listed.uri)) {
      this.#shorten(this.#options.maxBytes);
      if (this.#spareOldest()) return true;
    }
    return this.#store.relieve();
  }

  /** Shortens the playlist to what this many bytes can hold; false if nothing had to leave it. */
  #shorten(byteCount: number): boolean {
    const { partListSeconds, now, onChanged } = this.#options;
    const limits = { byteCount, shortestSeconds: partListSeconds() };
    const isShortened = this.#list.retireDownTo(limits, now());
    if (isShortened) onChanged();
    return isShortened;
  }

  #spareOldest(): boolean {
    const oldest = this.#list.forgetOldest(this.#options.partListSeconds());
    if (oldest !== undefined) this.#forget(oldest.record);
    return oldest !== undefined;
  }

  #forgetOldest(bound: string, byteCount: number): boolean {
    const oldest = this.#list.forgetOldest();
    if (oldest === undefined) return false;
    this.#forget(oldest.record);
    if (oldest.wasListed) this.#sayShortened(bound, byteCount);
    else this.#sayOnce(tooEarly(bound), { [bound]: byteCount });
    return true;
  }

  /** If it was still listed, the playlist must no longer name it. */
  #forget({ listed: { uri, map } }: SegmentRecord): void {
    this.#options.onChanged();
    this.#store.forgetSegment(uri);
    if (map !== this.#init) this.#forgetInit(map);
  }

  #forgetInit(name: string): void {
    if (!this.#list.uses(name)) this.#store.forget(name);
  }

  /** Time has passed by so many seconds of the open segment: parts leave the playlist, and memory where it can. */
  #age(openSeconds: number): void {
    this.#list.measure(openSeconds);
    const gone = this.#list.ageParts(openSeconds, this.#options.partListSeconds());
    this.#coolAged();
    for (const name of gone) {
      this.#store.cool(name);
      this.#store.forgetParts(name);
    }
  }

  /**
   * New viewers begin with the newest segments, and MPEG-TS is made from these in memory even when few of them have
   * parts listed.
   */
  #coolAged(): void {
    const { listed } = this.#list;
    for (let index = listed.length - 1 - this.#options.hotSegmentCount; index >= 0; index -= 1) {
      const record = listed[index];
      if (record === undefined || record.parts === 'gone') return;
      if (record.parts === 'kept') this.#store.cool(record.listed.uri);
    }
  }

  /** A playlist must say what cannot be loaded (rfc8216bis 4.4.4.7), even if it said otherwise before. */
  #markGap(segment: string): void {
    this.#gapCount += 1;
    this.#list.markGap(segment);
    this.#options.onChanged();
  }

  #sayShortened(bound: string, byteCount: number): void {
    const advice = `raise ${bound} or shorten hls.window`;
    const message = `the window does not fit into ${bound}, so its oldest segments are dropped; ${advice}`;
    this.#sayOnce(message, { [bound]: byteCount });
  }

  #sayOnce(message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.log.warn(message, fields);
  }
}
