import type { Log } from '../lib/log.ts';
import type { InitSegment, Track } from '../media/types.ts';
import type { LoadedPiece } from './bandwidth.ts';
import type { LiveEdge } from './delivery-directives.ts';
import { MediaStore } from './media-store.ts';
import type { MediaPlaylist, PlaylistPart, PlaylistSegment, SegmentHead } from './playlist.ts';
import { countSkippable, listSegments } from './playlist-rows.ts';
import { renderMediaPlaylist, type SegmentLines } from './render-playlist.ts';
import { SegmentList, type SegmentRecord } from './segment-list.ts';
import type { SegmenterPart, SegmentOpening } from './segmenter.ts';
import type { Targets } from './targets.ts';
import type { MediaResource, PlaylistText } from './window.ts';

export interface PublicationOptions {
  readonly life: string;
  readonly segmentCount: number;
  readonly maxBytes: number;
  readonly log: Log;
  readonly now: () => number;
}

export interface PublishedPiece extends LoadedPiece {
  readonly frameCount: number;
}

interface OpenPart extends PublishedPiece {
  readonly listed: PlaylistPart;
  readonly bytes: Buffer;
}

/** The segment that is being made. */
interface OpenRecord {
  readonly opening: SegmentOpening;
  readonly map: string;
  readonly parts: OpenPart[];
}

/** Parts are listed, and held playlists waited for, this many target durations (rfc8216bis 6.2.2, 6.2.5.2). */
const partListTargets = 3;
/** CAN-SKIP-UNTIL in target durations: the least that is allowed (rfc8216bis 4.4.3.8). */
const skipTargets = 6;

/**
 * What is published under one life: resources by name, and the playlist over them.
 *
 * Parts are named by a number that counts through the whole life, not by their segment. So the name of the next part is
 * always known, whether a keyframe ends the segment before it or the camera goes away and comes back: the preload hint
 * always comes true.
 */
export class Publication {
  readonly #options: PublicationOptions;
  readonly #store = new MediaStore();
  readonly #segments = new SegmentList();
  readonly #lines: SegmentLines = new WeakMap();
  #targets: Targets | undefined;
  #open: OpenRecord | undefined;
  #openMsn = 0;
  #nextPart = 0;
  #init: { readonly segment: InitSegment; readonly name: string } | undefined;
  #initCount = 0;
  #discontinuityCount = 0;
  #version = 0;
  #texts: { full?: PlaylistText; delta?: PlaylistText } = {};
  #hasWarnedOfBytes = false;

  constructor(options: PublicationOptions) {
    this.#options = options;
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

  get discontinuityCount(): number {
    return this.#discontinuityCount;
  }

  get tracks(): readonly Track[] {
    return this.#init?.segment.tracks ?? [];
  }

  get completePieces(): readonly PublishedPiece[] {
    return this.#segments.listed.map(({ listed, byteLength, frameCount }) => {
      return { durationSeconds: listed.duration, byteLength, frameCount };
    });
  }

  get openPieces(): readonly PublishedPiece[] {
    return this.#open?.parts ?? [];
  }

  get edge(): LiveEdge {
    return {
      openMsn: this.#openMsn,
      openPartCount: this.#open?.parts.length ?? 0,
      partCountOf: (msn) => {
        const record = this.#segments.listed[msn - this.#mediaSequence];
        return record?.listed.parts.length;
      },
    };
  }

  /** Name of the part that comes next. */
  get hintedPart(): string {
    return partName(this.#nextPart);
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
    open.parts.push({
      listed: { duration: part.durationSeconds, uri, independent: part.isIndependent },
      bytes: part.bytes,
      byteLength: part.bytes.length,
      durationSeconds: part.durationSeconds,
      frameCount: part.frameCount,
    });
    this.#segments.measure(secondsOf(open.parts));
    this.#dropExpired();
    this.#boundBytes();
    this.#changed();
  }

  /** Returns the segment's duration in seconds. */
  closeSegment(): number {
    const open = this.#open;
    if (open === undefined) return 0;
    const record = this.#complete(open);
    this.#segments.add(record);
    this.#open = undefined;
    this.#openMsn += 1;
    this.#segments.measure(0);
    const { segmentCount, now } = this.#options;
    const shortestSeconds = partListTargets * this.#targetDuration;
    this.#segments.trim({ segmentCount, shortestSeconds }, now());
    this.#changed();
    return record.listed.duration;
  }

  /** Drops all complete segments; close the open one before. */
  clear(): void {
    for (const record of this.#segments.takeAll()) this.#forget(record);
    if (this.#init !== undefined) this.#store.delete(this.#init.name);
    this.#init = undefined;
    this.#changed();
  }

  /** The playlist as it stands, or its delta where something can be skipped. Equal calls give the same object. */
  playlistText(isDelta: boolean): PlaylistText {
    if (!isDelta) return (this.#texts.full ??= this.#render(this.#describe(), 0));
    this.#texts.delta ??= this.#renderDelta();
    return this.#texts.delta;
  }

  get #mediaSequence(): number {
    return this.#segments.listed[0]?.msn ?? this.#openMsn;
  }

  get #targetDuration(): number {
    return this.#targets?.targetDurationSeconds ?? 0;
  }

  #openSegment(opening: SegmentOpening): OpenRecord {
    if (this.#init?.segment !== opening.init) {
      this.#init = { segment: opening.init, name: `init-${this.#initCount}.mp4` };
      this.#initCount += 1;
      this.#store.add(this.#init.name, opening.init.bytes);
    }
    if (opening.isDiscontinuity) this.#discontinuityCount += 1;
    this.#open = { opening, map: this.#init.name, parts: [] };
    return this.#open;
  }

  #complete(open: OpenRecord): SegmentRecord {
    const uri = `${this.#openMsn}.m4s`;
    this.#store.addShared(
      uri,
      open.parts.map(({ bytes }) => bytes),
    );
    const bare: PlaylistSegment = {
      ...headOf(open),
      duration: secondsOf(open.parts),
      uri,
      parts: [],
    };
    return {
      msn: this.#openMsn,
      bare,
      listed: { ...bare, parts: open.parts.map(({ listed }) => listed) },
      byteLength: open.parts.reduce((sum, part) => sum + part.byteLength, 0),
      frameCount: open.parts.reduce((sum, part) => sum + part.frameCount, 0),
    };
  }

  #describe(): MediaPlaylist {
    const targetDuration = this.#targetDuration;
    const partTarget = (this.#targets?.partTargetMs ?? 0) / 1000;
    return {
      targetDuration,
      partTarget,
      serverControl: {
        canSkipUntil: skipTargets * targetDuration,
        holdBack: 3 * targetDuration,
        partHoldBack: 3 * partTarget,
      },
      mediaSequence: this.#mediaSequence,
      discontinuitySequence: this.#segments.removedDiscontinuityCount,
      segments: listSegments(
        this.#segments.listed,
        secondsOf(this.#open?.parts ?? []),
        partListTargets * targetDuration,
      ),
      open: this.#open && {
        ...headOf(this.#open),
        parts: this.#open.parts.map(({ listed }) => listed),
      },
      preloadHint: this.hintedPart,
    };
  }

  #render(playlist: MediaPlaylist, skippedCount: number): PlaylistText {
    const suffix = skippedCount > 0 ? 'd' : '';
    return {
      body: Buffer.from(renderMediaPlaylist(playlist, skippedCount, this.#lines)),
      etag: `"${this.#options.life}-${this.#version}${suffix}"`,
    };
  }

  #renderDelta(): PlaylistText {
    const playlist = this.#describe();
    const skippedCount = countSkippable(playlist);
    return skippedCount === 0 ? this.playlistText(false) : this.#render(playlist, skippedCount);
  }

  #changed(): void {
    this.#version += 1;
    this.#texts = {};
  }

  #dropExpired(): void {
    for (const record of this.#segments.takeExpired(this.#options.now())) this.#forget(record);
  }

  #boundBytes(): void {
    while (this.#store.byteCount > this.#options.maxBytes) {
      const oldest = this.#segments.takeOldest();
      if (oldest === undefined) return;
      this.#forget(oldest.record);
      if (this.#hasWarnedOfBytes) continue;
      this.#hasWarnedOfBytes = true;
      this.#options.log.warn('live window is full: segments go earlier than promised', {
        maxBytes: this.#options.maxBytes,
        wasListed: oldest.wasListed,
      });
    }
  }

  #forget(record: SegmentRecord): void {
    this.#store.deleteShared(record.bare.uri);
    for (const part of record.listed.parts) this.#store.delete(part.uri);
    const { map } = record.bare;
    if (this.#init?.name !== map && !this.#segments.uses(map)) this.#store.delete(map);
  }
}

function headOf({ opening, map }: OpenRecord): SegmentHead {
  return {
    discontinuity: opening.isDiscontinuity,
    map,
    programDateTime: opening.programDateTimeMs,
  };
}

function secondsOf(parts: readonly LoadedPiece[]): number {
  return parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}

function partName(number: number): string {
  return `part-${number}.m4s`;
}
