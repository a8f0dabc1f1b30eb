import type { AsfInput } from '../ffmpeg/arguments.ts';
import { claimedPixels, maxFramePixels, pixelsClaimedByHeader } from '../media/claimed-pixels.ts';
import { isKeyframe as isH264Keyframe, parameterSets, parseSps } from '../media/h264.ts';
import type {
  AsfHeader,
  AsfMediaObject,
  AsfPacket,
  AsfVideoStream,
  JpegFrame,
} from '../media/types.ts';
import { MediaFormatError, UpstreamError } from '../lib/errors.ts';
import type { UpstreamBatch, UpstreamSession, UpstreamUnit } from '../upstream/upstream.ts';
import { IntakeMeter } from './intake-meter.ts';
import { StampWatch } from './stamp-watch.ts';

/**
 * Packets since the newest keyframe are kept so that a feed which starts late starts at once; a camera that sends more
 * than this without a keyframe starts its viewers at the next one. 16 MiB is a 10 s GOP at 12 Mbit/s.
 */
const maxGopBytes = 16 * 1024 * 1024;

/** Without a picture for this long a camera pauses as a whole. */
const holeMs = 500;

/** A JPEG frame as it came, numbered within this process. */
export interface NumberedFrame {
  readonly number: number;
  readonly frame: JpegFrame;
  readonly arrivedAtMs: number;
}

/** The newest random access point of video that is no JPEG, with what a decoder needs besides. */
export interface Keyframe {
  readonly number: number;
  readonly picture: CodedPicture;
  readonly arrivedAtMs: number;
}

export type CodedPicture =
  | { readonly format: 'h264'; readonly accessUnit: Buffer; readonly extradata: Buffer }
  /** Any other codec, in the container that tells what it is: header and packets. */
  | { readonly format: 'asf' | 'hevc-in-asf'; readonly chunks: readonly Buffer[] };

export type NativeMedia =
  | { readonly kind: 'jpeg' }
  | { readonly kind: 'asf'; readonly header: AsfHeader; readonly video: AsfVideoStream };

/** What feeds and snapshots hear of a session; all calls are synchronous and must not block. */
export interface NativeFeedListener {
  /** ASF begins; size and shape of the picture come with its first keyframe. */
  asfHeader?(): void;
  /** Media with a (new) shape: first after a session began, then whenever size or parameter sets change. */
  formatChanged?(): void;
  asfPacket?(packet: AsfPacket): void;
  /** What comes from now on has another time than what was before; `gop` is empty until the next keyframe. */
  timeBroke?(): void;
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
  /** undefined before the first keyframe that tells. */
  #framing: AsfInput['framing'] | undefined;
  #stamps = new StampWatch();
  #lacksParameters = false;
  #pictureCount = 0;
  #lastAudioAtMs: number | undefined;
  #soundlessSinceMs: number | undefined;
  #lastStampMs = 0;
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

  /** How long pictures came without sound until the newest of them, in milliseconds. */
  get soundlessMs(): number {
    if (this.#soundlessSinceMs === undefined) return 0;
    return (this.meter.lastFrameAtMs ?? 0) - this.#soundlessSinceMs;
  }

  /** Stamp of the newest picture in ASF, as the camera wrote it, in milliseconds. */
  get lastStampMs(): number {
    return this.#lastStampMs;
  }

  /** How ffmpeg has to read this camera's ASF. */
  get asfInput(): AsfInput {
    const codec = this.#media?.kind === 'asf' ? this.#media.video.codec : undefined;
    return {
      // Until a keyframe tells: what most cameras of H.264 do, so that a child can be started before.
      framing: this.#framing ?? (codec === 'h264' ? 'whole' : 'split'),
      clock: this.#stamps.isUnusable ? 'arrival' : 'camera',
      decoder: codec === 'hevc' ? 'hevc' : 'by-code',
    };
  }

  /** The newest keyframe of H.264 came without parameter sets: the header alone may have them, as Annex B. */
  get lacksParameters(): boolean {
    return this.#lacksParameters;
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
    this.#soundlessSinceMs = undefined;
    this.#stamps = new StampWatch();
    this.#dropGop();
  }

  /** @throws UpstreamError frame-too-large: the session is of no use */
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
    if (video !== undefined) refuseTooLarge(pixelsClaimedByHeader(video));
    this.#media = video === undefined ? undefined : { kind: 'asf', header, video };
    for (const listener of this.#listeners) listener.asfHeader?.();
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
      this.#soundlessSinceMs = undefined;
      return;
    }
    this.#noteVideoWithoutSound(nowMs);
    const { stream, timeMs } = object;
    this.#lastStampMs = timeMs;
    this.meter.mediaTime(timeMs, nowMs);
    this.#watchTime(timeMs, nowMs);
    refuseTooLarge(claimedPixels(stream.codec, object.bytes));
    // MJPEG video comes as `jpeg` units too, which are counted there.
    if (stream.codec === 'mjpeg') return;
    const isKeyframe =
      object.isKeyframe || (stream.codec === 'h264' && isH264Keyframe(object.bytes));
    this.meter.frame(isKeyframe, nowMs);
    if (!isKeyframe) return;
    if (stream.codec === 'h264') this.#takeH264Keyframe(stream, object, nowMs);
    else this.#takeOtherKeyframe(stream, object, nowMs);
  }

  /** Counts from the first picture after the last sound, and anew after a hole: a camera that stalls sends neither. */
  #noteVideoWithoutSound(nowMs: number): void {
    const { lastFrameAtMs } = this.meter;
    const isAfterHole = lastFrameAtMs === undefined || nowMs - lastFrameAtMs > holeMs;
    if (isAfterHole) this.#soundlessSinceMs = undefined;
    this.#soundlessSinceMs ??= nowMs;
  }

  #watchTime(timeMs: number, nowMs: number): void {
    if (this.#stamps.judge(timeMs, nowMs) === 'steady') return;
    this.#dropGop();
    for (const listener of this.#listeners) listener.timeBroke?.();
  }

  #takeH264Keyframe(stream: AsfVideoStream, object: AsfMediaObject, nowMs: number): void {
    const accessUnit = object.bytes;
    const {
      sps: [sps],
      pps: [pps],
    } = parameterSets(accessUnit);
    const hasParameters = sps !== undefined && pps !== undefined;
    const isSelfContained = hasParameters && isH264Keyframe(accessUnit);
    this.#framing = object.hasKeyFlag && isSelfContained ? 'whole' : 'split';
    // An avcC begins with its version, 1 (ISO/IEC 14496-15 5.3.3.1).
    this.#lacksParameters = !hasParameters && stream.extradata[0] !== 1;
    const { width, height } = sizeIn(sps) ?? stream;
    this.#setFormat(sps?.toString('base64') ?? 'h264', width, height);
    this.#keepKeyframe({ format: 'h264', accessUnit, extradata: stream.extradata }, nowMs);
  }

  /** The container's word is taken for the size, and for where a decoder can begin. */
  #takeOtherKeyframe(stream: AsfVideoStream, object: AsfMediaObject, nowMs: number): void {
    this.#framing = object.hasKeyFlag ? 'whole' : 'split';
    this.#setFormat(stream.codec, stream.width, stream.height);
    if (this.#media?.kind !== 'asf' || this.#gop.length === 0) return;
    const chunks = [this.#media.header.bytes, ...this.#gop.map(({ bytes }) => bytes)];
    const format = stream.codec === 'hevc' ? 'hevc-in-asf' : 'asf';
    this.#keepKeyframe({ format, chunks }, nowMs);
  }

  #keepKeyframe(picture: CodedPicture, nowMs: number): void {
    const keyframe = { number: ++this.#pictureCount, picture, arrivedAtMs: nowMs };
    this.#latestKeyframe = keyframe;
    for (const listener of this.#listeners) listener.keyframe?.(keyframe);
  }

  /** Behind good frames one that claims too much is a damaged one. */
  #takeJpeg(frame: JpegFrame, nowMs: number): void {
    const pixels = frame.width * frame.height;
    if (pixels > maxFramePixels && this.#format !== '') {
      this.meter.corrupt();
      return;
    }
    refuseTooLarge(pixels);
    this.meter.frame(true, nowMs);
    this.#setFormat('jpeg', frame.width, frame.height);
    const numbered = { number: ++this.#pictureCount, frame, arrivedAtMs: nowMs };
    this.#latestJpeg = numbered;
    for (const listener of this.#listeners) listener.jpegFrame?.(numbered);
  }

  #setFormat(parameters: string, width: number, height: number): void {
    const format = `${width}x${height} ${parameters}`;
    if (format === this.#format) return;
    refuseTooLarge(width * height);
    this.#format = format;
    this.#width = width;
    this.#height = height;
    for (const listener of this.#listeners) listener.formatChanged?.();
  }
}

/** Nothing has been fed to a decoder yet: it would take memory for whatever is claimed. @throws UpstreamError */
function refuseTooLarge(pixels: number): void {
  if (pixels <= maxFramePixels) return;
  const megapixels = Math.round(pixels / 1e6);
  throw new UpstreamError(
    'frame-too-large',
    `the frames of the camera claim ${megapixels} megapixels; 67 (8192x8192) are the most, set a smaller size`,
  );
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
