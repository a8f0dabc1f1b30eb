import { MediaFormatError } from '../../lib/errors.ts';
import type { Frame, VideoTrack } from '../frame.ts';
import type { NalCodec, FrameShape } from './nal-codec.ts';
import { nalCodecOf } from './nal-codecs.ts';

/** With all scaling lists a set has less than 1 KiB; a larger one is noise. */
const maxSetBytes = 4096;
/** As many as an avcC can count of SPS. */
const maxSetsOfKind = 31;

/**
 * The sets that hold once `found` have come: those of each kind in it take the place of the known ones of that kind.
 * The same array as `known` when nothing changed. Sets are copied, because they outlive the frames that brought them.
 */
export function mergeParameterSets(
  codec: NalCodec,
  known: readonly Buffer[],
  found: readonly Buffer[],
): readonly Buffer[] {
  if (found.length === 0) return known;
  const plausible = found.filter(({ length }) => length <= maxSetBytes);
  const sets: Buffer[] = [];
  let isChanged = false;
  for (const kind of codec.parameterKinds) {
    const isKind = (set: Buffer): boolean => codec.parameterKindOf(set) === kind;
    const before = known.filter(isKind);
    const now = withoutRepeats(plausible.filter(isKind)).slice(0, maxSetsOfKind);
    const isSame = now.length === 0 || areEqual(before, now);
    sets.push(...(isSame ? before : now.map((set) => Buffer.from(set))));
    isChanged ||= !isSame;
  }
  return isChanged ? sets : known;
}

/** undefined without an SPS, or with one that cannot be read. */
export function shapeIn(codec: NalCodec, parameterSets: readonly Buffer[]): FrameShape | undefined {
  const sps = parameterSets.find((set) => codec.parameterKindOf(set) === codec.spsKind);
  try {
    return sps && codec.shapeOf(sps);
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}

/** How many frames a decoder of this track may hold back, because others are shown before them. */
export function reorderDepthOf({
  codec,
  parameterSets,
}: Pick<VideoTrack, 'codec' | 'parameterSets'>): number {
  const nalCodec = nalCodecOf(codec);
  return (nalCodec && shapeIn(nalCodec, parameterSets)?.reorderFrameCount) ?? 0;
}

/** Whether frames of this track may be two fields of different times: H.264 that may be interlaced. */
export function mayHaveFields({
  codec,
  parameterSets,
}: Pick<VideoTrack, 'codec' | 'parameterSets'>): boolean {
  const nalCodec = nalCodecOf(codec);
  return (nalCodec && shapeIn(nalCodec, parameterSets)?.hasFields) ?? false;
}

/**
 * The frame with the track's parameter sets in front where it is a keyframe that does not carry them: ffmpeg and mpv
 * skip the init segment after a discontinuity, and receivers of MPEG-TS and RTP have none.
 */
export function withParameterSets<Kind extends Pick<Frame, 'isKeyframe' | 'data'>>(
  frame: Kind,
  track: Pick<VideoTrack, 'codec' | 'parameterSets'>,
): Kind {
  if (!frame.isKeyframe || track.parameterSets.length === 0) return frame;
  const codec = nalCodecOf(track.codec);
  if (codec === undefined || hasParameterSets(codec, frame.data)) return frame;
  const others = frame.data.filter((unit) => codec.roleOf(unit) !== 'parameter-set');
  return { ...frame, data: [...track.parameterSets, ...others] };
}

/** The frame without parameter sets in band, for receivers that get them in another way. */
export function withoutParameterSets(frame: Frame, { codec }: Pick<VideoTrack, 'codec'>): Frame {
  const nalCodec = nalCodecOf(codec);
  if (nalCodec === undefined) return frame;
  const data = frame.data.filter((unit) => nalCodec.roleOf(unit) !== 'parameter-set');
  return { ...frame, data };
}

function hasParameterSets(codec: NalCodec, units: readonly Buffer[]): boolean {
  return codec.parameterKinds.every((kind) =>
    units.some((unit) => codec.parameterKindOf(unit) === kind),
  );
}

function withoutRepeats(sets: readonly Buffer[]): Buffer[] {
  return sets.filter((set, index) => sets.findIndex((other) => other.equals(set)) === index);
}

function areEqual(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  return (
    one.length === other.length && one.every((set, index) => set.equals(other[index] ?? empty))
  );
}

const empty = Buffer.alloc(0);
