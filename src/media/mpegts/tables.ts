/** Program specific information of ISO/IEC 13818-1 2.4.4: one program with one or two streams. */

/** The packet identifiers that this writer uses; any from 0x10 to 0x1ffe would do (table 2-3). */
export const pids = { pat: 0x0000, pmt: 0x1000, video: 0x0100, audio: 0x0101 } as const;

const programNumber = 1;
const transportStreamId = 1;

/** stream_type of table 2-34: H.264, and AAC in ADTS. */
const streamTypes = { video: 0x1b, audio: 0x0f } as const;

/**
 * The program association table (2.4.4.3): program 1 is described at `pids.pmt`.
 *
 * ```
 * table_id(8) section_syntax(1)=1 0(1) reserved(2) section_length(12)
 * transport_stream_id(16) reserved(2) version(5) current_next(1)=1 section_number(8) last_section(8)
 * { program_number(16) reserved(3) PID(13) }  CRC_32(32)
 * ```
 */
export function programAssociation(): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt16BE(programNumber, 0);
  body.writeUInt16BE(0xe000 | pids.pmt, 2);
  return section({ tableId: 0x00, extension: transportStreamId, version: 0, body });
}

/**
 * The program map table (2.4.4.8). `version` counts, modulo 32, how often the streams have changed.
 *
 * ```
 * ... as above with program_number in place of transport_stream_id
 * reserved(3) PCR_PID(13) reserved(4) program_info_length(12)=0
 * { stream_type(8) reserved(3) PID(13) reserved(4) ES_info_length(12)=0 }  CRC_32(32)
 * ```
 */
export function programMap(options: { hasAudio: boolean; version: number }): Buffer {
  const kinds = options.hasAudio ? (['video', 'audio'] as const) : (['video'] as const);
  const body = Buffer.alloc(4 + 5 * kinds.length);
  body.writeUInt16BE(0xe000 | pids.video, 0);
  body.writeUInt16BE(0xf000, 2);
  kinds.forEach((kind, index) => {
    const at = 4 + 5 * index;
    body.writeUInt8(streamTypes[kind], at);
    body.writeUInt16BE(0xe000 | pids[kind], at + 1);
    body.writeUInt16BE(0xf000, at + 3);
  });
  return section({ tableId: 0x02, extension: programNumber, version: options.version, body });
}

/** 2.4.4.1: what the tables have in common. */
function section(table: {
  tableId: number;
  extension: number;
  version: number;
  body: Buffer;
}): Buffer {
  const { tableId, extension, version, body } = table;
  const bytes = Buffer.alloc(8 + body.length + 4);
  bytes.writeUInt8(tableId, 0);
  bytes.writeUInt16BE(0xb000 | (bytes.length - 3), 1);
  bytes.writeUInt16BE(extension, 3);
  bytes.writeUInt8(0xc1 | (version << 1), 5);
  body.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** Annex A: polynomial 04C11DB7, first all ones, highest bit first. Sections are too short for a table to pay. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
    }
  }
  return crc >>> 0;
}
