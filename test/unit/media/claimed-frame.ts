/** Frames whose headers claim more than they hold (ITU-T H.264 7.3.2.1, 7.3.2.2, 7.3.3; T.81 B.2.2). */

class BitWriter {
  #bits = '';

  bits(value: number, count: number): this {
    this.#bits += value.toString(2).padStart(count, '0');
    return this;
  }

  /** ue(v); se(v) of 0 is the same. */
  unsigned(...values: number[]): this {
    for (const value of values) {
      const code = (value + 1).toString(2);
      this.#bits += '0'.repeat(code.length - 1) + code;
    }
    return this;
  }

  /** With the stop bit, and 00 00 03 for 00 00. */
  nal(header: number): Buffer {
    const padded = `${this.#bits}1`.padEnd(8 * Math.ceil((this.#bits.length + 1) / 8), '0');
    const bytes = [...padded.matchAll(/.{8}/g)].map(([byte]) => Number.parseInt(byte, 2));
    const safe: number[] = [];
    for (const byte of bytes) {
      const isCode = byte <= 3 && safe.at(-1) === 0 && safe.at(-2) === 0;
      if (isCode) safe.push(3);
      safe.push(byte);
    }
    return Buffer.from([0, 0, 0, 1, header, ...safe]);
  }
}

export interface ClaimedSize {
  /** Of the coded frame, in macroblocks of 16 pixels. */
  readonly columns: number;
  readonly rows: number;
  /** Cut off at the right and at the bottom, in units of two pixels. */
  readonly crop?: { readonly right: number; readonly bottom: number };
}

/** SPS, PPS and an IDR slice of no content, Baseline, Annex B: some 40 bytes for a frame of any size. */
export function claimedKeyframe({ columns, rows, crop }: ClaimedSize): Buffer {
  const sps = new BitWriter().bits(66, 8).bits(0, 8).bits(62, 8).unsigned(0, 0, 2, 1).bits(0, 1);
  sps
    .unsigned(columns - 1, rows - 1)
    .bits(0b11, 2)
    .bits(crop === undefined ? 0 : 1, 1);
  if (crop !== undefined) sps.unsigned(0, crop.right, 0, crop.bottom);
  const pps = new BitWriter().unsigned(0, 0).bits(0, 2).unsigned(0, 0, 0).bits(0, 3);
  pps.unsigned(0, 0, 0).bits(0, 3);
  const slice = new BitWriter().unsigned(0, 7, 0).bits(0, 4).unsigned(0).bits(0, 2).unsigned(0);
  slice.unsigned(3, 0, 0, 0);
  return Buffer.concat([sps.bits(0, 1).nal(0x67), pps.nal(0x68), slice.nal(0x65)]);
}
