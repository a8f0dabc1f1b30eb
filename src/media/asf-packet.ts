import { MediaFormatError } from '../lib/errors.ts';

/** One payload of a data packet: a media object or a piece of one (ASF specification 5.2.3). */
export interface AsfPayload {
  readonly streamNumber: number;
  readonly isKeyframe: boolean;
  readonly objectNumber: number;
  /** Where the data belongs in its media object. */
  readonly offset: number;
  readonly objectBytes: number;
  /** As stamped, preroll included, unsigned 32 bit. */
  readonly presentationMs: number;
  readonly data: Buffer;
}

/** Reads little-endian fields and never past the end. */
class FieldReader {
  offset: number;
  readonly end: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, offset: number, end: number) {
    if (end > bytes.length || offset > end) throw new MediaFormatError(outside);
    this.#bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  word(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  dword(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  /** A field of the length types of 5.2.2: absent (0), byte, word, double word. */
  variable(type: number): number {
    if (type === 0) return 0;
    return type === 1 ? this.byte() : type === 2 ? this.word() : this.dword();
  }

  slice(byteCount: number): Buffer {
    const at = this.#advance(byteCount);
    return this.#bytes.subarray(at, at + byteCount);
  }

  #advance(byteCount: number): number {
    const at = this.offset;
    if (at + byteCount > this.end) throw new MediaFormatError(outside);
    this.offset = at + byteCount;
    return at;
  }
}

const outside = 'A field of an ASF packet lies outside of it.';

/**
 * The payloads of one data packet of the file's fixed size. Throws MediaFormatError for bytes that cannot be a packet.
 *
 *     error correction  flags (1 LL t nnnn), n bytes           5.2.1, optional
 *     length types      e pp dd ss m: packet, padding, sequence, multiple payloads
 *     property flags    ss mm oo rr: stream number, object number, offset, replicated data
 *     packet length, sequence, padding length, send time, duration
 */
export function parseAsfPacket(bytes: Buffer): AsfPayload[] {
  const fields = new FieldReader(bytes, 0, bytes.length);
  const first = fields.byte();
  let lengthTypes = first;
  if ((first & 0x80) !== 0) {
    if ((first & 0x60) !== 0)
      throw new MediaFormatError('ASF error correction of an unknown kind.');
    fields.slice(first & 0x0f);
    lengthTypes = fields.byte();
  }
  const properties = fields.byte();
  if ((lengthTypes & 0x80) !== 0 || properties >> 6 !== 1) {
    throw new MediaFormatError('The flags of an ASF packet contradict the specification.');
  }
  const packetLength = fields.variable((lengthTypes >> 5) & 3) || bytes.length;
  fields.variable((lengthTypes >> 1) & 3);
  const padding = fields.variable((lengthTypes >> 3) & 3);
  const sendMs = fields.dword();
  fields.word();
  const body = new FieldReader(bytes, fields.offset, packetLength - padding);
  const reader = { body, properties, sendMs };
  return (lengthTypes & 1) === 0 ? readPayload(reader, undefined) : readMultiple(reader);
}

interface PayloadReader {
  readonly body: FieldReader;
  readonly properties: number;
  readonly sendMs: number;
}

/** 5.2.3.3. */
function readMultiple(reader: PayloadReader): AsfPayload[] {
  const flags = reader.body.byte();
  const payloads: AsfPayload[] = [];
  for (let left = flags & 0x3f; left > 0; left -= 1) {
    payloads.push(...readPayload(reader, flags >> 6));
  }
  return payloads;
}

/** `lengthType` is undefined for a single payload, which goes on to the end of the packet. */
function readPayload(reader: PayloadReader, lengthType: number | undefined): AsfPayload[] {
  const { body, properties, sendMs } = reader;
  const stream = body.byte();
  const objectNumber = body.variable((properties >> 4) & 3);
  const offset = body.variable((properties >> 2) & 3);
  const replicatedLength = body.variable(properties & 3);
  const head = { streamNumber: stream & 0x7f, isKeyframe: stream >= 0x80, objectNumber };
  if (replicatedLength === 1) {
    const deltaMs = body.byte();
    const packed = body.slice(lengthOf(body, lengthType));
    return readCompressed(packed, { ...head, presentationMs: offset }, deltaMs);
  }
  const replicated = body.slice(replicatedLength);
  const data = body.slice(lengthOf(body, lengthType));
  const hasTimes = replicated.length >= 8;
  if (!hasTimes && replicated.length > 0)
    throw new MediaFormatError('ASF replicated data is too short.');
  const objectBytes = hasTimes ? replicated.readUInt32LE(0) : offset + data.length;
  if (offset + data.length > objectBytes) {
    throw new MediaFormatError('An ASF payload lies outside of its media object.');
  }
  const presentationMs = hasTimes ? replicated.readUInt32LE(4) : sendMs;
  return [{ ...head, offset, objectBytes, presentationMs, data }];
}

function lengthOf(body: FieldReader, lengthType: number | undefined): number {
  return lengthType === undefined ? body.end - body.offset : body.variable(lengthType);
}

/** 5.2.3.2 and 5.2.3.4: whole objects in a row, each behind a byte with its length; the offset field is the time of the first. */
function readCompressed(
  packed: Buffer,
  first: Pick<AsfPayload, 'streamNumber' | 'isKeyframe' | 'objectNumber' | 'presentationMs'>,
  deltaMs: number,
): AsfPayload[] {
  const fields = new FieldReader(packed, 0, packed.length);
  const payloads: AsfPayload[] = [];
  while (fields.offset < fields.end) {
    const data = fields.slice(fields.byte());
    const index = payloads.length;
    payloads.push({
      ...first,
      objectNumber: first.objectNumber + index,
      presentationMs: (first.presentationMs + index * deltaMs) % 2 ** 32,
      offset: 0,
      objectBytes: data.length,
      data,
    });
  }
  return payloads;
}
