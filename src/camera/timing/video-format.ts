import { MediaFormatError } from '../../lib/errors.ts';
import type { AudioTrack, VideoCodec, VideoTrack } from '../../media/frame.ts';
import { parseSps } from '../../media/h264/h264-sps.ts';
import type { SourceFrame } from '../../sources/source.ts';

/** nal_unit_type of parameter sets: ITU-T H.264 table 7-1 (SPS, PPS), H.265 table 7-1 (VPS, SPS, PPS). */
const setTypes: Partial<Record<VideoCodec, readonly number[]>> = {
  h264: [7, 8],
  hevc: [32, 33, 34],
};

/** This many keyframes in a row that are complete pictures show that there is no intra refresh. */
const wholeKeyframes = 2;

/**
 * What the frames themselves say about their track: parameter sets in band, the size in the bitstream, and whether
 * keyframes are complete pictures.
 */
export class VideoFormat {
  #track: VideoTrack;
  #isComplete: boolean;
  #reorderDepth: number | undefined;
  #wholeKeyframeCount = 0;

  /** `hadIntraRefresh`: known from before, because such cameras often begin a session with an IDR picture. */
  constructor(declared: VideoTrack, hadIntraRefresh = false) {
    this.#track = this.#described(declared, declared.parameterSets);
    this.#isComplete = hasAll(this.#track);
    if (hadIntraRefresh && setTypes[declared.codec] !== undefined) this.#setIntraRefresh(true);
  }

  get track(): VideoTrack {
    return this.#track;
  }

  /** Taken from the SPS; undefined if it does not say. */
  get reorderDepth(): number | undefined {
    return this.#reorderDepth;
  }

  /** Size and parameter sets are known. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Returns whether the frame changes the format. */
  note(frame: SourceFrame): boolean {
    const isOtherKind = frame.isKeyframe && this.#noteKeyframe(frame);
    return this.#noteSets(frame.data) || isOtherKind;
  }

  /** An encoder with intra refresh may send an IDR picture now and then. */
  #noteKeyframe({ recoveryFrames = 0 }: SourceFrame): boolean {
    const { hasIntraRefresh = false } = this.#track;
    if (recoveryFrames > 0) {
      this.#wholeKeyframeCount = 0;
      if (hasIntraRefresh) return false;
      this.#setIntraRefresh(true);
      return true;
    }
    if (!hasIntraRefresh || ++this.#wholeKeyframeCount < wholeKeyframes) return false;
    this.#setIntraRefresh(false);
    return true;
  }

  #setIntraRefresh(hasIntraRefresh: boolean): void {
    this.#wholeKeyframeCount = 0;
    this.#track = { ...this.#track, hasIntraRefresh };
  }

  #noteSets(data: readonly Buffer[]): boolean {
    const { codec, parameterSets } = this.#track;
    const types = setTypes[codec];
    if (types === undefined) return false;
    const news = data.filter((nal) => types.includes(typeOf(nal, codec)));
    if (news.length === 0) return false;
    const merged = types.flatMap((type) => {
      const newer = news.filter((set) => typeOf(set, codec) === type);
      return newer.length > 0 ? newer : parameterSets.filter((set) => typeOf(set, codec) === type);
    });
    if (areSame(merged, parameterSets)) return false;
    this.#track = this.#described(
      this.#track,
      merged.map((set) => Buffer.from(set)),
    );
    this.#isComplete = hasAll(this.#track);
    return true;
  }

  #described(track: VideoTrack, parameterSets: readonly Buffer[]): VideoTrack {
    const sps = parameterSets.find((set) => typeOf(set, 'h264') === 7);
    const described = { ...track, parameterSets };
    if (track.codec !== 'h264' || sps === undefined) return described;
    try {
      const { width, height, reorderFrameCount } = parseSps(sps);
      this.#reorderDepth = reorderFrameCount;
      return { ...described, width, height };
    } catch (error) {
      if (!(error instanceof MediaFormatError)) throw error;
      this.#reorderDepth = undefined;
      return described;
    }
  }
}

function hasAll({ codec, width, height, parameterSets }: VideoTrack): boolean {
  const types = setTypes[codec] ?? [];
  const has = (type: number): boolean => parameterSets.some((set) => typeOf(set, codec) === type);
  return width > 0 && height > 0 && types.every(has);
}

export function areSameVideo(one: VideoTrack | undefined, other: VideoTrack | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.codec === other.codec &&
    one.fourcc === other.fourcc &&
    one.width === other.width &&
    one.height === other.height &&
    one.extradata.equals(other.extradata) &&
    areSame(one.parameterSets, other.parameterSets)
  );
}

export function areSameAudio(one: AudioTrack | undefined, other: AudioTrack | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.codec === other.codec &&
    one.sampleRate === other.sampleRate &&
    one.channelCount === other.channelCount &&
    one.configuration.equals(other.configuration)
  );
}

function areSame(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  return one.length === other.length && one.every((set, index) => other[index]?.equals(set));
}

function typeOf(nal: Buffer, codec: VideoCodec): number {
  const header = nal[0] ?? 0;
  return codec === 'hevc' ? (header >> 1) & 0x3f : header & 0x1f;
}
