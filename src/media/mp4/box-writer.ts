/** Writes boxes of ISO/IEC 14496-12 4.2. For headers, which are written once; fragments have a writer of their own. */

export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const byteCount = content.reduce((sum, { length }) => sum + length, 8);
  return Buffer.concat([uint32(byteCount), Buffer.from(type, 'latin1'), ...content], byteCount);
}

/** With version 0. */
export function fullBox(type: string, flags: number, ...content: readonly Buffer[]): Buffer {
  return box(type, uint32(flags), ...content);
}

export function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16BE(value & 0xffff, 2 * index));
  return bytes;
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, 4 * index));
  return bytes;
}
