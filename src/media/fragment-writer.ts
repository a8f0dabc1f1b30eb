import { trun } from './track-runs.ts';

/** Samples of one track that are all alike; times are ticks of the track. */
export interface WrittenRun {
  readonly trackId: number;
  /** Decode time of the first sample. */
  readonly decodeTime: number;
  /** Of each sample. */
  readonly duration: number;
  /** Presentation time minus decode time. */
  readonly compositionOffset: number;
  readonly count: number;
  /** The data of every sample. */
  readonly bytes: Buffer;
}

/** ISO/IEC 14496-12 8.8.7: offsets count from the `moof`. */
const defaultBaseIsMoof = 0x020000;
/** 8.8.3.1: sample_depends_on 2, which is a sync sample. */
const syncSample = 0x02000000;

/** A fragment, `moof` and `mdat`, of sync samples: one `traf` with one `trun` for each run. */
export function writeFragment(runs: readonly WrittenRun[]): Buffer {
  // The length of the moof does not depend on the offsets in it.
  const moof = writeMoof(runs, writeMoof(runs, 0).length + 8);
  const data = runs.flatMap(({ bytes, count }) => Array.from({ length: count }, () => bytes));
  return Buffer.concat([moof, box('mdat', ...data)]);
}

function writeMoof(runs: readonly WrittenRun[], dataOffset: number): Buffer {
  let offset = dataOffset;
  const trafs = runs.map((run) => {
    const traf = writeTraf(run, offset);
    offset += run.bytes.length * run.count;
    return traf;
  });
  return box('moof', box('mfhd', uint32(0, 0)), ...trafs);
}

function writeTraf(run: WrittenRun, dataOffset: number): Buffer {
  const { trackId, decodeTime, duration, compositionOffset, count, bytes } = run;
  const flags = trun.dataOffset | trun.duration | trun.size | trun.flags | trun.compositionOffset;
  const row = uint32(duration, bytes.length, syncSample, compositionOffset);
  const rows = Array.from({ length: count }, () => row);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(decodeTime));
  return box(
    'traf',
    box('tfhd', uint32(defaultBaseIsMoof, trackId)),
    // Version 1: 64 bit of time. A trun of version 1 has signed composition offsets.
    box('tfdt', uint32(0x01000000), time),
    box('trun', uint32(0x01000000 | flags, count, dataOffset), ...rows),
  );
}

function box(type: string, ...bodies: readonly Buffer[]): Buffer {
  const byteCount = bodies.reduce((sum, body) => sum + body.length, 8);
  return Buffer.concat([uint32(byteCount), Buffer.from(type, 'latin1'), ...bodies]);
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, 4 * index));
  return bytes;
}
