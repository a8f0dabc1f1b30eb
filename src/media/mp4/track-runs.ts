import { BoxFields } from './boxes.ts';

/** Flag bits of ISO/IEC 14496-12 8.8.7 (tfhd) and 8.8.8 (trun). */
const tfhd = {
  baseDataOffset: 0x01,
  sampleDescription: 0x02,
  defaultDuration: 0x08,
  defaultSize: 0x10,
  defaultFlags: 0x20,
} as const;
export const trun = {
  dataOffset: 0x001,
  firstSampleFlags: 0x004,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  compositionOffset: 0x800,
} as const;

/** 8.8.3.1: sample_is_non_sync_sample. */
const nonSyncSample = 0x10000;

/** Defaults of a track's samples (8.8.3, `trex`), in ticks of the track. */
export interface SampleDefaults {
  readonly duration: number;
  /** In bytes. */
  readonly size: number;
  readonly flags: number;
  readonly isVideo: boolean;
}

/** 8.8.7. */
export function parseTfhd(
  box: Buffer,
  trackDefaults: ReadonlyMap<number, SampleDefaults>,
): { trackId: number; hasBaseDataOffset: boolean; defaults: SampleDefaults } {
  const fields = new BoxFields(box);
  const { flags } = fields.fullBoxHead();
  const trackId = fields.uint32();
  const track = trackDefaults.get(trackId) ?? { duration: 0, size: 0, flags: 0, isVideo: false };
  const hasBaseDataOffset = (flags & tfhd.baseDataOffset) !== 0;
  if (hasBaseDataOffset) fields.skip(8);
  if ((flags & tfhd.sampleDescription) !== 0) fields.skip(4);
  const duration = (flags & tfhd.defaultDuration) !== 0 ? fields.uint32() : track.duration;
  const size = (flags & tfhd.defaultSize) !== 0 ? fields.uint32() : track.size;
  const sampleFlags = (flags & tfhd.defaultFlags) !== 0 ? fields.uint32() : track.flags;
  const { isVideo } = track;
  return { trackId, hasBaseDataOffset, defaults: { duration, size, flags: sampleFlags, isVideo } };
}

/** 8.8.12: 64 bit in version 1. */
export function parseTfdt(box: Buffer): number {
  const fields = new BoxFields(box);
  return fields.fullBoxHead().version === 1 ? fields.uint64() : fields.uint32();
}

export function isSyncSample(flags: number): boolean {
  return (flags & nonSyncSample) === 0;
}
