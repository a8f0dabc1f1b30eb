import { BoxFields, boxesOf, findBox, needBox } from './boxes.ts';
import type { TrackRun } from '../types.ts';

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

/** By track_ID. Throws MediaFormatError. */
export function parseSampleDefaults(
  moov: Buffer,
  videoTrackIds: ReadonlySet<number>,
): ReadonlyMap<number, SampleDefaults> {
  const defaults = new Map<number, SampleDefaults>();
  for (const box of boxesOf(findBox(moov, 'mvex') ?? Buffer.alloc(0))) {
    if (box.type !== 'trex') continue;
    const fields = new BoxFields(box.body);
    fields.fullBoxHead();
    const trackId = fields.uint32();
    fields.skip(4);
    const duration = fields.uint32();
    const size = fields.uint32();
    defaults.set(trackId, {
      duration,
      size,
      flags: fields.uint32(),
      isVideo: videoTrackIds.has(trackId),
    });
  }
  return defaults;
}

/** One for each `traf` with samples. `moof` is the body of the box. Throws MediaFormatError. */
export function parseTrackRuns(
  moof: Buffer,
  defaults: ReadonlyMap<number, SampleDefaults>,
): TrackRun[] {
  const runs: TrackRun[] = [];
  for (const box of boxesOf(moof)) {
    const run = box.type === 'traf' ? parseTraf(box.body, defaults) : undefined;
    if (run !== undefined && run.sampleCount > 0) runs.push(run);
  }
  return runs;
}

function parseTraf(traf: Buffer, trackDefaults: ReadonlyMap<number, SampleDefaults>): TrackRun {
  const { trackId, defaults } = parseTfhd(needBox(traf, 'tfhd'), trackDefaults);
  let duration = 0;
  let sampleCount = 0;
  let isKeyframe = true;
  for (const box of boxesOf(traf)) {
    if (box.type !== 'trun') continue;
    const samples = parseTrun(box.body, defaults);
    if (sampleCount === 0 && samples.count > 0) isKeyframe = !defaults.isVideo || samples.isSync;
    duration += samples.duration;
    sampleCount += samples.count;
  }
  const decodeTime = parseTfdt(needBox(traf, 'tfdt'));
  return { trackId, decodeTime, duration, sampleCount, isKeyframe };
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

/** 8.8.8; `isSync` is about the first sample. */
function parseTrun(
  box: Buffer,
  defaults: SampleDefaults,
): { count: number; duration: number; isSync: boolean } {
  const fields = new BoxFields(box);
  const { flags } = fields.fullBoxHead();
  const count = fields.uint32();
  if ((flags & trun.dataOffset) !== 0) fields.skip(4);
  let firstFlags = (flags & trun.firstSampleFlags) !== 0 ? fields.uint32() : undefined;
  const hasDuration = (flags & trun.duration) !== 0;
  const hasFlags = (flags & trun.flags) !== 0;
  if (!hasDuration && !hasFlags) {
    const isSync = isSyncSample(firstFlags ?? defaults.flags);
    return { count, duration: count * defaults.duration, isSync };
  }
  let duration = 0;
  for (let index = 0; index < count; index += 1) {
    duration += hasDuration ? fields.uint32() : defaults.duration;
    if ((flags & trun.size) !== 0) fields.skip(4);
    const sampleFlags = hasFlags ? fields.uint32() : defaults.flags;
    firstFlags ??= sampleFlags;
    if ((flags & trun.compositionOffset) !== 0) fields.skip(4);
  }
  return { count, duration, isSync: isSyncSample(firstFlags ?? defaults.flags) };
}

export function isSyncSample(flags: number): boolean {
  return (flags & nonSyncSample) === 0;
}
