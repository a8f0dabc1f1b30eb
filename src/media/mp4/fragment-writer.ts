import { byteLengthOf, type Frame } from '../frame.ts';
import { trun } from './track-runs.ts';
import { sampleFlags, trackIds } from './init-writer.ts';

/** Frames of one track in a row. */
export interface FragmentRun {
  readonly kind: 'video' | 'audio';
  readonly frames: readonly Pick<Frame, 'pts' | 'dts' | 'isKeyframe' | 'data'>[];
  /** How long each of them lasts, in ticks of the track. */
  readonly durations: readonly number[];
  /** Added to all times, in ticks of the track; whole. */
  readonly shiftTicks: number;
}

/** A run with what has to be known before the first byte can be written. */
interface MeasuredRun extends FragmentRun {
  readonly flags: number;
  readonly sizes: readonly number[];
}

const boxHeadBytes = 8;
const fullHeadBytes = 12;
const tfhdBytes = fullHeadBytes + 4;
const tfdtBytes = fullHeadBytes + 8;
/** Sample count and data offset. */
const trunHeadBytes = fullHeadBytes + 8;
const mfhdBytes = fullHeadBytes + 4;
/** ISO/IEC 14496-12 8.8.7: offsets count from the `moof`. */
const defaultBaseIsMoof = 0x020000;
/** Version 1: `tfdt` has 64 bits, composition offsets have a sign. */
const version1 = 0x01000000;
/** As writeInitSegment() says: each NAL unit stands behind its length in as many bytes. */
const lengthBytes = 4;

const types = Object.fromEntries(
  ['moof', 'mfhd', 'traf', 'tfhd', 'tfdt', 'trun', 'mdat'].map((type) => [
    type,
    Buffer.from(type, 'latin1').readUInt32BE(),
  ]),
) as Readonly<Record<'moof' | 'mfhd' | 'traf' | 'tfhd' | 'tfdt' | 'trun' | 'mdat', number>>;

/**
 * One fragment, `moof` and `mdat`, to be read behind what writeInitSegment() makes: a `traf` with one `trun` for each
 * run that has frames. Runs once for each part and camera, so all is written in place into one buffer, and frames are
 * copied once. `sequenceNumber` is that of 8.8.5.
 */
export function writeFragment(sequenceNumber: number, runs: readonly FragmentRun[]): Buffer {
  const measured: MeasuredRun[] = [];
  let moofBytes = boxHeadBytes + mfhdBytes;
  let dataBytes = 0;
  for (const run of runs) {
    if (run.frames.length === 0) continue;
    const flags = runFlags(run);
    const sizes = run.frames.map((frame) => sizeOf(run.kind, frame));
    measured.push({ ...run, flags, sizes });
    moofBytes += trafBytes(flags, sizes.length);
    for (const size of sizes) dataBytes += size;
  }
  const bytes = Buffer.allocUnsafeSlow(moofBytes + boxHeadBytes + dataBytes);
  let at = writeWords(bytes, 0, [moofBytes, types.moof, mfhdBytes, types.mfhd, 0, sequenceNumber]);
  let dataAt = moofBytes + boxHeadBytes;
  for (const run of measured) {
    at = writeTraf(bytes, at, run, dataAt);
    dataAt = writeData(bytes, dataAt, run);
  }
  writeWords(bytes, at, [boxHeadBytes + dataBytes, types.mdat]);
  return bytes;
}

/** Rows of a `trun`: what the defaults of the init segment already say is left out. */
function runFlags({ kind, frames }: FragmentRun): number {
  const always = trun.dataOffset | trun.duration | trun.size;
  if (kind === 'audio') return always;
  const hasOffsets = frames.some(({ pts, dts }) => pts !== dts);
  return always | trun.flags | (hasOffsets ? trun.compositionOffset : 0);
}

function trafBytes(flags: number, frameCount: number): number {
  return boxHeadBytes + tfhdBytes + tfdtBytes + trunHeadBytes + frameCount * rowBytes(flags);
}

function rowBytes(flags: number): number {
  const optional =
    ((flags & trun.flags) !== 0 ? 1 : 0) + ((flags & trun.compositionOffset) !== 0 ? 1 : 0);
  return 4 * (2 + optional);
}

function sizeOf(kind: FragmentRun['kind'], frame: Pick<Frame, 'data'>): number {
  return byteLengthOf(frame) + (kind === 'video' ? lengthBytes * frame.data.length : 0);
}

/** 8.8.6 to 8.8.8 and 8.8.12. Returns where it ends. */
function writeTraf(bytes: Buffer, begin: number, run: MeasuredRun, dataAt: number): number {
  const { kind, frames, durations, shiftTicks, flags, sizes } = run;
  const rowsBytes = frames.length * rowBytes(flags);
  const decodeTime = (frames[0]?.dts ?? 0) + shiftTicks;
  let at = writeWords(bytes, begin, [
    ...[trafBytes(flags, frames.length), types.traf],
    ...[tfhdBytes, types.tfhd, defaultBaseIsMoof, trackIds[kind]],
    ...[tfdtBytes, types.tfdt, version1, Math.floor(decodeTime / 2 ** 32), decodeTime],
    ...[trunHeadBytes + rowsBytes, types.trun, version1 | flags, frames.length, dataAt],
  ]);
  const hasFlags = (flags & trun.flags) !== 0;
  const hasOffsets = (flags & trun.compositionOffset) !== 0;
  for (const [index, { pts, dts, isKeyframe }] of frames.entries()) {
    at = writeWord(bytes, at, durations[index] ?? 0);
    at = writeWord(bytes, at, sizes[index] ?? 0);
    if (hasFlags) at = writeWord(bytes, at, isKeyframe ? sampleFlags.sync : sampleFlags.nonSync);
    if (hasOffsets) at = writeWord(bytes, at, pts - dts);
  }
  return at;
}

function writeData(bytes: Buffer, begin: number, { kind, frames }: FragmentRun): number {
  let at = begin;
  for (const { data } of frames) {
    for (const piece of data) {
      if (kind === 'video') at = writeWord(bytes, at, piece.length);
      bytes.set(piece, at);
      at += piece.length;
    }
  }
  return at;
}

function writeWords(bytes: Buffer, begin: number, words: readonly number[]): number {
  let at = begin;
  for (const word of words) at = writeWord(bytes, at, word);
  return at;
}

/** The low 32 bits of a number, big-endian. */
function writeWord(bytes: Buffer, at: number, word: number): number {
  return bytes.writeUInt32BE(word >>> 0, at);
}
