import { BitReader, withoutEmulation } from './bit-reader.ts';

/**
 * Pixels of the frame before cropping, by one NAL unit of type 33 with its two header bytes (ITU-T H.265 7.3.2.2.1).
 * Throws MediaFormatError when it is cut short.
 */
export function hevcCodedPixels(nal: Buffer): number {
  const bits = new BitReader(withoutEmulation(nal.subarray(2, 256)));
  bits.bits(4);
  const subLayerCount = bits.bits(3);
  bits.flag();
  skipProfileTierLevel(bits, subLayerCount);
  bits.unsigned();
  const isSeparate = bits.unsigned() === 3 && bits.flag();
  const [width, height] = [bits.unsigned(), bits.unsigned()];
  return (isSeparate ? 3 : 1) * width * height;
}

/** 7.3.3: 88 bits of profile and 8 of level, for the stream and for each lower layer that says so. */
function skipProfileTierLevel(bits: BitReader, subLayerCount: number): void {
  skip(bits, 96);
  const present = Array.from({ length: subLayerCount }, () => [bits.flag(), bits.flag()]);
  if (subLayerCount > 0) skip(bits, 2 * (8 - subLayerCount));
  for (const [hasProfile, hasLevel] of present) {
    skip(bits, (hasProfile === true ? 88 : 0) + (hasLevel === true ? 8 : 0));
  }
}

function skip(bits: BitReader, count: number): void {
  for (let left = count; left > 0; left -= 1) bits.flag();
}
