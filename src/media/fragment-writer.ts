import { trun } from './track-runs.ts';

/** Times are ticks of the track. */
export interface WrittenSample {
  readonly duration: number;
  /** Presentation time minus decode time; may be negative. */
  readonly compositionOffset: number;
  readonly isSync: boolean;
  readonly bytes: Buffer;
}

/** Samples of one track in a row. */
export interface WrittenRun {
  readonly trackId: number;
  /** Decode time of the first sample. */
  readonly decodeTime: number;
  readonly samples: readonly WrittenSample[];
}

/** ISO/IEC 14496-12 8.8.7: offsets count from the `moof`. */
const defaultBaseIsMoof = 0x020000;
/** 8.8.3.1: sample_depends_on 2, which is a sync sample, or 1 and sample_is_non_sync_sample. */
const syncSample = 0x02000000;
const nonSyncSample = 0x01010000;

/** A fragment, `moof` and `mdat`: one `traf` with one `trun` for each run. `sequenceNumber` is that of 8.8.5. */
export function writeFragment(sequenceNumber: number, runs: readonly WrittenRun[]): Buffer {
  // The length of the moof does not depend on the offsets in it.
  const moofBytes = writeMoof(sequenceNumber, runs, 0).length;
  const moof = writeMoof(sequenceNumber, runs, moofBytes + 8);
  const data = runs.flatMap(({ samples }) => samples.map(({ bytes }) => bytes));
  const dataBytes = data.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([moof, boxHead('mdat', dataBytes), ...data]);
}

function writeMoof(
  sequenceNumber: number,
  runs: readonly WrittenRun[],
  dataOffset: number,
): Buffer {
  let offset = dataOffset;
  const trafs = runs.map((run) => {
    const traf = writeTraf(run, offset);
    offset += run.samples.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return traf;
  });
  return box('moof', box('mfhd', uint32(0, sequenceNumber)), ...trafs);
}

function writeTraf({ trackId, decodeTime, samples }: WrittenRun, dataOffset: number): Buffer {
  const flags = trun.dataOffset | trun.duration | trun.size | trun.flags | trun.compositionOffset;
  const rows = samples.flatMap(({ duration, bytes, isSync, compositionOffset }) => [
    ...[duration, bytes.length, isSync ? syncSample : nonSyncSample, compositionOffset],
  ]);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(decodeTime));
  return box(
    'traf',
    box('tfhd', uint32(defaultBaseIsMoof, trackId)),
    // Version 1: 64 bit of time. A trun of version 1 has signed composition offsets.
    box('tfdt', uint32(0x01000000), time),
    box('trun', uint32(0x01000000 | flags, samples.length, dataOffset, ...rows)),
  );
}

function box(type: string, ...bodies: readonly Buffer[]): Buffer {
  const byteCount = bodies.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([boxHead(type, byteCount), ...bodies]);
}

function boxHead(type: string, bodyBytes: number): Buffer {
  return Buffer.concat([uint32(8 + bodyBytes), Buffer.from(type, 'latin1')]);
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, 4 * index));
  return bytes;
}
