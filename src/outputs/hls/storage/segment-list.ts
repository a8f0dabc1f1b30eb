import type { Run } from '../../../media/frame.ts';
import type { PlaylistSegment } from '../playlists/playlist.ts';

/** A complete segment. */
export interface SegmentRecord {
  readonly msn: number;
  /** What its media is of. */
  readonly run: Run;
  /** As the playlist shows it now. */
  readonly listed: PlaylistSegment;
  readonly parts: PartsState;
  readonly partCount: number;
  readonly byteLength: number;
  readonly frameCount: number;
  /** A player can begin somewhere in it. */
  readonly hasKeyframe: boolean;
  /** Made by us to begin the playlist: says nothing about the stream. */
  readonly isPreroll: boolean;
}

/**
 * Parts are listed until three target durations after their segment began (rfc8216bis 6.2.2), and kept at least as long
 * again for anyone who has read of them.
 */
export type PartsState = 'listed' | 'kept' | 'gone';

export interface SegmentLimits {
  readonly segmentCount: number;
  readonly shortestSeconds: number;
}

interface Retained {
  readonly record: SegmentRecord;
  readonly expiresAtMs: number;
}

/**
 * Complete segments: those in the playlist, and those that have left it but must stay fetchable for their own duration
 * plus that of the longest playlist that was distributed and contained them (rfc8216bis 6.2.2). A segment goes in two
 * steps: it is retired when the playlist no longer names it but viewers may still ask for it, and forgotten when
 * nothing is known of it any more. A segment that was in no playlist given to a viewer is promised to nobody: with a
 * camera that is kept ready for viewers, that saves half of its media.
 */
export class SegmentList {
  #listed: SegmentRecord[] = [];
  #retained: Retained[] = [];
  #removedDiscontinuityCount = 0;
  #listedSeconds = 0;
  #listedByteCount = 0;
  #retainedByteCount = 0;
  /** Lengths of past playlists, in falling order; `msn` is the newest segment that was in each. */
  #peaks: { readonly msn: number; readonly seconds: number }[] = [];
  /** The newest segment that a viewer has been told of. */
  #promisedMsn = -1;

  get listed(): readonly SegmentRecord[] {
    return this.#listed;
  }

  /** EXT-X-DISCONTINUITY-SEQUENCE: tags that have left the playlist (rfc8216bis 6.2.2). */
  get removedDiscontinuityCount(): number {
    return this.#removedDiscontinuityCount;
  }

  /** The longest playlist that the segments of this one were in, in seconds. */
  get longestListSeconds(): number {
    return this.#peaks[0]?.seconds ?? 0;
  }

  /** Bytes of the segments that are kept, listed or not. */
  get byteCount(): number {
    return this.#listedByteCount + this.#retainedByteCount;
  }

  /** Whether any segment that is still kept needs this init segment. */
  uses(map: string): boolean {
    return (
      this.#listed.some(({ listed }) => listed.map === map) ||
      this.#retained.some(({ record }) => record.listed.map === map)
    );
  }

  add(record: SegmentRecord): void {
    this.#listed.push(record);
    this.#listedSeconds += record.listed.duration;
    this.#listedByteCount += record.byteLength;
  }

  /** A viewer is given a playlist that names segments up to this one, or parts of it. */
  promise(msn: number): void {
    this.#promisedMsn = Math.max(this.#promisedMsn, msn);
  }

  /**
   * Takes the parts that are too old out of the playlist; `openSeconds` are the parts of the segment being made.
   * Returns the segments whose parts are no longer kept, since the last look.
   */
  ageParts(openSeconds: number, partListSeconds: number): readonly string[] {
    const gone: string[] = [];
    let seconds = openSeconds;
    for (let index = this.#listed.length - 1; index >= 0; index -= 1) {
      const record = this.#listed[index];
      if (record === undefined || record.parts === 'gone') break;
      seconds += record.listed.duration;
      const parts = partsStateAt(seconds, partListSeconds);
      if (parts === record.parts) continue;
      const listed = record.parts === 'listed' ? { ...record.listed, parts: [] } : record.listed;
      if (parts === 'gone') gone.push(listed.uri);
      this.#listed[index] = { ...record, parts, listed };
    }
    return gone;
  }

  /** The media of a segment is gone: the playlist says so, if it still lists it. */
  markGap(uri: string): void {
    const index = this.#listed.findIndex(({ listed }) => listed.uri === uri);
    const record = this.#listed[index];
    if (record === undefined) return;
    const parts = record.listed.parts.map((part) => ({ ...part, isGap: true }));
    this.#listed[index] = { ...record, listed: { ...record.listed, parts, isGap: true } };
  }

  /** Retires the oldest while more than `segmentCount` are listed and at least `shortestSeconds` remain without it. */
  retireBeyond(limits: SegmentLimits, nowMs: number): void {
    for (;;) {
      const oldest = this.#listed[0];
      if (oldest === undefined || this.#listed.length <= limits.segmentCount) break;
      if (this.#listedSeconds - oldest.listed.duration < limits.shortestSeconds) break;
      this.#retire(nowMs);
    }
  }

  /**
   * Retires the oldest until this many bytes hold what remains and all that can be promised of it at one time: as much
   * again that has left the list, plus two more segments for each half, because a list is longest just before a segment
   * leaves, and each is kept for its own duration on top (rfc8216bis 6.2.2). Never below `shortestSeconds`. Returns
   * whether any was retired.
   */
  retireDownTo(limits: { byteCount: number; shortestSeconds: number }, nowMs: number): boolean {
    const { length } = this.#listed;
    for (;;) {
      const oldest = this.#listed[0];
      if (oldest === undefined) break;
      const usual = this.#listedByteCount / this.#listed.length;
      if (2 * (this.#listedByteCount + 2 * usual) <= limits.byteCount) break;
      if (this.#listedSeconds - oldest.listed.duration < limits.shortestSeconds) break;
      this.#retire(nowMs);
    }
    return this.#listed.length < length;
  }

  /** Empties the playlist; what was promised stays fetchable. */
  retireAll(nowMs: number): void {
    while (this.#listed.length > 0) this.#retire(nowMs);
  }

  /** How long the playlist is with the parts of the open segment, in seconds. */
  measure(openSeconds: number): void {
    const seconds = this.#listedSeconds + openSeconds;
    const msn = this.#listed.at(-1)?.msn;
    if (msn === undefined) return;
    while ((this.#peaks.at(-1)?.seconds ?? Number.POSITIVE_INFINITY) <= seconds) this.#peaks.pop();
    this.#peaks.push({ msn, seconds });
  }

  /** When the next promised time is over; undefined when nothing is kept that is not listed. */
  get nextExpiryMs(): number | undefined {
    if (this.#retained.length === 0) return undefined;
    return this.#retained.reduce((next, { expiresAtMs }) => Math.min(next, expiresAtMs), Infinity);
  }

  /** The segments whose promised time is over; the list drops them. */
  forgetExpired(nowMs: number): SegmentRecord[] {
    const expired = this.#retained.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (expired.length > 0) {
      this.#retained = this.#retained.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    }
    for (const { record } of expired) this.#retainedByteCount -= record.byteLength;
    return expired.map(({ record }) => record);
  }

  /** The oldest segment that is still kept. */
  get oldest(): SegmentRecord | undefined {
    return this.#retained[0]?.record ?? this.#listed[0];
  }

  /**
   * Forgets the oldest segment before its time; `wasListed` tells that even the playlist lost it. undefined where
   * there is none, or the playlist would be shorter than `shortestSeconds` without it.
   */
  forgetOldest(
    shortestSeconds = Number.NEGATIVE_INFINITY,
  ): { record: SegmentRecord; wasListed: boolean } | undefined {
    const retained = this.#retained.shift();
    if (retained !== undefined) {
      this.#retainedByteCount -= retained.record.byteLength;
      return { record: retained.record, wasListed: false };
    }
    const [oldest] = this.#listed;
    if (oldest === undefined) return undefined;
    if (this.#listedSeconds - oldest.listed.duration < shortestSeconds) return undefined;
    this.#delist();
    return { record: oldest, wasListed: true };
  }

  #retire(nowMs: number): void {
    const record = this.#delist();
    if (record === undefined) return;
    const isPromised = record.msn <= this.#promisedMsn;
    const keepSeconds = isPromised ? record.listed.duration + this.#longestWith(record) : 0;
    this.#retained.push({ record, expiresAtMs: nowMs + keepSeconds * 1000 });
    this.#retainedByteCount += record.byteLength;
  }

  /** The longest playlist that the oldest of the list was in, in seconds. */
  #longestWith({ msn }: SegmentRecord): number {
    while ((this.#peaks[0]?.msn ?? msn) < msn) this.#peaks.shift();
    return this.#peaks[0]?.seconds ?? 0;
  }

  #delist(): SegmentRecord | undefined {
    const record = this.#listed.shift();
    if (record === undefined) return undefined;
    this.#listedByteCount -= record.byteLength;
    if (record.listed.discontinuity) this.#removedDiscontinuityCount += 1;
    // Sums of fractions drift; an empty list has no length.
    this.#listedSeconds =
      this.#listed.length === 0 ? 0 : this.#listedSeconds - record.listed.duration;
    return record;
  }
}

/**
 * The promise is in real time, but this is media time, which runs faster while a stream catches up after a pause: parts
 * are kept long enough for a pause as long as the promise itself.
 */
function partsStateAt(seconds: number, partListSeconds: number): PartsState {
  if (seconds <= partListSeconds) return 'listed';
  return seconds <= 3 * partListSeconds ? 'kept' : 'gone';
}
