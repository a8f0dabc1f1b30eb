/**
 * Finds the end of a JPEG frame by its structure (ITU T.81 annex B): marker segments are skipped by their length, so
 * that a thumbnail inside EXIF does not end the frame; entropy-coded data runs to a marker that is neither a stuffed
 * FF00 nor a restart marker, and may be followed by more tables and scans (progressive).
 */

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** `end` and `at` are offsets from SOI; `at` is where something else than this frame may begin. */
export type JpegScan =
  | { readonly result: 'more' }
  | { readonly result: 'end'; readonly end: number }
  | { readonly result: 'broken'; readonly at: number; readonly what: string };

const more: JpegScan = { result: 'more' };

/** Incremental: every byte is looked at once, whatever the chunks. One instance per frame. */
export class JpegScanner {
  #offset = 2;
  #isInScan = false;
  #hasScan = false;
  #dataStart: number | undefined;
  #segmentsEnd = 2;

  /** Where the last marker segment ends: before it, bytes were skipped by a length that may have been a lie. */
  get segmentsEnd(): number {
    return this.#segmentsEnd;
  }

  /** Where the first image data begins; undefined before. */
  get dataStart(): number | undefined {
    return this.#dataStart;
  }

  /** `frame` starts at SOI and is as long as has arrived; each call must show what the last one did, and more. */
  scan(frame: Buffer): JpegScan {
    for (;;) {
      const marker = this.#findMarker(frame);
      if (marker < 0) return more;
      const code = frame[marker + 1] ?? 0;
      if (code === EOI && this.#hasScan) return { result: 'end', end: marker + 2 };
      const problem = this.#problemOf(code);
      if (problem !== undefined) return { result: 'broken', at: marker, what: problem };
      if (isStandalone(code)) {
        this.#offset = marker + 2;
      } else {
        if (frame.length < marker + 4) return more;
        const length = frame.readUInt16BE(marker + 2);
        if (length < 2) return { result: 'broken', at: marker, what: 'a segment of no length' };
        this.#enterSegment(code, marker + 2 + length);
      }
    }
  }

  /**
   * Offset of the next FF with its code behind it, or -1 until both have arrived. Bytes between segments that belong to
   * none are passed over, as decoders do.
   */
  #findMarker(frame: Buffer): number {
    let at = this.#offset;
    for (;;) {
      at = at < frame.length ? frame.indexOf(0xff, at) : -1;
      if (at < 0) {
        this.#offset = Math.max(this.#offset, frame.length);
        return -1;
      }
      this.#offset = at;
      const code = frame[at + 1];
      if (code === undefined) return -1;
      if (code === 0xff) at += 1;
      else if (this.#isInScan && isData(code)) at += 2;
      else return at;
    }
  }

  #problemOf(code: number): string | undefined {
    if (code === SOI) return 'a frame cut short by the next one';
    if (code === EOI) return 'a frame without image data';
    if (code < 0xc0 && code !== 0x01) return 'a marker that does not exist';
    if (this.#hasScan && isFrameHeader(code)) return 'a second frame header';
    return undefined;
  }

  #enterSegment(code: number, end: number): void {
    this.#offset = end;
    this.#segmentsEnd = end;
    this.#isInScan = code === SOS;
    this.#hasScan ||= this.#isInScan;
    if (this.#isInScan) this.#dataStart ??= end;
  }
}

function isData(code: number): boolean {
  return code === 0x00 || isStandalone(code);
}

/** RST0 to RST7 and TEM have no length. */
function isStandalone(code: number): boolean {
  return (code >= 0xd0 && code <= 0xd7) || code === 0x01;
}

/** SOF0 to SOF15 without DHT, JPG and DAC. */
export function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}
