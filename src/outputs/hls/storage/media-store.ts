import type { FileHandle } from 'node:fs/promises';
import { CamgateError } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { SegmentWriter, type DiskRoom } from './segment-writer.ts';
import type { FileMedia, MediaResource, MemoryMedia } from '../window/window.ts';

export interface MediaStoreOptions {
  /** Where whole segments go; undefined keeps them in memory. */
  readonly folder: SegmentFolder | undefined;
  readonly log: Log;
  readonly room: DiskRoom;
  /** The bytes of a segment are gone before its time. */
  readonly onLost: (segment: string) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

export interface SegmentMedia {
  readonly name: string;
  /** In order, with the bytes that `add` got. */
  readonly parts: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/**
 * Where the bytes of a whole segment lie:
 *
 *     memory ── written ──▶ both ── viewers are through with it, or memory is short ──▶ disk
 *       └── memory is short ──▶ lost ◀── the file cannot be opened, or is not whole ─┘
 */
type Place = 'memory' | 'both' | 'disk' | 'lost';

interface Holding {
  readonly name: string;
  parts: readonly { readonly name: string; readonly byteLength: number }[];
  readonly byteLength: number;
  place: Place;
  areBytesHot: boolean;
}

/** Errors of a gateway that has too many files open, and not of the file. */
const ownErrors: readonly (string | undefined)[] = ['EMFILE', 'ENFILE'];

/**
 * Resources by name. A segment shares the memory of its parts until it lies on disk; from then on segment and parts are
 * read from one file, and the memory is free.
 */
export class MediaStore {
  readonly #options: MediaStoreOptions;
  readonly #resources = new Map<string, MediaResource>();
  readonly #holdings = new Map<string, Holding>();
  /** Holdings with bytes in memory, the oldest first. */
  readonly #inMemory = new Set<Holding>();
  readonly #writer: SegmentWriter | undefined;
  #byteCount = 0;
  #diskByteCount = 0;

  constructor(options: MediaStoreOptions) {
    this.#options = options;
    const { folder, log, room, now } = options;
    const onWritten = (name: string): void => this.#settle(name);
    this.#writer = folder && new SegmentWriter({ folder, log, room, onWritten, now });
  }

  /** Bytes in memory. */
  get byteCount(): number {
    return this.#byteCount;
  }

  get diskByteCount(): number {
    return this.#diskByteCount;
  }

  get diskFailuresTotal(): number {
    return this.#writer?.failuresTotal ?? 0;
  }

  get(name: string): MediaResource | undefined {
    return this.#resources.get(name);
  }

  /** Init segment or part: memory of its own. */
  add(name: string, bytes: Buffer): void {
    this.#resources.set(name, toMemory([bytes]));
    this.#byteCount += bytes.length;
  }

  /** An init segment that nothing needs any more. */
  forget(name: string): void {
    const resource = this.#resources.get(name);
    if (resource === undefined) return;
    this.#byteCount -= resource.byteLength;
    this.#resources.delete(name);
  }

  /** Makes a segment of parts that are in the store. */
  addSegment({ name, parts }: SegmentMedia): void {
    const media = toMemory(parts.map(({ bytes }) => bytes));
    const holding: Holding = {
      name,
      parts: parts.map((part) => ({ name: part.name, byteLength: part.bytes.length })),
      byteLength: media.byteLength,
      place: 'memory',
      areBytesHot: true,
    };
    this.#resources.set(name, media);
    this.#holdings.set(name, holding);
    this.#inMemory.add(holding);
    this.#writer?.write(name, media.chunks);
  }

  /** Viewers at the live edge are through with it: its memory goes as soon as it lies on disk. */
  cool(name: string): void {
    const holding = this.#holdings.get(name);
    if (holding === undefined) return;
    holding.areBytesHot = false;
    if (holding.place === 'both') this.#release(holding);
  }

  /** Nobody may ask for its parts any more. In memory they cost nothing, and stay with the segment. */
  forgetParts(name: string): void {
    const holding = this.#holdings.get(name);
    if (holding?.place !== 'disk') return;
    for (const part of holding.parts) this.#resources.delete(part.name);
    holding.parts = [];
  }

  /** Its bytes are in memory and nowhere else. */
  isUnwritten(name: string): boolean {
    return this.#holdings.get(name)?.place === 'memory';
  }

  /** Frees the memory of the oldest segment that has some, at the price of the segment if it is not on disk. */
  relieve(): boolean {
    const [oldest] = this.#inMemory;
    if (oldest === undefined) return false;
    if (oldest.place === 'both') this.#release(oldest);
    else this.#lose(oldest);
    return true;
  }

  /** With its parts and its file. */
  forgetSegment(name: string): void {
    const holding = this.#holdings.get(name);
    if (holding === undefined) return;
    this.#drop(holding);
    this.#holdings.delete(name);
  }

  /** No file is made any more, and those that were are removed. */
  dispose(): void {
    this.#writer?.dispose();
  }

  #settle(name: string): void {
    const holding = this.#holdings.get(name);
    if (holding === undefined) return;
    holding.place = 'both';
    this.#diskByteCount += holding.byteLength;
    if (!holding.areBytesHot) this.#release(holding);
  }

  #release(holding: Holding): void {
    holding.place = 'disk';
    this.#inMemory.delete(holding);
    this.#byteCount -= holding.byteLength;
    this.#resources.set(holding.name, this.#toFile(holding, 0, holding.byteLength));
    let start = 0;
    for (const { name, byteLength } of holding.parts) {
      this.#resources.set(name, this.#toFile(holding, start, byteLength));
      start += byteLength;
    }
  }

  #lose(holding: Holding): void {
    if (holding.place === 'lost') return;
    this.#drop(holding);
    holding.place = 'lost';
    this.#options.onLost(holding.name);
  }

  #drop(holding: Holding): void {
    const { name, byteLength, place } = holding;
    if (place !== 'lost') this.#writer?.forget(name);
    if (this.#inMemory.delete(holding)) this.#byteCount -= byteLength;
    if (place === 'both' || place === 'disk') this.#diskByteCount -= byteLength;
    this.#resources.delete(name);
    for (const part of holding.parts) this.#resources.delete(part.name);
  }

  #toFile(holding: Holding, start: number, byteLength: number): FileMedia {
    const open = (): Promise<FileHandle> => this.#open(holding);
    return { kind: 'file', contentType: 'video/mp4', start, byteLength, open };
  }

  async #open(holding: Holding): Promise<FileHandle> {
    const { folder } = this.#options;
    if (folder === undefined) throw fileGone();
    try {
      return await folder.open(holding.name, holding.byteLength);
    } catch (error) {
      if (ownErrors.includes((error as NodeJS.ErrnoException).code)) throw error;
      if (this.#holdings.get(holding.name) === holding) this.#lose(holding);
      throw fileGone();
    }
  }
}

function fileGone(): CamgateError {
  return new CamgateError(
    'media-gone',
    'This part of the stream is no longer on disk. Load index.m3u8 again to go on at the live edge.',
  );
}

function toMemory(chunks: readonly Buffer[]): MemoryMedia {
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { kind: 'memory', contentType: 'video/mp4', chunks, byteLength };
}
