import { asfPacketBytes, asfPrerollMs } from './asf-header-writer.ts';

export type { AsfAudioFormat, AsfStreamFormat } from './asf-header-writer.ts';
export { asfPrerollMs, renderAsfHeader } from './asf-header-writer.ts';

/** One video frame or one audio packet to send. */
export interface AsfOutputObject {
  /** As in the header, from 1. */
  readonly streamNumber: number;
  /** Presentation time without the preroll, in milliseconds; sent modulo 2^32. */
  readonly timeMs: number;
  readonly isKeyframe: boolean;
  readonly bytes: Buffer;
}

/**
 * Layout of every packet written here (ASF specification section 5.2). Fields of fixed size keep the writer free of
 * cases:
 *
 *   82 00 00  11  5d  [padding 2] [send time 4] [duration 2]  80|count   payloads ...  zeros
 *   |         |   |                                           |
 *   |         |   one byte each for stream and object number  payload lengths have two bytes
 *   |         |   and replicated length, four for the offset
 *   |         several payloads, padding length has two bytes
 *   error correction data of two bytes, both zero
 *
 * and of every payload (5.2.3.2):
 *
 *   [key flag 80 | stream] [object number] [offset 4] 08 [object size 4] [presentation time 4] [length 2] data
 */
const packetHeadBytes = 14;
const payloadHeadBytes = 17;
const paddingLengthAt = 5;
const payloadCountAt = 13;
/** The count has six bits. */
const maxPayloads = 63;
/** No point in starting an object in the last bytes of a packet. */
const leastPieceBytes = 32;

/** Cuts media objects into packets of 3200 bytes. Keeps nothing but the object numbers between calls. */
export class AsfPacketWriter {
  readonly #objectNumbers = new Map<number, number>();

  /**
   * Whole packets with these objects, the last padded: what a frame needs is sent at once and never waits for the next
   * frame to fill a packet, as a live encoder does it.
   */
  packets(objects: readonly AsfOutputObject[]): Buffer {
    const room = asfPacketBytes - packetHeadBytes;
    const total = objects.reduce((sum, { bytes }) => sum + bytes.length + 2 * payloadHeadBytes, 0);
    const most =
      Math.ceil(total / (room - payloadHeadBytes - leastPieceBytes)) +
      Math.ceil(objects.length / maxPayloads);
    const output = Buffer.alloc(most * asfPacketBytes);
    const packing = new Packing(output);
    for (const object of objects) {
      const number = this.#objectNumbers.get(object.streamNumber) ?? 0;
      this.#objectNumbers.set(object.streamNumber, (number + 1) & 0xff);
      packing.add(object, number);
    }
    return output.subarray(0, packing.finish());
  }
}

/** Fills one buffer with packets, front to back. The buffer is zeroed and large enough. */
class Packing {
  readonly #output: Buffer;
  #packetStart = 0;
  #at = 0;
  #payloadCount = 0;
  #firstTimeMs = 0;

  constructor(output: Buffer) {
    this.#output = output;
  }

  add(object: AsfOutputObject, objectNumber: number): void {
    let offset = 0;
    do {
      const left = this.#room() - payloadHeadBytes;
      if (
        this.#payloadCount === maxPayloads ||
        left < Math.min(leastPieceBytes, object.bytes.length - offset)
      ) {
        this.#closePacket();
      }
      if (this.#payloadCount === 0) this.#openPacket(object.timeMs);
      offset += this.#payload(object, objectNumber, offset);
    } while (offset < object.bytes.length);
    this.#output.writeUInt16LE(
      Math.max(0, Math.min(0xffff, Math.round(object.timeMs - this.#firstTimeMs))),
      this.#packetStart + payloadCountAt - 2,
    );
  }

  /** Ends the last packet and returns the length of all. */
  finish(): number {
    if (this.#payloadCount > 0) this.#closePacket();
    return this.#packetStart;
  }

  #room(): number {
    if (this.#payloadCount === 0) return asfPacketBytes - packetHeadBytes;
    return this.#packetStart + asfPacketBytes - this.#at;
  }

  #openPacket(timeMs: number): void {
    this.#firstTimeMs = timeMs;
    this.#output.set([0x82, 0, 0, 0x11, 0x5d], this.#packetStart);
    this.#output.writeUInt32LE(stamp(timeMs), this.#packetStart + paddingLengthAt + 2);
    this.#at = this.#packetStart + packetHeadBytes;
  }

  #payload(object: AsfOutputObject, objectNumber: number, offset: number): number {
    const length = Math.min(object.bytes.length - offset, this.#room() - payloadHeadBytes);
    const head = this.#at;
    this.#output.writeUInt8((object.isKeyframe ? 0x80 : 0) | object.streamNumber, head);
    this.#output.writeUInt8(objectNumber, head + 1);
    this.#output.writeUInt32LE(offset, head + 2);
    this.#output.writeUInt8(8, head + 6);
    this.#output.writeUInt32LE(object.bytes.length, head + 7);
    this.#output.writeUInt32LE(stamp(object.timeMs + asfPrerollMs), head + 11);
    this.#output.writeUInt16LE(length, head + 15);
    object.bytes.copy(this.#output, head + payloadHeadBytes, offset, offset + length);
    this.#at = head + payloadHeadBytes + length;
    this.#payloadCount++;
    return length;
  }

  #closePacket(): void {
    const end = this.#packetStart + asfPacketBytes;
    this.#output.writeUInt16LE(end - this.#at, this.#packetStart + paddingLengthAt);
    this.#output.writeUInt8(0x80 | this.#payloadCount, this.#packetStart + payloadCountAt);
    this.#packetStart = end;
    this.#payloadCount = 0;
  }
}

/** Stamps have 32 bits and wrap after 49.7 days. */
function stamp(timeMs: number): number {
  return Math.round(timeMs) >>> 0;
}
