/** Transport packets of ISO/IEC 13818-1 2.4.3. */

const packetBytes = 188;
const headBytes = 4;
/** Room behind the head of a packet. */
const roomBytes = packetBytes - headBytes;
/** 2^33: PTS, DTS and the base of PCR count 90 kHz in 33 bits. */
export const clockRange = 0x2_0000_0000;

/** What the adaptation field of a packet says (2.4.3.4). */
interface Adaptation {
  /** A decoder can start here. */
  readonly isRandomAccess: boolean;
  /** The time base begins anew with this PCR. */
  readonly isDiscontinuity: boolean;
  /** Program clock reference in ticks of 90 kHz; undefined: none. */
  readonly pcr: number | undefined;
}

/**
 * Cuts payloads into packets and numbers them: the continuity counter of each PID runs on for the life of the object
 * (2.4.3.3), so consecutive segments join without a seam.
 */
export class Packetizer {
  readonly #counters = new Map<number, number>();
  #packets: Buffer[] = [];

  /** All packets since the last call. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#packets);
    this.#packets = [];
    return bytes;
  }

  /** A table: pointer_field 0, the section, stuffing of ones (2.4.4.1). It must fit into one packet. */
  addSection(pid: number, section: Buffer): void {
    const payload = Buffer.alloc(roomBytes, 0xff);
    payload[0] = 0;
    section.copy(payload, 1);
    this.addPayload(pid, payload, undefined);
  }

  /** A PES packet; the first transport packet has the adaptation field, the last is filled up by another. */
  addPayload(pid: number, payload: Buffer, adaptation: Adaptation | undefined): void {
    let first = adaptation;
    let offset = 0;
    while (offset < payload.length) {
      const taken = Math.min(roomBytes - fieldBytes(first), payload.length - offset);
      const packet = Buffer.alloc(packetBytes, 0xff);
      this.#writeHead(packet, { pid, isStart: offset === 0, hasPayload: true, taken });
      if (taken < roomBytes) writeField(packet, roomBytes - taken, first);
      payload.copy(packet, packetBytes - taken, offset, offset + taken);
      this.#packets.push(packet);
      offset += taken;
      first = undefined;
    }
  }

  /** A packet that only tells the time; the counter stands still without payload (2.4.3.3). */
  addClock(pid: number, adaptation: Adaptation): void {
    const packet = Buffer.alloc(packetBytes, 0xff);
    this.#writeHead(packet, { pid, isStart: false, hasPayload: false, taken: 0 });
    writeField(packet, roomBytes, adaptation);
    this.#packets.push(packet);
  }

  /**
   * ```
   * sync(8)=47 error(1) unit_start(1) priority(1) PID(13)
   * scrambling(2) adaptation(1) payload(1) continuity_counter(4)
   * ```
   */
  #writeHead(
    packet: Buffer,
    head: { pid: number; isStart: boolean; hasPayload: boolean; taken: number },
  ): void {
    const { pid, isStart, hasPayload, taken } = head;
    const previous = this.#counters.get(pid) ?? 15;
    const counter = hasPayload ? (previous + 1) & 0xf : previous;
    this.#counters.set(pid, counter);
    packet.writeUInt8(0x47, 0);
    packet.writeUInt16BE((isStart ? 0x4000 : 0) | pid, 1);
    const hasField = taken < roomBytes;
    packet.writeUInt8((hasField ? 0x20 : 0) | (hasPayload ? 0x10 : 0) | counter, 3);
  }
}

function fieldBytes(adaptation: Adaptation | undefined): number {
  if (adaptation === undefined) return 0;
  return adaptation.pcr === undefined ? 2 : 8;
}

/**
 * Fills `byteCount` bytes behind the head, stuffing included; a field of one byte is its length alone.
 *
 * ```
 * length(8) discontinuity(1) random_access(1) priority(1) PCR_flag(1) other flags(4)=0
 * { base(33) reserved(6) extension(9)=0 }  stuffing FF
 * ```
 */
function writeField(packet: Buffer, byteCount: number, adaptation: Adaptation | undefined): void {
  packet.writeUInt8(byteCount - 1, headBytes);
  if (byteCount === 1) return;
  const { isDiscontinuity = false, isRandomAccess = false, pcr } = adaptation ?? {};
  const flags = (isDiscontinuity ? 0x80 : 0) | (isRandomAccess ? 0x40 : 0);
  packet.writeUInt8(flags | (pcr === undefined ? 0 : 0x10), headBytes + 1);
  if (pcr === undefined) return;
  const base = pcr % clockRange;
  packet.writeUInt32BE(Math.floor(base / 2), headBytes + 2);
  packet.writeUInt16BE(((base & 1) << 15) | 0x7e00, headBytes + 6);
}
