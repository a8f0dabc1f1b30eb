/**
 * Where a NAL unit stands in its access unit. `delimiter` and `before` come before the first slice and end the access
 * unit before them; `first-slice` begins a picture; `after` follows a slice. `filler` carries nothing.
 */
export type UnitRole =
  'delimiter' | 'parameter-set' | 'before' | 'first-slice' | 'slice' | 'after' | 'filler';

/** What H.264 and HEVC differ in where frames are lists of NAL units. Units have no start codes and no lengths. */
export interface NalCodec {
  roleOf(unit: Buffer): UnitRole;
  /** Which kind of parameter set: the nal_unit_type. A decoder needs them in the order of these numbers. */
  parameterKindOf(unit: Buffer): number;
  /** A decoder has to have one of each. */
  readonly parameterKinds: readonly number[];
  /**
   * Whether a decoder can begin with this access unit. `hasKeyFlag` is the container's word, which counts where the
   * bytes do not contradict it.
   */
  isKeyframe(units: readonly Buffer[], hasKeyFlag: boolean): boolean;
  /**
   * Of a keyframe: how many reference frames behind it the picture is whole when a decoder begins here. 0 where it is
   * whole itself, more with intra refresh.
   */
  recoveryFramesOf(units: readonly Buffer[]): number;
  /** Whether frames behind this one may refer to it. */
  isReference(units: readonly Buffer[]): boolean;
  /** Whether the frame may be shown before one that is decoded before it. false where that is not looked for. */
  isBidirectional(units: readonly Buffer[]): boolean;
  /** Parameter sets of codec private data (Annex B, or a configuration record). Throws MediaFormatError. */
  extradataSets(extradata: Buffer): Buffer[];
  /** In pixels, and whether a frame may be two fields. Throws MediaFormatError. */
  shapeOf(sps: Buffer): FrameShape;
  /**
   * Where an SPS says how many frames are decoded before one that is shown before them: bits of its payload without the
   * 03 of 00 00 03, at which an Exp-Golomb code begins. Empty where it does not say. Throws MediaFormatError.
   */
  reorderCodesIn(sps: Buffer): readonly number[];
  readonly headerBytes: 1 | 2;
  /** parameterKindOf() of the set that shapeOf() reads. */
  readonly spsKind: number;
}

export interface FrameShape {
  readonly width: number;
  readonly height: number;
  readonly hasFields: boolean;
  /** How many frames are decoded before one that is shown before them; undefined: not said. */
  readonly reorderFrameCount: number | undefined;
}
