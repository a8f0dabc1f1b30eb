import { nalUnits } from './nal-units.ts';
import type { AsfVideoCodec } from './types.ts';

/** Parameter sets, delimiters and SEI come before the first slice; more than this many is noise. */
const maxUnitsBeforeSlice = 16;

/**
 * Whether a frame, or the first piece of one, begins a random access point by what is in it: some cameras never set the
 * key flag of their container. false also means unknown.
 */
export function startsWithKeyframe(codec: AsfVideoCodec, bytes: Buffer): boolean {
  if (codec === 'mjpeg') return true;
  if (codec === 'h264') return firstVerdict(bytes, h264Verdict);
  if (codec === 'hevc') return firstVerdict(bytes, hevcVerdict);
  return codec === 'mpeg4' && hasIntraVop(bytes);
}

function firstVerdict(bytes: Buffer, verdictOf: (unit: Buffer) => boolean | undefined): boolean {
  let count = 0;
  for (const unit of nalUnits(bytes)) {
    const verdict = verdictOf(unit);
    if (verdict !== undefined) return verdict;
    count += 1;
    if (count === maxUnitsBeforeSlice) return false;
  }
  return false;
}

/** H.264 table 7-1: 1 to 4 slices and partitions, 5 IDR slice, 7 SPS. */
function h264Verdict(unit: Buffer): boolean | undefined {
  const type = (unit[0] ?? 0) & 0x1f;
  if (type === 5 || type === 7) return true;
  return type >= 1 && type <= 4 ? false : undefined;
}

/** HEVC table 7-1: 16 to 21 IRAP slices, below that other slices, 32 VPS, 33 SPS. */
function hevcVerdict(unit: Buffer): boolean | undefined {
  const type = ((unit[0] ?? 0) >> 1) & 0x3f;
  if ((type >= 16 && type <= 21) || type === 32 || type === 33) return true;
  return type < 16 ? false : undefined;
}

/** ISO/IEC 14496-2 6.2.5: vop_start_code B6, then vop_coding_type in two bits, 0 is intra. */
function hasIntraVop(bytes: Buffer): boolean {
  const at = bytes.indexOf(Buffer.from([0, 0, 1, 0xb6]));
  const codingType = at < 0 ? undefined : bytes[at + 4];
  return codingType !== undefined && codingType >> 6 === 0;
}
