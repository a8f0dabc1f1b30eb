import type { PlaylistSegment } from './playlist.ts';

/** A complete segment. */
export interface SegmentRecord {
  readonly msn: number;
  readonly listed: PlaylistSegment;
  /** The same without parts, for when they are too old to be listed. */
  readonly bare: PlaylistSegment;
  readonly byteLength: number;
  readonly frameCount: number;
}

interface Retained {
  readonly record: SegmentRecord;
  readonly expiresAtMs: number;
}

/**
 * Complete segments: those in the playlist, and those that have left it but must stay fetchable for their own duration
 * plus that of the longest playlist that contained them (rfc8216bis 6.2.2). Parts stay as long as their segment.
 */
export class SegmentList {
  #listed: SegmentRecord[] = [];
  #retained: Retained[] = [];
  #removedDiscontinuityCount = 0;
  #longestListSeconds = 0;

  get listed(): readonly SegmentRecord[] {
    return this.#listed;
  }

  /** EXT-X-DISCONTINUITY-SEQUENCE: tags that have left the playlist (rfc8216bis 6.2.2). */
  get removedDiscontinuityCount(): number {
    return this.#removedDiscontinuityCount;
  }

  /** Whether any segment that is still kept needs this init segment. */
  uses(map: string): boolean {
    return (
      this.#listed.some(({ bare }) => bare.map === map) ||
      this.#retained.some(({ record }) => record.bare.map === map)
    );
  }

  add(record: SegmentRecord): void {
    this.#listed.push(record);
  }

  /** Takes the oldest out while more than `segmentCount` are listed and at least `shortestSeconds` remain without it. */
  trim(limits: { segmentCount: number; shortestSeconds: number }, nowMs: number): void {
    let seconds = this.#listedSeconds();
    for (;;) {
      const oldest = this.#listed[0];
      if (oldest === undefined || this.#listed.length <= limits.segmentCount) break;
      if (seconds - oldest.listed.duration < limits.shortestSeconds) break;
      seconds -= oldest.listed.duration;
      this.#delist();
      const keepSeconds = oldest.listed.duration + this.#longestListSeconds;
      this.#retained.push({ record: oldest, expiresAtMs: nowMs + keepSeconds * 1000 });
    }
  }

  /** How long the playlist is with the parts of the open segment, in seconds. */
  measure(openSeconds: number): void {
    this.#longestListSeconds = Math.max(
      this.#longestListSeconds,
      this.#listedSeconds() + openSeconds,
    );
  }

  /** The segments whose promised time is over. */
  takeExpired(nowMs: number): SegmentRecord[] {
    const expired = this.#retained.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (expired.length > 0) {
      this.#retained = this.#retained.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    }
    return expired.map(({ record }) => record);
  }

  /** Gives up the oldest segment before its time; `wasListed` tells that even the playlist lost it. */
  takeOldest(): { record: SegmentRecord; wasListed: boolean } | undefined {
    const retained = this.#retained.shift();
    if (retained !== undefined) return { record: retained.record, wasListed: false };
    const record = this.#delist();
    return record && { record, wasListed: true };
  }

  /** Gives up everything. */
  takeAll(): SegmentRecord[] {
    const records = this.#retained.map(({ record }) => record);
    this.#retained = [];
    for (let record = this.#delist(); record !== undefined; record = this.#delist()) {
      records.push(record);
    }
    return records;
  }

  #delist(): SegmentRecord | undefined {
    const record = this.#listed.shift();
    if (record?.listed.discontinuity === true) this.#removedDiscontinuityCount += 1;
    return record;
  }

  #listedSeconds(): number {
    return this.#listed.reduce((sum, { listed }) => sum + listed.duration, 0);
  }
}
