/** Writes the bits of ITU-T H.264 7.2. */
class BitWriter {
  #bits = '';

  bits(value: number, count: number): this {
    this.#bits += value.toString(2).padStart(count, '0');
    return this;
  }

  unsigned(value: number): this {
    const code = (value + 1).toString(2);
    this.#bits += '0'.repeat(code.length - 1) + code;
    return this;
  }

  bytes(): Buffer {
    const whole = `${this.#bits}1`.padEnd(Math.ceil((this.#bits.length + 1) / 8) * 8, '0');
    return Buffer.from(whole.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? []);
  }
}

export interface SpsShape {
  readonly profile: number;
  readonly orderType: 0 | 2;
  /** Of 16x16 macroblocks. */
  readonly columns: number;
  /** max_num_reorder_frames; undefined: no bitstream_restriction. */
  readonly reorderDepth: number | undefined;
  readonly hasHrd: boolean;
}

/** A sequence parameter set with a header byte (7.3.2.1.1, E.1.1), 160 pixels high. */
export function spsOf(shape: Partial<SpsShape> = {}): Buffer {
  const { profile = 77, orderType = 0, columns = 20, reorderDepth, hasHrd = false } = shape;
  const bits = new BitWriter().bits(profile, 8).bits(0, 8).bits(30, 8).unsigned(0).unsigned(0);
  bits.unsigned(orderType);
  if (orderType === 0) bits.unsigned(0);
  bits.unsigned(4).bits(0, 1);
  bits.unsigned(columns - 1).unsigned(9);
  // Progressive, direct_8x8_inference, no cropping.
  bits.bits(0b110, 3);
  if (reorderDepth === undefined && !hasHrd) return nal(0x67, bits.bits(0, 1));
  // VUI without aspect ratio, overscan, video signal, chroma location and timing.
  bits.bits(1, 1).bits(0, 5);
  bits.bits(hasHrd ? 1 : 0, 1);
  if (hasHrd) bits.unsigned(0).bits(0, 8).unsigned(999).unsigned(999).bits(0, 1).bits(0, 20);
  bits.bits(0, 1);
  if (hasHrd) bits.bits(0, 1);
  bits.bits(0, 1);
  if (reorderDepth === undefined) return nal(0x67, bits.bits(0, 1));
  bits.bits(1, 1).bits(1, 1);
  return nal(
    0x67,
    bits.unsigned(0).unsigned(0).unsigned(11).unsigned(11).unsigned(reorderDepth).unsigned(4),
  );
}

function nal(header: number, bits: BitWriter): Buffer {
  return Buffer.concat([Buffer.from([header]), bits.bytes()]);
}

export const pps = Buffer.from([0x68, 0xce, 0x3c, 0x80]);
export const idrSlice = Buffer.from([0x65, 0x88, 0x80]);
export const slice = Buffer.from([0x41, 0x9a, 0x02]);
