import { createHash } from 'node:crypto';
import { checkTimeline, type LoadedSegment } from './media-rules.ts';
import { probeMedia } from './media-probe.ts';
import { measureRates, type MeasuredRates, type MeasuredSegment } from './number-rules.ts';
import type { ReadPlaylist, ReadSegment } from '../playlists/m3u8.ts';
import type { Report } from '../violations.ts';

/** Loads one resource; undefined when it is not there, which has been reported then. */
export type LoadMedia = (uri: string) => Promise<Buffer | undefined>;

/** This much media is read by ffprobe at once, in seconds. */
const batchSeconds = 15;
/** Fingerprints of loaded media that are remembered: more than any promise lasts. */
const mostFingerprints = 5000;

/** Loads every part, segment and init segment that is listed, once, and judges the bytes. */
export class MediaLog {
  readonly #load: LoadMedia;
  readonly #report: Report;
  readonly #parts = new Map<string, Promise<Buffer | undefined>>();
  readonly #inits = new Map<string, Promise<Buffer | undefined>>();
  readonly #fingerprints = new Map<string, string>();
  readonly #measured: MeasuredSegment[] = [];
  #batch: LoadedSegment[] = [];
  #nextMsn: number | undefined;
  #work: Promise<void> = Promise.resolve();
  #partCount = 0;

  constructor(load: LoadMedia, report: Report) {
    this.#load = load;
    this.#report = report;
  }

  get partCount(): number {
    return this.#partCount;
  }

  get segmentCount(): number {
    return this.#measured.length;
  }

  /** The rates over everything that was loaded. */
  rates(targetDuration: number): MeasuredRates {
    return measureRates(this.#measured, targetDuration);
  }

  /** Whether the bytes are those that this name had before; the first ones are always right. */
  isSame(uri: string, bytes: Buffer): boolean {
    const fingerprint = createHash('sha1').update(bytes).digest('base64');
    const known = this.#fingerprints.get(uri);
    if (known !== undefined) return known === fingerprint;
    this.#fingerprints.set(uri, fingerprint);
    const [oldest] = this.#fingerprints.keys();
    if (this.#fingerprints.size > mostFingerprints && oldest !== undefined) {
      this.#fingerprints.delete(oldest);
    }
    return true;
  }

  /** Starts to load what is new. The answers are judged in the order of the playlist. */
  see(playlist: ReadPlaylist): void {
    for (const part of playlist.open?.parts ?? []) if (!part.gap) void this.#part(part.uri);
    for (const segment of playlist.segments) {
      if (this.#nextMsn !== undefined && segment.msn < this.#nextMsn) continue;
      this.#nextMsn = segment.msn + 1;
      if (segment.gap || segment.uri === undefined) continue;
      const parts = segment.parts.map((part) => this.#part(part.uri));
      const { map, uri } = segment;
      const init = map === undefined ? undefined : this.#init(map);
      const bytes = this.#fetch(uri);
      this.#work = this.#work.then(async () =>
        this.#take(segment, {
          init: await init,
          bytes: await bytes,
          parts: await Promise.all(parts),
        }),
      );
    }
  }

  /** Resolves when everything that was seen has been judged. */
  async finish(): Promise<void> {
    await this.#work;
    await this.#flush();
  }

  #part(uri: string): Promise<Buffer | undefined> {
    const known = this.#parts.get(uri);
    if (known !== undefined) return known;
    this.#partCount += 1;
    const part = this.#fetch(uri);
    this.#parts.set(uri, part);
    return part;
  }

  #init(uri: string): Promise<Buffer | undefined> {
    const known = this.#inits.get(uri);
    if (known !== undefined) return known;
    const init = this.#fetch(uri);
    this.#inits.set(uri, init);
    return init;
  }

  async #fetch(uri: string): Promise<Buffer | undefined> {
    const bytes = await this.#load(uri);
    if (bytes !== undefined && !this.isSame(uri, bytes)) {
      this.#report('same-bytes', '4.4.5.3', `${uri} has other bytes than the answer to its hint`);
    }
    return bytes;
  }

  async #take(
    listed: ReadSegment,
    loaded: {
      init: Buffer | undefined;
      bytes: Buffer | undefined;
      parts: readonly (Buffer | undefined)[];
    },
  ): Promise<void> {
    for (const part of listed.parts) this.#parts.delete(part.uri);
    const { init, bytes } = loaded;
    const parts = loaded.parts.filter((part) => part !== undefined);
    const isWhole = parts.length === listed.parts.length && bytes !== undefined;
    if (bytes === undefined || init === undefined || !isWhole) {
      await this.#flush();
      this.#batch = [];
      return;
    }
    this.#measured.push({ seconds: listed.duration, byteCount: bytes.length });
    if (parts.length > 0 && !Buffer.concat(parts).equals(bytes)) {
      this.#report('parts-make-segment', '3.1', `the parts of ${listed.uri ?? ''} are other bytes`);
    }
    const last = this.#batch.at(-1)?.listed;
    if (last !== undefined && !isContinuation(last, listed)) {
      await this.#flush();
      this.#batch = [];
    }
    this.#batch.push({ listed, bytes, partBytes: parts.map(({ length }) => length) });
    const seconds = this.#batch.reduce((sum, segment) => sum + segment.listed.duration, 0);
    if (seconds >= batchSeconds && this.#batch.length > 1) {
      await this.#flush();
      // The end of the last one is known with the next.
      this.#batch = this.#batch.slice(-1);
    }
  }

  async #flush(): Promise<void> {
    const segments = this.#batch;
    const map = segments[0]?.listed.map;
    const init = map === undefined ? undefined : await this.#inits.get(map);
    if (init === undefined) return;
    try {
      const bytes = Buffer.concat([init, ...segments.map((segment) => segment.bytes)]);
      const { frames } = await probeMedia(bytes);
      checkTimeline({ initBytes: init.length, segments, frames }, this.#report);
    } catch (error) {
      this.#report('readable', '3', `${segments[0]?.listed.uri ?? ''}: ${String(error)}`);
    }
  }
}

function isContinuation(last: ReadSegment, next: ReadSegment): boolean {
  return !next.discontinuity && next.map === last.map && next.msn === last.msn + 1;
}
