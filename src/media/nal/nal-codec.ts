/**
 * Where a NAL unit stands in its access unit. `delimiter` and `before` come before the first slice and end the access
 * unit before them; `first-slice` begins a picture; `after` follows a slice. `filler` carries nothing.
 */
export type UnitRole =
  'delimiter' | 'parameter-set' | 'before' | 'first-slice' | 'slice' | 'after' | 'filler';

/** What differs between H.264 and HEVC when frames are lists of NAL units. Units have no start codes and no lengths. */
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
   * For a keyframe: how many reference frames later the picture is complete for a decoder that begins here. 0 if it is
   * complete by itself, more with intra refresh.
   */
  recoveryFramesOf(units: readonly Buffer[]): number;
  /** Whether later frames may refer to this one. */
  isReference(units: readonly Buffer[]): boolean;
  /** Whether the frame may be shown before one that is decoded earlier. false if that is not checked. */
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
