import type { AsfFraming } from '../ffmpeg/arguments.ts';
import { isKeyframe as isH264Keyframe, parameterSets, parseSps } from '../media/h264.ts';
import type {
  AsfHeader,
  AsfMediaObject,
  AsfPacket,
  AsfVideoStream,
  JpegFrame,
} from '../media/types.ts';
import { MediaFormatError } from '../lib/errors.ts';
import type { UpstreamBatch, UpstreamSession, UpstreamUnit } from '../upstream/upstream.ts';
import { IntakeMeter } from './intake-meter.ts';

/**
 * Packets since the newest keyframe are kept so that a feed which starts late starts at once; a camera that sends more
 * than this without a keyframe starts its viewers at the next one. 16 MiB is a 10 s GOP at 12 Mbit/s.
 */
const maxGopBytes = 16 * 1024 * 1024;

/** A JPEG frame as it came, numbered within this process. */
export interface NumberedFrame {
  readonly number: number;
  readonly frame: JpegFrame;
  readonly arrivedAtMs: number;
}

/** The newest H.264 random access point: one access unit, with what a decoder needs besides. */
export interface Keyframe {
  readonly number: number;
  readonly accessUnit: Buffer;
  readonly extradata: Buffer;
  readonly arrivedAtMs: number;
}

export type NativeMedia =
  | { readonly kind: 'jpeg' }
  | { readonly kind: 'asf'; readonly header: AsfHeader; readonly video: AsfVideoStream };

/** What feeds and snapshots hear of a session; all calls are synchronous and must not block. */
export interface NativeFeedListener {
  /** Media with a (new) shape: first after a session began, then whenever size or parameter sets change. */
  formatChanged?(): void;
  asfPacket?(packet: AsfPacket): void;
  jpegFrame?(frame: NumberedFrame): void;
  keyframe?(keyframe: Keyframe): void;
  sessionEnded?(): void;
}

/**
 * The media of the one upstream session in the form the camera sends it, for all who derive something from it.
 * Outlives sessions: listeners stay, the newest picture stays until a newer one comes.
 */
export class NativeFeed {
  readonly meter = new IntakeMeter();
  readonly #listeners = new Set<NativeFeedListener>();
  #media: NativeMedia | undefined;
  #format = '';
  #gop: AsfPacket[] = [];
  #gopBytes = 0;
  #latestJpeg: NumberedFrame | undefined;
  #latestKeyframe: Keyframe | undefined;
  #framing: AsfFraming = 'split';
  #pictureCount = 0;
  #lastAudioAtMs: number | undefined;
  #width = 0;
  #height = 0;

  /** Of the running session; undefined before its first media and after its end. */
  get media(): NativeMedia | undefined {
    return this.#media;
  }

  /** When sound last arrived in this session; undefined while it is at most declared. */
  get lastAudioAtMs(): number | undefined {
    return this.#lastAudioAtMs;
  }

  /** Whether ffmpeg can take the media objects as frames; see AsfFraming. */
  get framing(): AsfFraming {
    return this.#framing;
  }

  /** Size of the newest picture in pixels; 0 until known. */
  get size(): { readonly width: number; readonly height: number } {
    return { width: this.#width, height: this.#height };
  }

  /** Packets from the newest keyframe on; empty if it is not known or did not fit. */
  get gop(): readonly AsfPacket[] {
    return this.#gop;
  }

  get latestJpeg(): NumberedFrame | undefined {
    return this.#latestJpeg;
  }

  get latestKeyframe(): Keyframe | undefined {
    return this.#latestKeyframe;
  }

  /** Returns the function that ends the subscription. */
  listen(listener: NativeFeedListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  begin(session: Pick<UpstreamSession, 'media'>, nowMs: number): void {
    this.meter.begin(nowMs);
    this.#media = session.media === 'jpeg' ? { kind: 'jpeg' } : undefined;
    this.#format = '';
    this.#lastAudioAtMs = undefined;
    this.#dropGop();
  }

  take(batch: UpstreamBatch, nowMs: number): void {
    this.meter.bytes(batch.byteCount, nowMs);
    for (const unit of batch.units) this.#takeUnit(unit, nowMs);
  }

  end(): void {
    this.#media = undefined;
    this.#dropGop();
    for (const listener of this.#listeners) listener.sessionEnded?.();
  }

  #takeUnit(unit: UpstreamUnit, nowMs: number): void {
    switch (unit.type) {
      case 'asf-header':
        this.#takeHeader(unit.header);
        break;
      case 'asf-packet':
        this.#takePacket(unit.packet);
        break;
      case 'asf-object':
        this.#takeObject(unit.object, nowMs);
        break;
      case 'jpeg':
        this.#takeJpeg(unit.frame, nowMs);
        break;
      case 'corrupt':
        this.meter.corrupt();
        break;
    }
  }

  #takeHeader(header: AsfHeader): void {
    const video = header.streams.find((stream) => stream.kind === 'video');
    this.#media = video === undefined ? undefined : { kind: 'asf', header, video };
  }

  #takePacket(packet: AsfPacket): void {
    if (packet.startsKeyframe) this.#dropGop();
    if (packet.startsKeyframe || this.#gop.length > 0) this.#keepPacket(packet);
    for (const listener of this.#listeners) listener.asfPacket?.(packet);
  }

  #keepPacket(packet: AsfPacket): void {
    this.#gopBytes += packet.bytes.byteLength;
    if (this.#gopBytes > maxGopBytes) this.#dropGop();
    else this.#gop.push(packet);
  }

  #dropGop(): void {
    this.#gop = [];
    this.#gopBytes = 0;
  }

  #takeObject(object: AsfMediaObject, nowMs: number): void {
    if (object.stream.kind === 'audio') {
      this.#lastAudioAtMs = nowMs;
      return;
    }
    // MJPEG video comes as `jpeg` units too, which are counted there.
    if (object.stream.codec === 'mjpeg') {
      this.meter.mediaTime(object.timeMs, nowMs);
      return;
    }
    const isKeyframe = object.isKeyframe || isH264Keyframe(object.bytes);
    this.meter.frame(isKeyframe, nowMs);
    this.meter.mediaTime(object.timeMs, nowMs);
    if (isKeyframe && object.stream.codec === 'h264') {
      this.#takeKeyframe(object.stream, object, nowMs);
    }
  }

  #takeKeyframe(stream: AsfVideoStream, object: AsfMediaObject, nowMs: number): void {
    const accessUnit = object.bytes;
    const {
      sps: [sps],
      pps: [pps],
    } = parameterSets(accessUnit);
    const isSelfContained = sps !== undefined && pps !== undefined && isH264Keyframe(accessUnit);
    this.#framing = object.hasKeyFlag && isSelfContained ? 'whole' : 'split';
    const { width, height } = sizeIn(sps) ?? stream;
    this.#setFormat(sps?.toString('base64') ?? 'h264', width, height);
    const keyframe = {
      number: ++this.#pictureCount,
      accessUnit,
      extradata: stream.extradata,
      arrivedAtMs: nowMs,
    };
    this.#latestKeyframe = keyframe;
    for (const listener of this.#listeners) listener.keyframe?.(keyframe);
  }

  #takeJpeg(frame: JpegFrame, nowMs: number): void {
    this.meter.frame(true, nowMs);
    this.#setFormat('jpeg', frame.width, frame.height);
    const numbered = { number: ++this.#pictureCount, frame, arrivedAtMs: nowMs };
    this.#latestJpeg = numbered;
    for (const listener of this.#listeners) listener.jpegFrame?.(numbered);
  }

  #setFormat(parameters: string, width: number, height: number): void {
    const format = `${width}x${height} ${parameters}`;
    if (format === this.#format) return;
    this.#format = format;
    this.#width = width;
    this.#height = height;
    for (const listener of this.#listeners) listener.formatChanged?.();
  }
}

/** The size that an SPS states; undefined without one, or with one that nobody can read. */
function sizeIn(sps: Buffer | undefined): { width: number; height: number } | undefined {
  if (sps === undefined) return undefined;
  try {
    return parseSps(sps);
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
