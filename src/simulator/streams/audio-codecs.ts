/** Encoders from 16 bit samples to what cameras send. All at 8 kHz mono. */

export const sampleRate = 8000;

/**
 * Step sizes of the IMA ADPCM reference algorithm (IMA Digital Audio Focus Group, 1992): about 1.1 to the power of the
 * index.
 */
const steps = Int16Array.from(
  (
    '7 8 9 10 11 12 13 14 16 17 19 21 23 25 28 31 34 37 41 45 50 55 60 66 73 80 88 97 107 118 ' +
    '130 143 157 173 190 209 230 ' +
    '253 279 307 337 371 408 449 494 544 598 658 724 796 876 963 1060 1166 1282 1411 1552 1707 ' +
    '1878 2066 2272 2499 2749 ' +
    '3024 3327 3660 4026 4428 4871 5358 5894 6484 7132 7845 8630 9493 10442 11487 12635 13899 ' +
    '15289 16818 18500 20350 ' +
    '22385 24623 27086 29794 32767'
  ).split(' '),
  Number,
);
const indexChanges = [-1, -1, -1, -1, 2, 4, 6, 8] as const;

/**
 * A block of IMA ADPCM: 4 bytes of header (first sample, step index, 0), then two samples a byte, low nibble first.
 */
export function adpcmBlockSamples(blockBytes: number): number {
  return (blockBytes - 4) * 2 + 1;
}

/** Microsoft's framing of IMA ADPCM (format tag 0x0011), mono. Keeps the step index from block to block. */
export class AdpcmEncoder {
  #index = 0;

  /** An odd number of samples in, one block out. */
  encode(samples: Int16Array): Buffer {
    const block = Buffer.alloc(4 + (samples.length - 1) / 2);
    let predicted = samples[0] ?? 0;
    block.writeInt16LE(predicted, 0);
    block.writeUInt8(this.#index, 2);
    for (let n = 1; n < samples.length; n++) {
      const step = steps[this.#index] ?? 7;
      let difference = (samples[n] ?? 0) - predicted;
      let nibble = 0;
      if (difference < 0) {
        nibble = 8;
        difference = -difference;
      }
      // The decoder's own arithmetic (sum of shifted steps), so that both predict the same.
      let change = step >> 3;
      for (const [bit, part] of [
        [4, step],
        [2, step >> 1],
        [1, step >> 2],
      ] as const) {
        if (difference < part) continue;
        nibble |= bit;
        difference -= part;
        change += part;
      }
      predicted = clamp(predicted + (nibble & 8 ? -change : change), -32768, 32767);
      this.#index = clamp(this.#index + (indexChanges[nibble & 7] ?? 0), 0, 88);
      const at = 4 + ((n - 1) >> 1);
      block[at] = (block[at] ?? 0) | ((n - 1) % 2 === 0 ? nibble : nibble << 4);
    }
    return block;
  }
}

/** ITU-T G.711 mu-law. */
export function encodeMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32635) + 132;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff;
}

/** ITU-T G.711 A-law. */
export function encodeAlaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(sample < 0 ? -sample - 1 : sample, 32767);
  const exponent = Math.max(0, Math.floor(Math.log2(Math.max(1, magnitude))) - 7);
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 15;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
