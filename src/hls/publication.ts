import type { Log } from '../lib/log.ts';
import type { InitSegment, Track } from '../media/types.ts';
import type { LiveEdge } from './delivery-directives.ts';
import { describePlaylist, partListTargets, type PublishedMedia } from './describe-playlist.ts';
import { MediaStore } from './media-store.ts';
import {
  complete,
  secondsOf,
  toOpenPart,
  type OpenSegmentRecord,
  type PublishedPiece,
} from './open-segment.ts';
import { PlaylistTexts } from './playlist-texts.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { SegmentList, type SegmentRecord } from './segment-list.ts';
import { startSegmentCount, type SegmentSource } from './segment-source.ts';
import { startOffsetSeconds } from './start-offset.ts';
import type { SegmenterPart, SegmentOpening } from './segmenter-events.ts';
import type { Targets } from './targets.ts';
import { WindowBounds, type WindowLimits } from './window-bounds.ts';
import type { MediaResource, PlaylistText } from './window.ts';

export interface PublicationOptions extends WindowLimits {
  readonly life: string;
  /** Fewest segments that are listed. */
  readonly segmentCount: number;
  /** Least media that is listed, in milliseconds, as far as the bytes allow. */
  readonly windowMs: number;
  readonly hasIndependentSegments: boolean;
  /** Where whole segments go; undefined keeps all in memory. */
  readonly folder: SegmentFolder | undefined;
  /** What is made of the segments besides, in bytes of memory. */
  readonly otherByteCount: () => number;
  readonly log: Log;
  readonly now: () => number;
}

/** Nothing is published before they are fixed. */
const noTargets: Targets = { partTargetMs: 0, targetDurationSeconds: 0 };

/**
 * What is published under one life: resources by name, and the playlist over them.
 *
 * Parts are named by a number that counts through the whole life, not by their segment. So the name of the next part is
 * always known, whether a keyframe ends the segment before it or the camera goes away and comes back: the preload hint
 * always comes true.
 */
export class Publication implements SegmentSource {
  readonly #options: PublicationOptions;
  readonly #store: MediaStore;
  readonly #segments = new SegmentList();
  readonly #bounds: WindowBounds;
  readonly #texts: PlaylistTexts;
  #targets: Targets | undefined;
  #open: OpenSegmentRecord | undefined;
  /** EXT-X-DISCONTINUITY is listed for the next segment, which takes it over: so it is never withdrawn and never doubled. */
  #isBroken = false;
  #openMsn = 0;
  #nextPart = 0;
  #init: { readonly segment: InitSegment; readonly name: string } | undefined;
  #initCount = 0;
  #discontinuityCount = 0;
  #gapCount = 0;

  constructor(options: PublicationOptions) {
    this.#options = options;
    const { life, folder, log, maxBytes, maxDiskBytes } = options;
    this.#texts = new PlaylistTexts(life, () => describePlaylist(this.#published));
    this.#store = new MediaStore({
      folder,
      log,
      makeRoomOnDisk: (byteLength, free) => this.#bounds.makeRoomOnDisk(byteLength, free),
      giveWay: (byteLength) => this.#bounds.giveWay(byteLength),
      onLost: (segment) => this.#markGap(segment),
      now: options.now,
    });
    this.#bounds = new WindowBounds({
      maxBytes,
      maxDiskBytes,
      isOnDisk: folder !== undefined,
      segments: this.#segments,
      store: this.#store,
      otherByteCount: options.otherByteCount,
      shortestSeconds: () => partListTargets * this.#targetDuration,
      log,
      now: options.now,
      onShortened: () => this.#texts.changed(),
      forget: (record) => this.#forget(record),
    });
  }

  get isEmpty(): boolean {
    return this.#segments.listed.length === 0 && this.#open === undefined;
  }

  get targets(): Targets | undefined {
    return this.#targets;
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

  get discontinuityCount(): number {
    return this.#discontinuityCount;
  }

  get tracks(): readonly Track[] {
    return this.#init?.segment.tracks ?? [];
  }

  get segments(): readonly SegmentRecord[] {
    return this.#segments.listed;
  }

  get discontinuitySequence(): number {
    return this.#segments.removedDiscontinuityCount;
  }

  get completePieces(): readonly PublishedPiece[] {
    return this.#segments.listed
      .filter(({ isPreroll }) => !isPreroll)
      .map(({ listed, byteLength, frameCount }) => {
        return { durationSeconds: listed.duration, byteLength, frameCount, map: listed.map };
      });
  }

  get openPieces(): readonly PublishedPiece[] {
    return this.#open?.parts ?? [];
  }

  get startOffsetSeconds(): number | undefined {
    return startOffsetSeconds(this.#segments.listed, this.#open?.parts ?? []);
  }

  get edge(): LiveEdge {
    return {
      openMsn: this.#openMsn,
      openPartCount: this.#open?.parts.length ?? 0,
      partCountOf: (msn) => {
        return this.#segments.listed[msn - this.#mediaSequence]?.partCount;
      },
    };
  }

  /** Name of the part that comes next. */
  get hintedPart(): string {
    return `part-${this.#nextPart}.m4s`;
  }

  media(name: string): MediaResource | undefined {
    return this.#store.get(name);
  }

  fixTargets(targets: Targets): void {
    this.#targets = targets;
  }

  /** `opens` comes with the first part of a segment. */
  addPart(part: SegmenterPart, opens: SegmentOpening | undefined): void {
    const open = opens === undefined ? this.#open : this.#openSegment(opens);
    if (open === undefined) return;
    const uri = this.hintedPart;
    this.#nextPart += 1;
    this.#store.add(uri, part.bytes);
    open.parts.push(toOpenPart(part, uri, open.map));
    this.#age(secondsOf(open.parts));
    for (const record of this.#segments.takeExpired(this.#options.now())) this.#forget(record);
    this.#bounds.keepInMemory();
    this.#texts.changed();
  }

  /** Returns the segment's duration in seconds. */
  closeSegment(): number {
    const open = this.#open;
    if (open === undefined) return 0;
    const record = complete(open, this.#openMsn);
    const parts = open.parts.map(({ listed, bytes }) => ({ name: listed.uri, bytes }));
    this.#store.addSegment({ name: record.listed.uri, parts });
    this.#segments.add(record);
    this.#open = undefined;
    this.#openMsn += 1;
    this.#age(0);
    const { segmentCount, windowMs, now } = this.#options;
    const shortestSeconds = Math.max(partListTargets * this.#targetDuration, windowMs / 1000);
    this.#segments.trim({ segmentCount, shortestSeconds }, now());
    this.#texts.changed();
    return record.listed.duration;
  }

  /** The next segment does not go on where the last one ended; close the open one before. Idempotent. */
  breakOff(): void {
    if (this.#isBroken || this.#openMsn === 0) return;
    this.#isBroken = true;
    this.#discontinuityCount += 1;
    this.#texts.changed();
  }

  /** Takes all segments out of the playlist; close the open one before. What was promised stays fetchable. */
  clear(): void {
    this.#segments.retireAll(this.#options.now());
    const init = this.#init;
    this.#init = undefined;
    if (init !== undefined && !this.#segments.uses(init.name)) this.#store.delete(init.name);
    this.#texts.changed();
  }

  /** Gives up everything, files too. */
  dispose(): void {
    this.clear();
    for (const record of this.#segments.takeExpired(Number.POSITIVE_INFINITY)) this.#forget(record);
    this.#store.dispose();
  }

  /** The playlist as it stands, or its delta where something can be skipped. Equal calls give the same object. */
  playlistText(isDelta: boolean): PlaylistText {
    return isDelta ? this.#texts.delta : this.#texts.full;
  }

  get #mediaSequence(): number {
    return this.#segments.listed[0]?.msn ?? this.#openMsn;
  }

  get #targetDuration(): number {
    return this.#targets?.targetDurationSeconds ?? 0;
  }

  get #published(): PublishedMedia {
    return {
      hasIndependentSegments: this.#options.hasIndependentSegments,
      targets: this.#targets ?? noTargets,
      segments: this.#segments,
      open: this.#open,
      isBroken: this.#isBroken,
      openMsn: this.#openMsn,
      hintedPart: this.hintedPart,
    };
  }

  #openSegment(opening: SegmentOpening): OpenSegmentRecord {
    if (this.#init?.segment !== opening.init) {
      this.#init = { segment: opening.init, name: `init-${this.#initCount}.mp4` };
      this.#initCount += 1;
      this.#store.add(this.#init.name, opening.init.bytes);
    }
    this.#open = { opening, isDiscontinuity: this.#isBroken, map: this.#init.name, parts: [] };
    this.#isBroken = false;
    return this.#open;
  }

  /** Time has passed by so many seconds of the open segment: parts leave the playlist, and memory where it can. */
  #age(openSeconds: number): void {
    this.#segments.measure(openSeconds);
    const gone = this.#segments.ageParts(openSeconds, partListTargets * this.#targetDuration);
    this.#coolAged();
    for (const name of gone) {
      this.#store.cool(name);
      this.#store.forgetParts(name);
    }
  }

  /** Who comes begins with the newest segments, and MPEG-TS is made of their memory even where few of them have parts listed. */
  #coolAged(): void {
    const { listed } = this.#segments;
    for (let index = listed.length - 1 - startSegmentCount; index >= 0; index -= 1) {
      const record = listed[index];
      if (record === undefined || record.parts === 'gone') return;
      if (record.parts === 'kept') this.#store.cool(record.listed.uri);
    }
  }

  /** A playlist must say what cannot be loaded (rfc8216bis 4.4.4.7), even if it said otherwise before. */
  #markGap(segment: string): void {
    this.#gapCount += 1;
    this.#segments.markGap(segment);
    this.#texts.changed();
  }

  /** Where it was still listed, the playlist must not name it any longer. */
  #forget(record: SegmentRecord): void {
    const { uri, map } = record.listed;
    this.#texts.changed();
    this.#store.removeSegment(uri);
    if (this.#init?.name !== map && !this.#segments.uses(map)) this.#store.delete(map);
  }
}
