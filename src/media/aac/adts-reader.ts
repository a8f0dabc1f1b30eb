import { ByteQueue } from '../byte-queue.ts';
import { aacConfigurationOf, channelCounts, samplingFrequencies } from './aac-configuration.ts';

/** AAC in ADTS frames, ISO/IEC 14496-3 1.A.2.2. */

export interface AdtsHeader {
  readonly headerBytes: number;
  /** With the header. */
  readonly frameBytes: number;
  /** AudioSpecificConfig; the codes of the header in other words. */
  readonly configuration: Buffer;
  readonly sampleRate: number;
  readonly channelCount: number;
}

/** The fixed part and the variable part, without CRC. */
const shortestHeaderBytes = 7;
const crcBytes = 2;
/** `aac_frame_length` has 13 bits. */
const longestFrameBytes = 0x1fff;

/**
 * The header at `at`; undefined where none is, or none that can be used: channels described in the stream, several raw
 * data blocks, whose borders only a decoder finds, and object types that ADTS has no code for.
 *
 * ```
 * syncword(12)=FFF ID(1) layer(2)=0 protection_absent(1)
 * profile(2) frequency(4) private(1) channels(3) original(1) home(1) copyright(2)
 * frame_length(13) buffer_fullness(11) raw_data_blocks(2)=0
 * ```
 */
export function parseAdtsHeader(bytes: Buffer, at: number): AdtsHeader | undefined {
  if (at + shortestHeaderBytes > bytes.length) return undefined;
  if ((bytes.readUInt16BE(at) & 0xfff6) !== 0xfff0) return undefined;
  const word = bytes.readUInt32BE(at + 2);
  const frequency = (word >>> 26) & 0xf;
  const channels = (word >>> 22) & 7;
  const frameBytes = (word >>> 5) & longestFrameBytes;
  const hasCrc = (bytes.readUInt8(at + 1) & 1) === 0;
  const headerBytes = shortestHeaderBytes + (hasCrc ? crcBytes : 0);
  const sampleRate = samplingFrequencies[frequency];
  const blockCount = (bytes.readUInt8(at + 6) & 3) + 1;
  if (sampleRate === undefined || channels === 0 || blockCount > 1 || frameBytes <= headerBytes) {
    return undefined;
  }
  const objectType = (word >>> 30) + 1;
  return {
    headerBytes,
    frameBytes,
    configuration: aacConfigurationOf({ objectType, frequency, channels }),
    sampleRate,
    channelCount: channelCounts[channels] ?? 0,
  };
}

/** An AAC frame without its header. */
export interface AdtsFrame {
  readonly bytes: Buffer;
  readonly header: AdtsHeader;
}

/** The frames that fill `bytes` exactly, one after the other; undefined for anything else, such as raw AAC. */
export function adtsFramesIn(bytes: Buffer): AdtsFrame[] | undefined {
  const frames: AdtsFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = parseAdtsHeader(bytes, at);
    if (header === undefined || header.frameBytes > bytes.length - at) return undefined;
    frames.push({ bytes: bytes.subarray(at + header.headerBytes, at + header.frameBytes), header });
    at += header.frameBytes;
  }
  return frames.length > 0 ? frames : undefined;
}

export type AdtsEvent =
  | { readonly type: 'frame'; readonly frame: AdtsFrame }
  | { readonly type: 'corrupt'; readonly what: string };

/**
 * AAC frames out of a stream of ADTS in pieces of any size. A frame comes out with its last byte. What is no frame is
 * skipped, with one `corrupt` for each gap; behind a gap a frame counts when another header of the same kind follows
 * it, because the syncword alone is found in any data. Never throws. Holds at most two frames, 16 KiB, and the pushed
 * chunk.
 */
export class AdtsReader {
  readonly #queue = new ByteQueue();
  #isLost = false;

  get bufferedByteCount(): number {
    return this.#queue.byteCount;
  }

  push(chunk: Buffer): AdtsEvent[] {
    this.#queue.append(chunk);
    const events: AdtsEvent[] = [];
    while (this.#read(events));
    return events;
  }

  /** Returns whether there may be more to read. */
  #read(events: AdtsEvent[]): boolean {
    const view = this.#queue.view;
    if (view.length < shortestHeaderBytes) return false;
    const header = parseAdtsHeader(view, 0);
    if (header === undefined) return this.#skip(events);
    if (view.length < header.frameBytes) return false;
    if (this.#isLost) {
      if (view.length < header.frameBytes + shortestHeaderBytes) return false;
      const next = parseAdtsHeader(view, header.frameBytes);
      if (next?.configuration.equals(header.configuration) !== true) return this.#skip(events);
    }
    this.#isLost = false;
    const frame = this.#queue.take(header.frameBytes);
    events.push({ type: 'frame', frame: { bytes: frame.subarray(header.headerBytes), header } });
    return true;
  }

  /** To the next byte that a syncword can begin with. */
  #skip(events: AdtsEvent[]): boolean {
    if (!this.#isLost) events.push({ type: 'corrupt', what: 'bytes that are no ADTS frame' });
    this.#isLost = true;
    const view = this.#queue.view;
    const next = view.indexOf(0xff, 1);
    this.#queue.skip(next < 0 ? view.length : next);
    return true;
  }
}
