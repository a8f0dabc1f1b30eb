import { MediaFormatError } from '../../lib/errors.ts';

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

  skip(byteCount: number): void {
    this.#advance(byteCount);
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

/** Error correction of up to 15 bytes behind its flags, then the flags of the packet. */
export const maxFlagsBytes = 18;

/**
 * Whether the flags at this offset can be those of a packet: as `parseAsfPacket` judges them, and much cheaper,
 * because garbage may look like a begin at every byte.
 */
export function canBeginPacket(bytes: Buffer, at: number): boolean {
  const first = bytes[at] ?? 0;
  const hasErrorCorrection = (first & 0x80) !== 0;
  if (hasErrorCorrection && (first & 0x60) !== 0) return false;
  const flagsAt = hasErrorCorrection ? at + 1 + (first & 0x0f) : at;
  const lengthTypes = bytes[flagsAt] ?? 0x80;
  const properties = bytes[flagsAt + 1] ?? 0;
  return (lengthTypes & 0x80) === 0 && properties >> 6 === 1;
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
    fields.skip(first & 0x0f);
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
  const reader = new PayloadReader({ body, properties, sendMs });
  if ((lengthTypes & 1) === 0) reader.read(undefined);
  else reader.readMultiple();
  return reader.payloads;
}

/** What the head of a packet says about its payloads. */
interface PayloadLayout {
  readonly body: FieldReader;
  readonly properties: number;
  readonly sendMs: number;
}

class PayloadReader {
  readonly payloads: AsfPayload[] = [];
  readonly #layout: PayloadLayout;

  constructor(layout: PayloadLayout) {
    this.#layout = layout;
  }

  /** 5.2.3.3. */
  readMultiple(): void {
    const flags = this.#layout.body.byte();
    for (let left = flags & 0x3f; left > 0; left -= 1) this.read(flags >> 6);
  }

  /** One payload; `lengthType` is undefined for a single one, which goes on to the end of the packet. */
  read(lengthType: number | undefined): void {
    const { body, properties } = this.#layout;
    const stream = body.byte();
    const objectNumber = body.variable((properties >> 4) & 3);
    const offset = body.variable((properties >> 2) & 3);
    const replicatedBytes = body.variable(properties & 3);
    if (replicatedBytes === 1) {
      const deltaMs = body.byte();
      const packed = body.slice(lengthOf(body, lengthType));
      this.#readCompressed({ stream, objectNumber, firstMs: offset, deltaMs, packed });
      return;
    }
    const times = this.#readReplicated(replicatedBytes);
    const data = body.slice(lengthOf(body, lengthType));
    const end = offset + data.length;
    if (times !== undefined && end > times.objectBytes) {
      throw new MediaFormatError('An ASF payload lies outside of its media object.');
    }
    this.payloads.push({
      streamNumber: stream & 0x7f,
      isKeyframe: stream >= 0x80,
      objectNumber,
      offset,
      objectBytes: times?.objectBytes ?? end,
      presentationMs: times?.presentationMs ?? this.#layout.sendMs,
      data,
    });
  }

  /** 5.2.3.1: size and time of the media object, then what extensions add. None at all: the payload is the object. */
  #readReplicated(byteCount: number): { objectBytes: number; presentationMs: number } | undefined {
    if (byteCount === 0) return undefined;
    if (byteCount < 8) throw new MediaFormatError('ASF replicated data is too short.');
    const { body } = this.#layout;
    const times = { objectBytes: body.dword(), presentationMs: body.dword() };
    body.skip(byteCount - 8);
    return times;
  }

  /**
   * 5.2.3.2 and 5.2.3.4: whole objects in a row, each behind a byte with its length; the offset field is the time of
   * the first.
   */
  #readCompressed(row: {
    stream: number;
    objectNumber: number;
    firstMs: number;
    deltaMs: number;
    packed: Buffer;
  }): void {
    const fields = new FieldReader(row.packed, 0, row.packed.length);
    for (let index = 0; fields.offset < fields.end; index += 1) {
      const data = fields.slice(fields.byte());
      this.payloads.push({
        streamNumber: row.stream & 0x7f,
        isKeyframe: row.stream >= 0x80,
        objectNumber: row.objectNumber + index,
        offset: 0,
        objectBytes: data.length,
        presentationMs: (row.firstMs + index * row.deltaMs) % 2 ** 32,
        data,
      });
    }
  }
}

function lengthOf(body: FieldReader, lengthType: number | undefined): number {
  return lengthType === undefined ? body.end - body.offset : body.variable(lengthType);
}
