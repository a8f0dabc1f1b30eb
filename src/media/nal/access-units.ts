import type { NalCodec } from './nal-codec.ts';
import { nalUnits } from './nal-units.ts';

/** One access unit of H.264 or HEVC. */
export interface AccessUnit {
  /** NAL units without start codes and lengths; delimiters and filler are left out. */
  readonly units: readonly Buffer[];
  readonly isKeyframe: boolean;
  /** For a keyframe with intra refresh: how many reference frames later the picture is complete. 0 for all others. */
  readonly recoveryFrames: number;
  /** Those among the units, in their order. */
  readonly parameterSets: readonly Buffer[];
}

/** Bytes that hold one access unit, in Annex B or with 4-byte lengths; empty without a slice. Never throws. */
export function readAccessUnit(
  codec: NalCodec,
  bytes: Buffer,
  hasKeyFlag = false,
): AccessUnit | undefined {
  const units: Buffer[] = [];
  let hasSlice = false;
  for (const unit of nalUnits(bytes)) {
    const role = codec.roleOf(unit);
    if (role === 'delimiter' || role === 'filler') continue;
    hasSlice ||= role === 'first-slice' || role === 'slice';
    units.push(unit);
  }
  return hasSlice ? describe(codec, units, hasKeyFlag) : undefined;
}

function describe(codec: NalCodec, units: readonly Buffer[], hasKeyFlag: boolean): AccessUnit {
  const parameterSets = units.filter((unit) => codec.roleOf(unit) === 'parameter-set');
  const isKeyframe = codec.isKeyframe(units, hasKeyFlag);
  const recoveryFrames = isKeyframe ? codec.recoveryFramesOf(units) : 0;
  return { units, isKeyframe, recoveryFrames, parameterSets };
}

/** One piece of a stream as its container delivers it: mostly an access unit. */
export interface StreamObject {
  readonly bytes: Buffer;
  readonly stamp: number;
  /** The container's word. */
  readonly hasKeyFlag: boolean;
}

export interface StampedAccessUnit extends AccessUnit {
  /** Of the object in which its first slice came. */
  readonly stamp: number;
}

interface OpenUnit {
  units: Buffer[];
  byteCount: number;
  /** Slices that begin a picture. */
  pictureCount: number;
  stamp: number;
  hasKeyFlag: boolean;
}

/** Limit on units, and their bytes, before any slice; more than this is noise. */
const maxUnitsBeforeSlice = 64;
/** As large as a media object may be: an access unit with more has lost its structure. */
const maxUnitBytes = 8 * 1024 * 1024;
/** Slices of a picture: H.264 level 6.2 has one for each row of 16 pixels, and fields double them. */
const maxUnits = 1024;

/**
 * Puts access units together from objects as cameras cut them: parameter sets as objects of their own join the next
 * frame, several access units in one object come apart, and slices in objects of their own come together. An object is
 * taken to end its access unit, so that a frame does not wait for the next; after the first object that goes on with
 * the picture of the one before, which arrives broken, frames wait for the beginning of the next.
 */
export class AccessUnitAssembler {
  /** A frame may be two fields, each with a first slice; by the SPS. */
  hasFields = false;
  readonly #codec: NalCodec;
  #open: OpenUnit = emptyUnit();
  #isSliced = false;

  constructor(codec: NalCodec) {
    this.#codec = codec;
  }

  push(object: StreamObject): StampedAccessUnit[] {
    const complete: StampedAccessUnit[] = [];
    for (const unit of nalUnits(object.bytes)) this.#add(unit, object, complete);
    if (!this.#isSliced) this.#close(complete);
    return complete;
  }

  #add(unit: Buffer, object: StreamObject, complete: StampedAccessUnit[]): void {
    const role = this.#codec.roleOf(unit);
    switch (role) {
      case 'filler':
        return;
      case 'delimiter':
        this.#close(complete);
        return;
      case 'parameter-set':
      case 'before':
        this.#close(complete);
        break;
      case 'first-slice':
        if (this.#open.pictureCount >= (this.hasFields ? 2 : 1)) this.#close(complete);
        this.#beginPicture(object);
        break;
      case 'slice':
      case 'after':
        if (this.#open.pictureCount > 0) break;
        this.#isSliced ||= role === 'slice';
        return;
    }
    this.#keep(unit);
  }

  #beginPicture({ stamp, hasKeyFlag }: StreamObject): void {
    const open = this.#open;
    if (open.pictureCount === 0) open.stamp = stamp;
    open.pictureCount += 1;
    open.hasKeyFlag ||= hasKeyFlag;
  }

  #keep(unit: Buffer): void {
    const open = this.#open;
    open.units.push(unit);
    open.byteCount += unit.length;
    const isNoise = open.pictureCount === 0 && open.units.length > maxUnitsBeforeSlice;
    const isTooLarge = open.byteCount > maxUnitBytes || open.units.length > maxUnits;
    if (isNoise || isTooLarge) this.#open = emptyUnit();
  }

  /** Ends the access unit under way if it has a picture; what came before one is kept for the next. */
  #close(complete: StampedAccessUnit[]): void {
    const { units, pictureCount, stamp, hasKeyFlag } = this.#open;
    if (pictureCount === 0) return;
    complete.push({ ...describe(this.#codec, units, hasKeyFlag), stamp });
    this.#open = emptyUnit();
  }
}

function emptyUnit(): OpenUnit {
  return { units: [], byteCount: 0, pictureCount: 0, stamp: 0, hasKeyFlag: false };
}
