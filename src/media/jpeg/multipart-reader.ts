import { MediaFormatError } from '../../lib/errors.ts';
import { ByteQueue, compact } from '../byte-queue.ts';
import { parseJpeg, type JpegFrame } from './jpeg.ts';
import { JpegScanner } from './jpeg-scanner.ts';
import { delimiterIn, type Delimiter } from './multipart-delimiter.ts';

/** Largest frame that is kept: 8 MiB is a 4K JPEG of the best quality; a stream with more has lost its structure. */
export const defaultMaxFrameBytes = 8 * 1024 * 1024;

/** How much text before a frame is looked at for its headers. More than this without a frame is a broken part. */
const textBytes = 4096;
/** SOI and the first byte of the marker that must follow: three bytes are rare in junk, two are not. */
const startOfImage = Buffer.from([0xff, 0xd8, 0xff]);
const endOfImage = Buffer.from([0xff, 0xd9]);

export type JpegStreamEvent =
  | { readonly type: 'frame'; readonly frame: JpegFrame }
  | { readonly type: 'corrupt'; readonly what: string };

export interface MultipartReaderOptions {
  /** As `boundaryOf` finds it; undefined learns it from the stream. */
  readonly boundary: string | undefined;
  readonly maxFrameBytes: number;
}

/** An unfinished frame. */
interface OpenFrame {
  readonly scanner: JpegScanner;
  /** Content-Length of its part. */
  readonly declaredBytes: number | undefined;
  /** Bytes that contain no delimiter. */
  searchedBytes: number;
}

/**
 * Frames out of multipart/x-mixed-replace (RFC 2046 5.1, as cameras understand it) or out of JPEGs one after another.
 *
 * The frames' own structure is what counts: a frame comes out with its EOI, not with the next boundary, and a boundary
 * that is missing, doubled or spelt in another way changes nothing. The boundary only tells when the length of a
 * segment in a damaged frame reached into the next part. Content-Length saves the search for the end, as long as it was
 * right for the frame before and the bytes there are FF D9; cameras have it wrong in every way.
 *
 * Some cameras never send the EOI. Until a first one is seen the boundary ends a frame, too, and the EOI is added,
 * because browsers want it. After that, a frame without it counts as truncated.
 *
 * Never throws. Holds at most one frame of `maxFrameBytes` and the chunk that is being pushed.
 */
export class MultipartReader {
  readonly #queue = new ByteQueue();
  readonly #maxFrameBytes: number;
  #boundary: string | undefined;
  #open: OpenFrame | undefined;
  /** Bytes of the view that hold no start of a frame. */
  #searchedBytes = 0;
  #junkBytes = 0;
  /** Size of the last frame whose Content-Length was right, 0 while it is not to be trusted. */
  #trustedBytes = 0;
  #hasSeenEnd = false;

  constructor(options: MultipartReaderOptions) {
    this.#boundary = options.boundary === undefined ? undefined : `--${options.boundary}`;
    this.#maxFrameBytes = options.maxFrameBytes;
  }

  get bufferedByteCount(): number {
    return this.#queue.byteCount;
  }

  push(chunk: Buffer): JpegStreamEvent[] {
    this.#queue.append(chunk);
    const events: JpegStreamEvent[] = [];
    while (this.#open === undefined ? this.#findFrame(events) : this.#readFrame(events));
    return events;
  }

  /** Returns whether a frame starts in what has arrived. */
  #findFrame(events: JpegStreamEvent[]): boolean {
    const view = this.#queue.view;
    const at = view.indexOf(startOfImage, this.#searchedBytes);
    if (at >= 0) {
      const text = view.toString('latin1', Math.max(0, at - textBytes), at);
      this.#boundary ??= /^-*(--[^\s-][^\r\n]*)/m.exec(text)?.[1]?.trimEnd();
      this.#open = {
        scanner: new JpegScanner(),
        declaredBytes: contentLengthOf(text),
        searchedBytes: 0,
      };
      this.#countJunk(at, events);
      this.#junkBytes = 0;
      this.#skip(at);
      return true;
    }
    const surplus = view.length - textBytes;
    if (surplus > 0) {
      this.#countJunk(surplus, events);
      this.#skip(surplus);
    }
    this.#searchedBytes = Math.max(0, this.#queue.byteCount - startOfImage.length + 1);
    return false;
  }

  /** One `corrupt` for each gap that holds more than the headers of a part, however long it is. */
  #countJunk(byteCount: number, events: JpegStreamEvent[]): void {
    const isKnown = this.#junkBytes > textBytes;
    this.#junkBytes += byteCount;
    if (isKnown || this.#junkBytes <= textBytes) return;
    events.push({ type: 'corrupt', what: 'bytes between two frames that are no frame' });
  }

  /** Returns whether the unfinished frame ended, one way or the other. */
  #readFrame(events: JpegStreamEvent[]): boolean {
    const open = this.#open;
    if (open === undefined) return false;
    const view = this.#queue.view;
    const declaredEnd = this.#declaredEnd(open, view);
    if (declaredEnd === 'more') return false;
    if (declaredEnd !== undefined) return this.#emit(declaredEnd, events);
    const delimiter = this.#delimiterOf(open, view);
    const scan = open.scanner.scan(view.subarray(0, delimiter?.frameEnd));
    if (delimiter !== undefined && scan.result === 'more') {
      return this.#endAtDelimiter(open, delimiter, events);
    }
    const end = scan.result === 'end' ? scan.end : scan.result === 'broken' ? scan.at : view.length;
    if (end > this.#maxFrameBytes) {
      return this.#drop(this.#maxFrameBytes, 'a frame that is too large', events);
    }
    if (scan.result === 'more') return false;
    const overrun = this.#overrunOf(open.scanner, view, end);
    if (overrun !== undefined)
      return this.#drop(overrun, 'a frame cut short in its tables', events);
    if (scan.result === 'broken') return this.#drop(scan.at, scan.what, events);
    this.#trustedBytes = open.declaredBytes === scan.end ? scan.end : 0;
    return this.#emit(scan.end, events);
  }

  /** Only what is complete within the largest frame counts, so that the chunks make no difference. */
  #delimiterOf(open: OpenFrame, view: Buffer): Delimiter | undefined {
    if (this.#boundary === undefined || this.#hasSeenEnd) return undefined;
    const { declaredBytes, searchedBytes: from } = open;
    const wanted = { delimiter: this.#boundary, declaredBytes, from };
    const found = delimiterIn(view.subarray(0, this.#maxFrameBytes), wanted);
    open.searchedBytes = Math.max(0, view.length - this.#boundary.length);
    return found;
  }

  #endAtDelimiter(
    { scanner }: OpenFrame,
    { frameEnd, at }: Delimiter,
    events: JpegStreamEvent[],
  ): true {
    const { dataStart } = scanner;
    return dataStart !== undefined && dataStart < frameEnd
      ? this.#emitFrame(Buffer.concat([this.#queue.take(frameEnd), endOfImage]), events)
      : this.#drop(at, 'a frame cut short in its tables', events);
  }

  /**
   * The end by Content-Length; undefined leaves it to the structure. A sudden, much larger length is not waited for.
   */
  #declaredEnd({ declaredBytes }: OpenFrame, view: Buffer): number | 'more' | undefined {
    if (declaredBytes === undefined || declaredBytes < 4) return undefined;
    if (declaredBytes > Math.min(4 * this.#trustedBytes, this.#maxFrameBytes)) return undefined;
    if (view.length < declaredBytes) return 'more';
    const isEnd = view[declaredBytes - 2] === 0xff && view[declaredBytes - 1] === 0xd9;
    return isEnd ? declaredBytes : undefined;
  }

  /** Where the next part begins inside of this frame, because a segment's length reached over its cut end. */
  #overrunOf(scanner: JpegScanner, view: Buffer, end: number): number | undefined {
    if (this.#boundary === undefined) return undefined;
    const at = view.subarray(0, Math.min(end, scanner.segmentsEnd)).indexOf(this.#boundary);
    return at < 0 ? undefined : at;
  }

  #emit(end: number, events: JpegStreamEvent[]): true {
    this.#hasSeenEnd = true;
    return this.#emitFrame(compact(this.#queue.take(end)), events);
  }

  #emitFrame(bytes: Buffer, events: JpegStreamEvent[]): true {
    this.#open = undefined;
    this.#searchedBytes = 0;
    try {
      events.push({ type: 'frame', frame: parseJpeg(bytes) });
    } catch (error) {
      if (!(error instanceof MediaFormatError)) throw error;
      events.push({ type: 'corrupt', what: error.message });
    }
    return true;
  }

  #drop(byteCount: number, what: string, events: JpegStreamEvent[]): true {
    this.#open = undefined;
    this.#trustedBytes = 0;
    this.#skip(byteCount);
    events.push({ type: 'corrupt', what });
    return true;
  }

  #skip(byteCount: number): void {
    this.#queue.skip(byteCount);
    this.#searchedBytes = 0;
  }
}

/** The last one counts: the text may hold a part that had no frame. */
function contentLengthOf(text: string): number | undefined {
  const length = [...text.matchAll(/content-length[ \t]*:[ \t]*(\d{1,9})/gi)].at(-1)?.[1];
  return length === undefined ? undefined : Number(length);
}

/**
 * The boundary of a Content-Type, without quotes and without leading dashes (cameras put the delimiter's dashes into
 * the parameter). undefined when there is none.
 */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(contentType ?? '');
  const boundary = (match?.[1] ?? match?.[2])?.trim().replace(/^-+/, '');
  return boundary === '' ? undefined : boundary;
}
