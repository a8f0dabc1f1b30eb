/** NAL units of H.264 (ITU-T H.264 annex B, ISO/IEC 14496-15) and HEVC, in both framings. */

/** `length4`: each unit behind its length in 4 bytes, as in MP4 with avcC. */
type NalFraming = 'annexb' | 'length4';

/**
 * By the first bytes. 00 00 01 is a start code or the length of a unit of 256 to 511 bytes: it is a length when the
 * lengths lead exactly to the end.
 */
function framingOf(accessUnit: Buffer): NalFraming {
  const first = accessUnit.length < 4 ? 0 : accessUnit.readUInt32BE(0);
  if (first <= 1) return 'annexb';
  return first >> 8 === 1 && !isLengthChain(accessUnit) ? 'annexb' : 'length4';
}

function isLengthChain(bytes: Buffer): boolean {
  let offset = 0;
  while (offset + 4 < bytes.length) offset += 4 + bytes.readUInt32BE(offset);
  return offset === bytes.length;
}

/** NAL units without start codes and lengths. The last one may be cut short when the access unit is. Never throws. */
export function nalUnits(accessUnit: Buffer): Generator<Buffer, void, undefined> {
  return framingOf(accessUnit) === 'annexb' ? annexBUnits(accessUnit) : prefixedUnits(accessUnit);
}

const startCode = Buffer.from([0, 0, 1]);

function* annexBUnits(bytes: Buffer): Generator<Buffer, void, undefined> {
  let at = bytes.indexOf(startCode);
  while (at >= 0) {
    const begin = at + startCode.length;
    at = bytes.indexOf(startCode, begin);
    const unit = bytes.subarray(begin, endOfUnit(bytes, begin, at < 0 ? bytes.length : at));
    if (unit.length > 0) yield unit;
  }
}

/** B.1: trailing_zero_8bits and the zero_byte of the next start code belong to no unit. */
function endOfUnit(bytes: Buffer, begin: number, next: number): number {
  let end = next;
  while (end > begin && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** NAL units that each follow their length in 4 bytes. Otherwise as nalUnits(). */
export function* prefixedUnits(bytes: Buffer): Generator<Buffer, void, undefined> {
  let offset = 0;
  while (offset + 4 < bytes.length) {
    const begin = offset + 4;
    offset = begin + bytes.readUInt32BE(offset);
    const unit = bytes.subarray(begin, offset);
    if (unit.length > 0) yield unit;
  }
}
