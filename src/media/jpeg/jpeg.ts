import { MediaFormatError } from '../../lib/errors.ts';
import { standardHuffmanSegment } from './jpeg-huffman.ts';
import { isFrameHeader } from './jpeg-scanner.ts';

const DHT = 0xc4;
const SOS = 0xda;

/** One complete frame of a JPEG stream: SOI to EOI, Huffman tables present. */
export interface JpegFrame {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
}

interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** Offset of the first SOS marker. */
  readonly scanAt: number;
  readonly needsHuffmanTables: boolean;
}

/**
 * Reads the size of one complete frame and adds the standard Huffman tables where it has none.
 * `bytes` starts at SOI. Throws MediaFormatError when there is no frame header or no image data.
 */
export function parseJpeg(bytes: Buffer): JpegFrame {
  const header = parseHeader(bytes);
  const { width, height } = header;
  if (!header.needsHuffmanTables) return { bytes, width, height };
  const before = bytes.subarray(0, header.scanAt);
  const behind = bytes.subarray(header.scanAt);
  return { bytes: Buffer.concat([before, standardHuffmanSegment, behind]), width, height };
}

function parseHeader(bytes: Buffer): JpegHeader {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    throw new MediaFormatError('A JPEG must start with FF D8.');
  }
  let size = { width: 0, height: 0 };
  let needsHuffmanTables = true;
  for (const { code, at, end } of headerSegments(bytes)) {
    if (code === DHT || isArithmetic(code)) needsHuffmanTables = false;
    if (isFrameHeader(code)) {
      // Decoders take memory by the first of them, whatever the second says.
      if (size.width > 0) throw new MediaFormatError('The JPEG has two frame headers.');
      size = parseFrameHeader(bytes.subarray(at + 4, end));
    }
    if (code !== SOS) continue;
    if (size.width === 0) throw new MediaFormatError('The JPEG has no frame header.');
    return { ...size, scanAt: at, needsHuffmanTables };
  }
  throw new MediaFormatError('The JPEG has no image data.');
}

/** Marker segments up to the first SOS; `at` is the marker's FF, `end` behind the segment. */
function* headerSegments(bytes: Buffer): Generator<{ code: number; at: number; end: number }> {
  let offset = 2;
  for (;;) {
    let at = bytes.indexOf(0xff, offset);
    while (at >= 0 && bytes[at + 1] === 0xff) at += 1;
    if (at < 0 || at + 4 > bytes.length) return;
    const code = bytes[at + 1] ?? 0;
    const end = isSegment(code) ? at + 2 + bytes.readUInt16BE(at + 2) : at + 2;
    if (isSegment(code)) yield { code, at, end };
    offset = end;
  }
}

function isSegment(code: number): boolean {
  return code >= 0xc0 && !(code >= 0xd0 && code <= 0xd9);
}

/** SOF9 to SOF15 and DAC: coded without Huffman tables. SOF14 and below 9 are not. */
function isArithmetic(code: number): boolean {
  return code >= 0xc9 && code <= 0xcf;
}

/** B.2.2: sample precision, lines, samples per line. 0 lines (a later DNL) is not supported by browsers either. */
function parseFrameHeader(body: Buffer): { width: number; height: number } {
  if (body.length < 6) throw new MediaFormatError('The JPEG frame header is too short.');
  const height = body.readUInt16BE(1);
  const width = body.readUInt16BE(3);
  if (width === 0 || height === 0) throw new MediaFormatError('The JPEG has no size.');
  return { width, height };
}
