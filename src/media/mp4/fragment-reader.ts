import { MediaFormatError } from '../../lib/errors.ts';
import { needBox, readBoxHead, type BoxHead } from './boxes.ts';
import { ByteQueue, compact } from '../byte-queue.ts';
import { parseInitSegment } from './init-segment.ts';
import { parseSampleDefaults, parseTrackRuns, type SampleDefaults } from './track-runs.ts';
import type { FragmentEvent } from '../types.ts';

/** One fragment is one frame here; a GOP of 4K video would still fit. A larger box is a lost stream. */
const maxBoxBytes = 64 * 1024 * 1024;

/**
 * Fragmented MP4 as ffmpeg writes it to a pipe (`+frag_every_frame+empty_moov+default_base_moof`): `ftyp` and `moov`
 * become the init segment, each `moof` with its `mdat` one fragment. What else stands between them (`sidx`, `styp`,
 * `prft`, `emsg`, `mfra`) is left out. A later `moov` is a new init segment.
 *
 * push() throws MediaFormatError for bytes that are no such stream; after that the reader is of no use, because nothing
 * in the format allows to find the next box. Holds at most one `moof` and `mdat`, each up to 64 MiB, and the pushed
 * chunk.
 */
export class FragmentReader {
  readonly #queue = new ByteQueue();
  #ftyp: Buffer | undefined;
  #defaults: ReadonlyMap<number, SampleDefaults> | undefined;
  /** Bytes of an unwanted box still to come. */
  #unwantedBytes = 0;

  get bufferedByteCount(): number {
    return this.#queue.byteCount + (this.#ftyp?.length ?? 0);
  }

  push(chunk: Buffer): FragmentEvent[] {
    this.#queue.append(chunk);
    const events: FragmentEvent[] = [];
    while (this.#readBox(events));
    return events;
  }

  /** Returns whether there may be another one. */
  #readBox(events: FragmentEvent[]): boolean {
    this.#skipUnwanted();
    const head = boundedHead(this.#queue.view, 0);
    if (head === undefined) return false;
    if (head.type === 'moof') return this.#readFragment(head, events);
    if (head.type !== 'ftyp' && head.type !== 'moov') {
      this.#unwantedBytes = head.sizeBytes;
      return true;
    }
    if (this.#queue.byteCount < head.sizeBytes) return false;
    const box = this.#queue.take(head.sizeBytes);
    if (head.type === 'ftyp') this.#ftyp = Buffer.from(box);
    else events.push(this.#init(box));
    return true;
  }

  #init(moov: Buffer): FragmentEvent {
    if (this.#ftyp === undefined) throw new MediaFormatError('The box moov comes before ftyp.');
    const init = parseInitSegment(Buffer.concat([this.#ftyp, moov]));
    const videos = init.tracks.filter((track) => track.kind === 'video').map((track) => track.id);
    this.#defaults = parseSampleDefaults(needBox(init.bytes, 'moov'), new Set(videos));
    return { type: 'init', init };
  }

  #readFragment(moof: BoxHead, events: FragmentEvent[]): boolean {
    const view = this.#queue.view;
    const mdat = boundedHead(view, moof.sizeBytes);
    if (mdat === undefined) return false;
    if (mdat.type !== 'mdat') throw new MediaFormatError('The box moof is not followed by mdat.');
    if (this.#defaults === undefined) throw new MediaFormatError('The box moof comes before moov.');
    const byteCount = moof.sizeBytes + mdat.sizeBytes;
    if (view.length < byteCount) return false;
    const bytes = compact(this.#queue.take(byteCount));
    const runs = parseTrackRuns(needBox(bytes, 'moof'), this.#defaults);
    events.push({ type: 'fragment', fragment: { bytes, runs } });
    return true;
  }

  #skipUnwanted(): void {
    const byteCount = Math.min(this.#unwantedBytes, this.#queue.byteCount);
    this.#queue.skip(byteCount);
    this.#unwantedBytes -= byteCount;
  }
}

function boundedHead(view: Buffer, offset: number): BoxHead | undefined {
  const head = readBoxHead(view, offset);
  if (head !== undefined && head.sizeBytes > maxBoxBytes) {
    throw new MediaFormatError(`The box ${JSON.stringify(head.type)} is larger than 64 MiB.`);
  }
  return head;
}
