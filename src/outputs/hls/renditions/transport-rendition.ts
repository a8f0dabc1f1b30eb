import { CamgateError, MediaFormatError } from '../../../lib/errors.ts';
import type { Run } from '../../../media/frame.ts';
import { readFragments, type StoredFrame } from '../../../media/mp4/fragment-reader.ts';
import { TransportStreamWriter } from '../../../media/mpegts/mpegts-writer.ts';
import { unsupportedReason } from '../../../media/mpegts/tracks.ts';
import { ClassicText } from '../playlists/classic-playlist.ts';
import { SegmentList, type SegmentRecord } from '../storage/segment-list.ts';
import type { SegmentSource } from '../window/segment-source.ts';
import type { MemoryMedia, PlaylistText } from '../window/window.ts';

export interface TransportRenditionOptions {
  readonly life: string;
  readonly source: SegmentSource;
  readonly hasIndependentSegments: boolean;
  /** Minimum number of listed segments, once that many have been made. */
  readonly segmentCount: number;
  /** Bound on the bytes that are made. */
  readonly maxBytes: number;
  readonly now: () => number;
}

/** EXT-X-VERSION: fractions in EXTINF (RFC 8216 7); all that set-top boxes and old televisions know. */
const version = 3;
/** Minimum length of the list in target durations: players begin three before its end (RFC 8216 6.3.3). */
const listTargets = 3;
/** Most that is made at once, in target durations: a viewer who arrives, or returns, starts here. */
const longestRunTargets = 4;
/** After this long without a request nobody is watching, unless more was promised; in milliseconds. */
const forgetAfterMs = 30_000;

/** A segment that has been made. */
interface Made {
  readonly media: MemoryMedia;
  /** Discontinuities of the life before this segment's own tag. */
  readonly discontinuitySequence: number;
}

/**
 * The same segments as MPEG-TS, made from the parts in memory: each once, when a viewer asks for the playlist after the
 * segment is complete, and in playlist order, because continuity counters run on. Without viewers nothing is made or
 * kept.
 */
export class TransportRendition {
  readonly #options: TransportRenditionOptions;
  readonly #segments = new SegmentList();
  readonly #made = new Map<string, Made>();
  readonly #writer = new TransportStreamWriter();
  readonly #text: ClassicText;
  /** Media sequence number of the newest segment that was made. */
  #newest = -1;
  /** How often the list started over with a DISCONTINUITY that only this rendition has. */
  #restartCount = 0;
  #byteCount = 0;
  #askedAtMs = 0;

  constructor(options: TransportRenditionOptions) {
    this.#options = options;
    this.#text = new ClassicText(`${options.life}-ts`);
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  /** The segments that are listed. */
  get segments(): readonly SegmentRecord[] {
    return this.#segments.listed;
  }

  /** Throws ts-unsupported; undefined while no segment is complete. */
  playlistText(): PlaylistText | undefined {
    this.#askedAtMs = this.#options.now();
    this.#makeMissing();
    const [first] = this.#segments.listed;
    const made = first && this.#made.get(first.listed.uri);
    if (first === undefined || made === undefined) return undefined;
    this.#segments.promise(this.#newest);
    return this.#text.get({
      version,
      independentSegments: this.#options.hasIndependentSegments,
      targetDuration: this.#targetDuration,
      mediaSequence: first.msn,
      discontinuitySequence: made.discontinuitySequence,
      segments: this.#segments.listed.map(({ listed }) => ({ ...listed, map: undefined })),
    });
  }

  media(name: string): MemoryMedia | undefined {
    const made = this.#made.get(name);
    if (made !== undefined) this.#askedAtMs = this.#options.now();
    return made?.media;
  }

  /** When there is something to tidy although no part comes; undefined when nothing is kept that is not listed. */
  get nextExpiryMs(): number | undefined {
    return this.#segments.nextExpiryMs;
  }

  /** Call with every new part: drops what nobody may ask for any more, or what does not fit. */
  tidy(): void {
    if (this.#made.size === 0) return;
    const { now, maxBytes } = this.#options;
    if (now() - this.#askedAtMs > this.#keepMs) this.#segments.retireAll(Number.NEGATIVE_INFINITY);
    for (const record of this.#segments.forgetExpired(now())) this.#forget(record);
    while (this.#byteCount > maxBytes) {
      const oldest = this.#segments.forgetOldest();
      if (oldest === undefined) return;
      this.#forget(oldest.record);
    }
  }

  /** Takes all segments out of the playlist; they stay fetchable as promised. */
  clear(): void {
    this.#segments.retireAll(this.#options.now());
  }

  /**
   * Everything in the last list that was served stays for a segment's duration plus that of the list (RFC 8216 6.2.2).
   */
  get #keepMs(): number {
    const promisedSeconds = this.#targetDuration + 1 + this.#segments.longestListSeconds;
    return Math.max(forgetAfterMs, promisedSeconds * 1000);
  }

  get #targetDuration(): number {
    return this.#options.source.targets?.targetDurationSeconds ?? 0;
  }

  #makeMissing(): void {
    const missing = this.#missing();
    const [first] = missing;
    if (first === undefined) return;
    const isNext = first.msn === this.#newest + 1 && this.#segments.listed.length > 0;
    // A viewer of the old list finds nothing of it in the new one, so decoders have to start over.
    const isRestart = !isNext && this.#newest >= 0;
    if (isRestart) this.#segments.retireAll(this.#options.now());
    for (const record of missing) this.#make(record, isRestart && record === first);
  }

  /** The newest consecutive segments that have not been made yet and can be. */
  #missing(): SegmentRecord[] {
    const { source } = this.#options;
    const missing: SegmentRecord[] = [];
    let seconds = 0;
    for (let index = source.segments.length - 1; index >= 0; index -= 1) {
      const record = source.segments[index];
      if (record === undefined || record.msn <= this.#newest) break;
      if (seconds > longestRunTargets * this.#targetDuration) break;
      if (source.media(record.listed.uri)?.kind !== 'memory') break;
      const reason = unsupportedReason(record.run);
      if (reason !== undefined) {
        if (missing.length > 0) break;
        throw unsupported(reason);
      }
      seconds += record.listed.duration;
      missing.unshift(record);
    }
    return missing;
  }

  #make(record: SegmentRecord, isRestart: boolean): void {
    const { source, segmentCount, now } = this.#options;
    const media = source.media(record.listed.uri);
    if (media?.kind !== 'memory') return;
    const discontinuity = record.listed.discontinuity || isRestart;
    const { run } = record;
    const frames = framesIn(media.chunks);
    const bytes = this.#write({ run, frames, isDiscontinuity: discontinuity });
    const uri = `${record.msn}.ts`;
    this.#made.set(uri, {
      media: toTransportMedia(bytes),
      discontinuitySequence: this.#discontinuitiesBefore(record),
    });
    if (discontinuity && !record.listed.discontinuity) this.#restartCount += 1;
    this.#newest = record.msn;
    this.#byteCount += bytes.length;
    const listed = { ...record.listed, discontinuity, uri, parts: [] };
    this.#segments.add({ ...record, listed, parts: 'gone', byteLength: bytes.length });
    this.#segments.measure(0);
    this.#segments.retireBeyond(
      { segmentCount, shortestSeconds: listTargets * this.#targetDuration },
      now(),
    );
  }

  #write(segment: Parameters<TransportStreamWriter['write']>[0]): Buffer {
    try {
      return this.#writer.write(segment);
    } catch (error) {
      if (!(error instanceof MediaFormatError)) throw error;
      throw unsupported(`This camera's stream cannot be put into MPEG-TS: ${error.message}`);
    }
  }

  #discontinuitiesBefore(record: SegmentRecord): number {
    const { segments, discontinuitySequence } = this.#options.source;
    const older = segments.filter(({ msn, listed }) => msn < record.msn && listed.discontinuity);
    return discontinuitySequence + older.length + this.#restartCount;
  }

  #forget(record: SegmentRecord): void {
    this.#byteCount -= record.byteLength;
    this.#made.delete(record.listed.uri);
  }
}

/** Reads the frames when they are written: no frames are kept beside the stored parts. */
function* framesIn(parts: readonly Buffer[]): Generator<StoredFrame> {
  for (const part of parts) yield* readFragments(part);
}

function toTransportMedia(bytes: Buffer): MemoryMedia {
  return {
    kind: 'memory',
    contentType: 'video/mp2t',
    chunks: [bytes],
    byteLength: bytes.length,
  };
}

/** Throws ts-unsupported for tracks that are not put into MPEG-TS here. */
export function assertTransportable(run: Run): void {
  const reason = unsupportedReason(run);
  if (reason !== undefined) throw unsupported(reason);
}

function unsupported(reason: string): CamgateError {
  return new CamgateError('ts-unsupported', `${reason} Use classic/index.m3u8 or index.m3u8.`);
}
