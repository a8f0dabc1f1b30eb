/** Elements of EBML (RFC 8794) with the identifiers of Matroska (RFC 9559), in hexadecimal. */
const ids = {
  ebml: '1a45dfa3',
  docType: '4282',
  docTypeVersion: '4287',
  docTypeReadVersion: '4285',
  info: '1549a966',
  timestampScale: '2ad7b1',
  muxingApp: '4d80',
  writingApp: '5741',
  tracks: '1654ae6b',
  trackEntry: 'ae',
  trackNumber: 'd7',
  trackUid: '73c5',
  trackType: '83',
  flagLacing: '9c',
  codecId: '86',
  codecPrivate: '63a2',
  video: 'e0',
  pixelWidth: 'b0',
  pixelHeight: 'ba',
  audio: 'e1',
  samplingFrequency: 'b5',
  channels: '9f',
  bitDepth: '6264',
} as const;

export type ElementName = keyof typeof ids;

export function element(name: ElementName, ...content: readonly Buffer[]): Buffer {
  const byteCount = content.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Buffer.from(ids[name], 'hex'), size(byteCount), ...content]);
}

export function textElement(name: ElementName, value: string): Buffer {
  return element(name, Buffer.from(value, 'latin1'));
}

/** An unsigned integer. */
export function numberElement(name: ElementName, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(name, bytes);
}

export function floatElement(name: ElementName, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(name, bytes);
}

/** Sizes take 8 bytes, the first of which says so (RFC 8794 4). */
function size(byteCount: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE((1n << 56n) | BigInt(byteCount));
  return bytes;
}
