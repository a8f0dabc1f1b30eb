import { MediaFormatError } from '../../../lib/errors.ts';
import type { AsfMediaObject, AsfVideoStream } from '../../../media/asf/asf.ts';
import { AccessUnitAssembler } from '../../../media/nal/access-units.ts';
import { videoTimescale, type VideoTrack } from '../../../media/frame.ts';
import { parseJpeg, type JpegFrame } from '../../../media/jpeg/jpeg.ts';
import { claimedPixels, maxFramePixels } from '../../../media/claimed-pixels.ts';
import type { NalCodec } from '../../../media/nal/nal-codec.ts';
import { nalCodecOf } from '../../../media/nal/nal-codecs.ts';
import { mergeParameterSets, shapeIn } from '../../../media/nal/parameter-sets.ts';
import type { SourceFrame } from '../../source.ts';

/** Media objects of one video stream as frames. */
export interface VideoObjects {
  /** As known after the last take(); another object when something in it has changed. */
  readonly track: VideoTrack;
  /** Throws MediaFormatError for an object that is no frame. */
  take(object: AsfMediaObject): SourceFrame[];
}

export function videoObjects(stream: AsfVideoStream): VideoObjects {
  const nalCodec = nalCodecOf(stream.codec);
  if (nalCodec !== undefined) return new NalObjects(stream, nalCodec);
  return stream.codec === 'mjpeg' ? new JpegObjects(stream) : new WholeObjects(stream);
}

function declaredTrack(stream: AsfVideoStream): VideoTrack {
  const { codec, fourcc } = stream;
  // Each JPEG has its own size, and the container's may be anything.
  const { width, height } = codec === 'mjpeg' ? { width: 0, height: 0 } : stream;
  const hasExtradata = nalCodecOf(codec) === undefined;
  return {
    ...{ kind: 'video', codec, timescale: videoTimescale, width, height },
    ...{ parameterSets: [], fourcc },
    extradata: hasExtradata ? Buffer.from(stream.extradata) : Buffer.alloc(0),
  };
}

class NalObjects implements VideoObjects {
  #track: VideoTrack;
  readonly #stream: AsfVideoStream;
  readonly #codec: NalCodec;
  readonly #assembler: AccessUnitAssembler;

  constructor(stream: AsfVideoStream, codec: NalCodec) {
    this.#stream = stream;
    this.#codec = codec;
    this.#assembler = new AccessUnitAssembler(codec);
    this.#track = declaredTrack(stream);
    this.#learn(setsIn(codec, stream.extradata));
  }

  get track(): VideoTrack {
    return this.#track;
  }

  /** Several access units of one object have its stamp. */
  take({ bytes, timeMs, isKeyframe: hasKeyFlag }: AsfMediaObject): SourceFrame[] {
    const found = this.#assembler.push({ bytes, stamp: timeMs, hasKeyFlag });
    return found.map(({ units, isKeyframe, recoveryFrames, parameterSets, stamp }) => {
      this.#learn(parameterSets);
      return { kind: 'video', stamp, duration: 0, isKeyframe, recoveryFrames, data: units };
    });
  }

  /** The size in the bitstream counts: VLC writes 386 lines into the container for 360. */
  #learn(found: readonly Buffer[]): void {
    const parameterSets = mergeParameterSets(this.#codec, this.#track.parameterSets, found);
    if (parameterSets === this.#track.parameterSets) return;
    const shape = shapeIn(this.#codec, parameterSets);
    this.#assembler.hasFields = shape?.hasFields ?? false;
    const { width, height } = shape ?? this.#stream;
    this.#track = { ...this.#track, parameterSets, width, height };
  }
}

/** Extradata that cannot be read is ignored: most cameras send their parameter sets in band too. */
function setsIn(codec: NalCodec, extradata: Buffer): readonly Buffer[] {
  try {
    return codec.extradataSets(extradata);
  } catch (error) {
    if (error instanceof MediaFormatError) return [];
    throw error;
  }
}

class JpegObjects implements VideoObjects {
  #track: VideoTrack;

  constructor(stream: AsfVideoStream) {
    this.#track = declaredTrack(stream);
  }

  get track(): VideoTrack {
    return this.#track;
  }

  take({ bytes, timeMs }: AsfMediaObject): SourceFrame[] {
    const jpeg = parseJpeg(bytes);
    this.#track = withSizeOf(this.#track, jpeg);
    return [jpegFrame(jpeg, timeMs)];
  }
}

/** A codec whose frames are not parsed: the container gives the size, and its flag says where a decoder can begin. */
class WholeObjects implements VideoObjects {
  readonly track: VideoTrack;

  constructor(stream: AsfVideoStream) {
    this.track = declaredTrack(stream);
  }

  take({ bytes, timeMs, isKeyframe }: AsfMediaObject): SourceFrame[] {
    return [{ kind: 'video', stamp: timeMs, duration: 0, isKeyframe, data: [bytes] }];
  }
}

export function jpegFrame({ bytes }: JpegFrame, stamp: number | undefined): SourceFrame {
  return { kind: 'video', stamp, duration: 0, isKeyframe: true, data: [bytes] };
}

/**
 * The same track as long as the size stays the same. Throws MediaFormatError for a frame that claims to be too large
 * after good ones.
 */
export function withSizeOf(track: VideoTrack, { width, height }: JpegFrame): VideoTrack {
  if (width * height > maxFramePixels && track.width > 0 && !isTooLarge(track)) {
    throw new MediaFormatError('A JPEG claims an impossible size.');
  }
  return track.width === width && track.height === height ? track : { ...track, width, height };
}

function isTooLarge(track: VideoTrack): boolean {
  return claimedPixels(track) > maxFramePixels;
}
