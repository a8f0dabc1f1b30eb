import { readStrip } from '../../../src/simulator/streams/frame-strip.ts';

interface PictureLayout {
  readonly width: number;
  readonly height: number;
  /** With the planes that follow the luma. */
  readonly byteLength: number;
  /**
   * What stands before each picture; a stream that is cut is entered at the next one. Empty: nothing, and it is never
   * cut.
   */
  readonly mark: string;
}

/** A picture is some hundred kilobytes at most; more than a few of them without a mark are no pictures. */
const mostBytes = 4 * 1024 * 1024;

/** Raw pictures of one size, luma plane first, cut out of a stream of bytes; tells the number on each. */
export class PictureReader {
  readonly #layout: PictureLayout;
  readonly #sawFrame: (frame: number | undefined) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(layout: PictureLayout, sawFrame: (frame: number | undefined) => void) {
    this.#layout = layout;
    this.#sawFrame = sawFrame;
  }

  push(chunk: Buffer): void {
    const { width, height, byteLength, mark } = this.#layout;
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const start = bytes.indexOf(mark);
      const picture = bytes.subarray(start + mark.length);
      if (start < 0 || picture.length < byteLength) break;
      this.#sawFrame(readStrip((x, y) => picture[y * width + x] ?? 0, width, height));
      bytes = picture.subarray(byteLength);
    }
    this.#rest = bytes.length > mostBytes ? Buffer.alloc(0) : bytes;
  }
}

/** What the programs that can scale are told to write: 8 bit grey, small, with strip cells of 10 x 8 pixels. */
export const smallPicture = { width: 160, height: 90 } as const;

export function smallPictureReader(sawFrame: (frame: number | undefined) => void): PictureReader {
  const { width, height } = smallPicture;
  return new PictureReader({ width, height, byteLength: width * height, mark: '' }, sawFrame);
}

/** I420 pictures with a line before each: YUV4MPEG2. */
export function yuv4mpegReader(
  { width, height }: { readonly width: number; readonly height: number },
  sawFrame: (frame: number | undefined) => void,
): PictureReader {
  const byteLength = (width * height * 3) / 2;
  return new PictureReader({ width, height, byteLength, mark: 'FRAME\n' }, sawFrame);
}
