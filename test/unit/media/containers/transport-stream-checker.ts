/**
 * An MPEG-2 transport stream read as a receiver does (ISO/IEC 13818-1), by code of its own: it shares nothing with the
 * writer. Every rule that is broken becomes a sentence in `problems`.
 */

export interface CheckedUnit {
  readonly pid: number;
  readonly pts: number;
  readonly dts: number;
  readonly isRandomAccess: boolean;
  readonly payload: Buffer;
}

export interface CheckedStream {
  readonly problems: readonly string[];
  /** By PID, as the program map says. */
  readonly streamTypes: ReadonlyMap<number, number>;
  readonly mapVersion: number;
  readonly units: readonly CheckedUnit[];
  /** In ticks of 90 kHz. */
  readonly clocks: readonly number[];
}

interface OpenUnit {
  isRandomAccess: boolean;
  chunks: Buffer[];
}

/** Carried from segment to segment; make one per rendition. */
export class TransportStreamChecker {
  readonly #counters = new Map<number, number>();
  #lastClock: number | undefined;

  check(bytes: Buffer): CheckedStream {
    const reading = new Reading(this.#counters, this.#lastClock);
    for (let offset = 0; offset < bytes.length; offset += 188) {
      reading.packet(bytes.subarray(offset, offset + 188), offset / 188);
    }
    reading.end();
    this.#lastClock = reading.clocks.at(-1);
    return reading;
  }
}

class Reading implements CheckedStream {
  readonly problems: string[] = [];
  readonly streamTypes = new Map<number, number>();
  readonly units: CheckedUnit[] = [];
  readonly clocks: number[] = [];
  mapVersion = -1;
  readonly #counters: Map<number, number>;
  #lastClock: number | undefined;
  #mapPid = -1;
  #clockPid = -1;
  readonly #open = new Map<number, OpenUnit>();

  constructor(counters: Map<number, number>, lastClock: number | undefined) {
    this.#counters = counters;
    this.#lastClock = lastClock;
  }

  packet(packet: Buffer, index: number): void {
    if (packet.length !== 188 || packet[0] !== 0x47) {
      this.#problem(`packet ${index}: no packet`);
      return;
    }
    const word = packet.readUInt16BE(1);
    const pid = word & 0x1fff;
    if ((word & 0x8000) !== 0) this.#problem(`packet ${index}: error indicator`);
    const control = packet.readUInt8(3);
    if (control >> 6 !== 0) this.#problem(`packet ${index}: scrambled`);
    const hasPayload = (control & 0x10) !== 0;
    this.#count(pid, control & 0xf, hasPayload);
    let offset = 4;
    let isRandomAccess = false;
    if ((control & 0x20) !== 0) {
      const length = packet.readUInt8(4);
      if (length > (hasPayload ? 182 : 183)) this.#problem(`packet ${index}: adaptation too long`);
      if (!hasPayload && length !== 183) this.#problem(`packet ${index}: adaptation too short`);
      if (length > 0) isRandomAccess = this.#adaptation(packet.subarray(5, 5 + length), pid);
      offset = 5 + length;
    }
    if (!hasPayload) return;
    const isStart = (word & 0x4000) !== 0;
    const payload = packet.subarray(offset);
    if (index === 0 && pid !== 0) this.#problem('the first packet is no PAT');
    if (index === 1 && pid !== this.#mapPid) this.#problem('the second packet is no PMT');
    if (pid === 0) this.#association(this.#section(payload, isStart));
    else if (pid === this.#mapPid) this.#map(this.#section(payload, isStart));
    else this.#pes(pid, payload, { isStart, isRandomAccess });
  }

  end(): void {
    for (const pid of this.#open.keys()) this.#closeUnit(pid);
  }

  #problem(text: string): void {
    this.problems.push(text);
  }

  #count(pid: number, counter: number, hasPayload: boolean): void {
    const last = this.#counters.get(pid);
    if (last !== undefined) {
      const due = hasPayload ? (last + 1) % 16 : last;
      if (counter !== due) this.#problem(`pid ${pid}: counter ${counter} after ${last}`);
    }
    this.#counters.set(pid, counter);
  }

  #adaptation(field: Buffer, pid: number): boolean {
    const flags = field.readUInt8(0);
    const isDiscontinuity = (flags & 0x80) !== 0;
    const hasClock = (flags & 0x10) !== 0;
    const stuffing = field.subarray(hasClock ? 7 : 1);
    if ((flags & 0x0f) !== 0) this.#problem('unexpected adaptation fields');
    if (stuffing.some((byte) => byte !== 0xff)) this.#problem('stuffing is not FF');
    if (!hasClock) return (flags & 0x40) !== 0;
    if (pid !== this.#clockPid) this.#problem(`PCR on pid ${pid}`);
    const clock = field.readUInt32BE(1) * 2 + (field.readUInt8(5) >> 7);
    if ((field.readUInt8(5) & 0x7f) !== 0x7e || field.readUInt8(6) !== 0) {
      this.#problem('PCR: reserved bits or extension');
    }
    const step = this.#lastClock === undefined ? 0 : clock - this.#lastClock;
    const isWrap = step < -(2 ** 32);
    if (!isDiscontinuity && !isWrap && (step < 0 || step > 9_000)) {
      this.#problem(`PCR: step of ${step}`);
    }
    this.#lastClock = clock;
    this.clocks.push(clock);
    return (flags & 0x40) !== 0;
  }

  #section(payload: Buffer, isStart: boolean): Buffer {
    if (!isStart || payload[0] !== 0) this.#problem('a table does not start in its packet');
    const length = payload.readUInt16BE(2) & 0xfff;
    const section = payload.subarray(1, 4 + length);
    if (payload.subarray(4 + length).some((byte) => byte !== 0xff)) this.#problem('table stuffing');
    // A CRC over everything including itself is 0.
    if (crc(section) !== 0) this.#problem('wrong CRC of a table');
    if ((section.readUInt8(5) & 1) !== 1) this.#problem('a table that is not yet valid');
    return section;
  }

  #association(section: Buffer): void {
    if (section[0] !== 0 || section.length !== 16) this.#problem('no PAT with one program');
    this.#mapPid = section.readUInt16BE(10) & 0x1fff;
  }

  #map(section: Buffer): void {
    if (section[0] !== 2) this.#problem('no PMT');
    this.mapVersion = (section.readUInt8(5) >> 1) & 0x1f;
    this.#clockPid = section.readUInt16BE(8) & 0x1fff;
    let offset = 12 + (section.readUInt16BE(10) & 0xfff);
    this.streamTypes.clear();
    while (offset < section.length - 4) {
      this.streamTypes.set(section.readUInt16BE(offset + 1) & 0x1fff, section.readUInt8(offset));
      offset += 5 + (section.readUInt16BE(offset + 3) & 0xfff);
    }
    if (!this.streamTypes.has(this.#clockPid)) this.#problem('PCR_PID is no stream');
  }

  #pes(pid: number, payload: Buffer, flags: { isStart: boolean; isRandomAccess: boolean }): void {
    if (!this.streamTypes.has(pid)) this.#problem(`pid ${pid} is not in the PMT`);
    if (flags.isStart) {
      this.#closeUnit(pid);
      this.#open.set(pid, { isRandomAccess: flags.isRandomAccess, chunks: [] });
    }
    const open = this.#open.get(pid);
    if (open === undefined) this.#problem(`pid ${pid}: payload before a start`);
    open?.chunks.push(payload);
  }

  #closeUnit(pid: number): void {
    const open = this.#open.get(pid);
    this.#open.delete(pid);
    if (open === undefined) return;
    const pes = Buffer.concat(open.chunks);
    if (pes.readUInt32BE(0) >>> 8 !== 1) this.#problem(`pid ${pid}: no PES start code`);
    const length = pes.readUInt16BE(4);
    if (length !== 0 && length !== pes.length - 6)
      this.#problem(`pid ${pid}: PES length ${length}`);
    if (length === 0 && pes[3] !== 0xe0) this.#problem('unbounded PES that is no video');
    const hasDts = pes.readUInt8(7) >> 6 === 3;
    const pts = this.#time(pes.subarray(9), hasDts ? 3 : 2);
    const dts = hasDts ? this.#time(pes.subarray(14), 1) : pts;
    const { isRandomAccess } = open;
    const unit = { pid, pts, dts, isRandomAccess, payload: pes.subarray(9 + pes.readUInt8(8)) };
    if (this.streamTypes.get(pid) === 0x1b) this.#picture(unit);
    else this.#sound(unit);
    this.units.push(unit);
  }

  #time(bytes: Buffer, prefix: number): number {
    const [high, middle, low] = [bytes.readUInt8(0), bytes.readUInt16BE(1), bytes.readUInt16BE(3)];
    const hasMarkers = (high & middle & low & 1) === 1;
    if (!hasMarkers || high >> 4 !== prefix) this.#problem('wrong marker bits of a time stamp');
    return ((high >> 1) & 7) * 2 ** 30 + (middle >> 1) * 2 ** 15 + (low >> 1);
  }

  #picture({ payload, isRandomAccess }: CheckedUnit): void {
    const types = annexBTypes(payload);
    if (types[0] !== 9 || types.indexOf(9, 1) !== -1) this.#problem(`units ${types.join()}`);
    const idr = types.indexOf(5);
    if ((idr !== -1) !== isRandomAccess) this.#problem('random access indicator');
    if (idr === -1) return;
    const [sps, pps] = [types.indexOf(7), types.indexOf(8)];
    if (sps === -1 || pps === -1 || sps > idr || pps > idr)
      this.#problem(`keyframe: ${types.join()}`);
  }

  #sound({ payload }: CheckedUnit): void {
    if (adtsFrames(payload) === undefined) this.#problem('the payload is not a row of ADTS frames');
  }
}

/** The raw frames behind their headers; undefined when they do not fill the payload exactly. */
export function adtsFrames(payload: Buffer): Buffer[] | undefined {
  const frames: Buffer[] = [];
  let offset = 0;
  while (offset < payload.length) {
    if (offset + 7 > payload.length || payload.readUInt16BE(offset) !== 0xfff1) return undefined;
    const length = (payload.readUInt32BE(offset + 2) >>> 5) & 0x1fff;
    if (length < 7 || offset + length > payload.length) return undefined;
    frames.push(payload.subarray(offset + 7, offset + length));
    offset += length;
  }
  return frames;
}

function annexBTypes(payload: Buffer): number[] {
  const types: number[] = [];
  for (let at = payload.indexOf('000001', 0, 'hex'); at >= 0;) {
    types.push((payload[at + 3] ?? 0) & 0x1f);
    at = payload.indexOf('000001', at + 3, 'hex');
  }
  return types;
}

function crc(bytes: Buffer): number {
  let value = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const isSet = (value >> 31n) ^ BigInt((byte >> bit) & 1);
      value = ((value << 1n) & 0xffffffffn) ^ (isSet === 1n ? 0x04c11db7n : 0n);
    }
  }
  return Number(value);
}
