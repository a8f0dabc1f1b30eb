import type { Log } from '../../../lib/log.ts';
import type { Run } from '../../../media/frame.ts';
import type { LiveEdge } from '../playlists/delivery-directives.ts';
import {
  describePlaylist,
  partListTargets,
  type PublishedMedia,
} from '../playlists/describe-playlist.ts';
import {
  complete,
  secondsOf,
  toOpenPart,
  type OpenSegmentRecord,
  type PublishedPiece,
} from './open-segment.ts';
import { PlaylistTexts } from '../playlists/playlist-texts.ts';
import type { SegmentFolder } from '../storage/segment-folder.ts';
import type { SegmentRecord } from '../storage/segment-list.ts';
import { startSegmentCount, type SegmentSource } from './segment-source.ts';
import { startOffsetSeconds } from '../playlists/start-offset.ts';
import type { SegmenterPart, SegmentOpening } from '../segmenter/segmenter-events.ts';
import type { Targets } from '../segmenter/targets.ts';
import { KeptMedia, type WindowLimits } from '../storage/kept-media.ts';
import type { MediaResource, PlaylistText } from './window.ts';

export interface PublicationOptions extends WindowLimits {
  readonly life: string;
  /** Minimum number of listed segments. */
  readonly segmentCount: number;
  /** Minimum duration of listed media, in milliseconds, as far as the space allows. */
  readonly windowMs: number;
  readonly hasIndependentSegments: boolean;
  /** Where complete segments are stored; undefined keeps all in memory. */
  readonly folder: SegmentFolder | undefined;
  /** Memory of what else is made from the segments, in bytes. */
  readonly otherByteCount: () => number;
  readonly log: Log;
  readonly now: () => number;
}

/** Nothing is published before they are fixed. */
const noTargets: Targets = { partTargetMs: 0, targetDurationSeconds: 0 };

/**
 * What is published under one life: resources by name, and the playlist that lists them.
 *
 * Parts are named by a number that counts through the whole life, not by their segment. So the name of the next part is
 * always known, whether a keyframe ends the segment before it or the camera goes away and comes back: the preload hint
 * always comes true.
 */
export class Publication implements SegmentSource {
  readonly #options: PublicationOptions;
  readonly #kept: KeptMedia;
  readonly #texts: PlaylistTexts;
  #targets: Targets | undefined;
  #open: OpenSegmentRecord | undefined;
  /**
   * EXT-X-DISCONTINUITY is listed for the next segment, which takes it over: so it is never withdrawn and never
   * doubled.
   */
  #isBroken = false;
  #openMsn = 0;
  #nextPart = 0;
  /** Of the newest published run. */
  #init: { readonly run: Run; readonly bytes: Buffer; readonly name: string } | undefined;
  #initCount = 0;
  #discontinuityCount = 0;

  constructor(options: PublicationOptions) {
    this.#options = options;
    this.#texts = new PlaylistTexts(options.life, () => describePlaylist(this.#published));
    this.#kept = new KeptMedia({
      ...options,
      hotSegmentCount: startSegmentCount,
      partListSeconds: () => partListTargets * this.#targetDuration,
      onChanged: () => this.#texts.changed(),
    });
  }

  get isEmpty(): boolean {
    return this.#kept.listed.length === 0 && this.#open === undefined;
  }

  get targets(): Targets | undefined {
    return this.#targets;
  }

  get byteCount(): number {
    return this.#kept.byteCount;
  }

  get diskByteCount(): number {
    return this.#kept.diskByteCount;
  }

  get diskFailuresTotal(): number {
    return this.#kept.diskFailuresTotal;
  }

  /** Segments whose media was lost while players could still ask for them; only grows. */
  get gapCount(): number {
    return this.#kept.gapCount;
  }

  get discontinuityCount(): number {
    return this.#discontinuityCount;
  }

  /** The newest one of which anything is published; undefined if nothing is. */
  get run(): Run | undefined {
    return this.#init?.run;
  }

  get segments(): readonly SegmentRecord[] {
    return this.#kept.listed;
  }

  get discontinuitySequence(): number {
    return this.#kept.removedDiscontinuityCount;
  }

  get completePieces(): readonly PublishedPiece[] {
    return this.#kept.listed
      .filter(({ isPreroll }) => !isPreroll)
      .map(({ listed, byteLength, frameCount }) => {
        return { durationSeconds: listed.duration, byteLength, frameCount, map: listed.map };
      });
  }

  get openPieces(): readonly PublishedPiece[] {
    return this.#open?.parts ?? [];
  }

  get startOffsetSeconds(): number | undefined {
    return startOffsetSeconds(this.#kept.listed, this.#open?.parts ?? []);
  }

  get edge(): LiveEdge {
    return {
      openMsn: this.#openMsn,
      openPartCount: this.#open?.parts.length ?? 0,
      partCountOf: (msn) => {
        return this.#kept.listed[msn - this.#mediaSequence]?.partCount;
      },
    };
  }

  /** Name of the part that comes next. */
  get hintedPart(): string {
    return `part-${this.#nextPart}.m4s`;
  }

  media(name: string): MediaResource | undefined {
    return this.#kept.get(name);
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
    open.parts.push(toOpenPart(part, uri, open.map));
    this.#kept.addPart(uri, part.bytes, secondsOf(open.parts));
    this.#texts.changed();
  }

  /** The hinted part may be the first of the segment after the open one. */
  promiseListed(): void {
    this.#kept.promise(this.#openMsn + 1);
  }

  /** Returns the segment's duration in seconds. */
  closeSegment(): number {
    const open = this.#open;
    if (open === undefined) return 0;
    const record = complete(open, this.#openMsn);
    const parts = open.parts.map(({ listed, bytes }) => ({ name: listed.uri, bytes }));
    this.#open = undefined;
    this.#openMsn += 1;
    const { segmentCount, windowMs } = this.#options;
    const shortestSeconds = Math.max(partListTargets * this.#targetDuration, windowMs / 1000);
    this.#kept.addSegment(record, parts, { segmentCount, shortestSeconds });
    this.#texts.changed();
    return record.listed.duration;
  }

  /** The next segment does not continue where the last one ended; close the open one first. Idempotent. */
  breakOff(): void {
    if (this.#isBroken || this.#openMsn === 0) return;
    this.#isBroken = true;
    this.#discontinuityCount += 1;
    this.#texts.changed();
  }

  /** Each part does this; without parts it is due at `nextExpiryMs`. */
  forgetExpired(): void {
    this.#kept.forgetExpired();
  }

  /** undefined when nothing is kept that is not listed. */
  get nextExpiryMs(): number | undefined {
    return this.#kept.nextExpiryMs;
  }

  /** Retires all segments; close the open one first. What was promised stays fetchable. */
  clear(): void {
    this.#kept.retireAll();
    this.#init = undefined;
    this.#texts.changed();
  }

  /** Forgets everything, files too. */
  dispose(): void {
    this.clear();
    this.#kept.dispose();
  }

  /**
   * The current playlist for a viewer, or a delta update if something can be skipped. Equal calls return the same
   * object.
   */
  playlistText(isDelta: boolean): PlaylistText {
    this.promiseListed();
    return isDelta ? this.#texts.delta : this.#texts.full;
  }

  get #mediaSequence(): number {
    return this.#kept.listed[0]?.msn ?? this.#openMsn;
  }

  get #targetDuration(): number {
    return this.#targets?.targetDurationSeconds ?? 0;
  }

  get #published(): PublishedMedia {
    return {
      hasIndependentSegments: this.#options.hasIndependentSegments,
      targets: this.#targets ?? noTargets,
      segments: this.#kept,
      open: this.#open,
      isBroken: this.#isBroken,
      openMsn: this.#openMsn,
      hintedPart: this.hintedPart,
    };
  }

  #openSegment(opening: SegmentOpening): OpenSegmentRecord {
    const { run, init: bytes } = opening;
    if (this.#init?.bytes !== bytes) {
      this.#init = { run, bytes, name: `init-${this.#initCount}.mp4` };
      this.#initCount += 1;
      this.#kept.addInit(this.#init.name, bytes);
    }
    this.#open = { opening, isDiscontinuity: this.#isBroken, map: this.#init.name, parts: [] };
    this.#isBroken = false;
    return this.#open;
  }
}
