import { MediaFormatError } from '../../lib/errors.ts';
import { ByteQueue, compact } from '../byte-queue.ts';
import { videoTimescale, type Frame, type VideoTrack } from '../frame.ts';
import { h264Units } from '../h264/h264-units.ts';
import { readAccessUnit } from '../nal/access-units.ts';

/** `track` comes before the first frame. */
export type FlvEvent =
  | { readonly type: 'track'; readonly track: VideoTrack }
  | { readonly type: 'frame'; readonly frame: Frame };

const signature = 'FLV';
const previousSizeBytes = 4;
const tagHeadBytes = 11;
const videoTag = 9;
const videoHeadBytes = 5;
const avcCodec = 7;
const keyframeType = 1;
/** AVCPacketType. */
const packetTypes = { configuration: 0, units: 1 } as const;
/** A frame of 8192x8192 at the best quality of our encoders; 24 bits could say twice as much. */
const maxTagBytes = 8 * 1024 * 1024;

/**
 * H.264 of an ffmpeg child in Flash Video (Adobe Flash Video File Format Specification 10.1, annex E): the one
 * container of ffmpeg for which it writes a frame with its time as soon as it has it. Fragments of MP4 wait for the
 * next frame.
 *
 * ```
 * FLV version(8) flags(8) headBytes(32)
 * { previousSize(32)  type(8) size(24) ms(24) msHigh(8) streamId(24)  body }
 * body of video: frameType(4) codec(4)=7 packetType(8) compositionMs(24)  avcC, or units behind lengths
 * ```
 * push() throws MediaFormatError for bytes that are no such stream; after that the reader is of no use. It holds one
 * tag of 8 MiB at most, and the chunk that is being pushed.
 */
export class FlvReader {
  readonly #queue = new ByteQueue();
  #hasHead = false;
  #hasTrack = false;

  /** `arrivedAtMs`: when the chunk came, by the monotonic clock. */
  push(chunk: Buffer, arrivedAtMs: number): FlvEvent[] {
    this.#queue.append(chunk);
    const events: FlvEvent[] = [];
    if (!this.#hasHead && !this.#readHead()) return events;
    for (let tag = this.#takeTag(); tag !== undefined; tag = this.#takeTag()) {
      const event = this.#readTag(tag, arrivedAtMs);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #readHead(): boolean {
    const { view } = this.#queue;
    if (!signature.startsWith(view.toString('latin1', 0, signature.length))) {
      throw new MediaFormatError('The stream is no Flash Video.');
    }
    if (view.length < 9) return false;
    const headBytes = view.readUInt32BE(5);
    if (headBytes > 64) throw new MediaFormatError('The head of a Flash Video is too long.');
    if (view.length < headBytes) return false;
    this.#queue.skip(headBytes);
    this.#hasHead = true;
    return true;
  }

  /** The next whole tag with its head. */
  #takeTag(): Buffer | undefined {
    const { view } = this.#queue;
    if (view.length < previousSizeBytes + tagHeadBytes) return undefined;
    const size = view.readUIntBE(previousSizeBytes + 1, 3);
    if (size > maxTagBytes) throw new MediaFormatError('A tag of Flash Video is too large.');
    const byteCount = previousSizeBytes + tagHeadBytes + size;
    if (view.length < byteCount) return undefined;
    return compact(this.#queue.take(byteCount)).subarray(previousSizeBytes);
  }

  #readTag(tag: Buffer, arrivedAtMs: number): FlvEvent | undefined {
    const body = tag.subarray(tagHeadBytes);
    if (tag[0] !== videoTag || body.length < videoHeadBytes) return undefined;
    const head = body.readUInt8(0);
    if ((head & 0xf) !== avcCodec) throw new MediaFormatError('A Flash Video is no H.264.');
    const content = body.subarray(videoHeadBytes);
    if (body[1] === packetTypes.configuration) return this.#readTrack(content);
    if (body[1] !== packetTypes.units || !this.#hasTrack) return undefined;
    const isKeyframe = head >> 4 === keyframeType;
    const decodeMs = tag.readUIntBE(4, 3) + tag.readUInt8(7) * 2 ** 24;
    const times = { pts: decodeMs + body.readIntBE(2, 3), dts: decodeMs };
    const data = readAccessUnit(h264Units, content, isKeyframe)?.units;
    if (data === undefined) return undefined;
    const ticksPerMs = videoTimescale / 1000;
    const [pts, dts] = [times.pts * ticksPerMs, times.dts * ticksPerMs];
    const frame: Frame = { kind: 'video', pts, dts, duration: 0, isKeyframe, arrivedAtMs, data };
    return { type: 'frame', frame };
  }

  #readTrack(configuration: Buffer): FlvEvent | undefined {
    const parameterSets = h264Units.extradataSets(configuration).map((set) => Buffer.from(set));
    const [sps] = parameterSets;
    if (sps === undefined) throw new MediaFormatError('A Flash Video has no parameter sets.');
    const { width, height } = h264Units.shapeOf(sps);
    this.#hasTrack = true;
    const track: VideoTrack = {
      kind: 'video',
      codec: 'h264',
      timescale: videoTimescale,
      width,
      height,
      parameterSets,
      fourcc: undefined,
      extradata: Buffer.alloc(0),
    };
    return { type: 'track', track };
  }
}
