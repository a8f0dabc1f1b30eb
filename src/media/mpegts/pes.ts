import { clockRange } from './packets.ts';

/** stream_id of ISO/IEC 13818-1 table 2-22: the first video and the first audio stream. */
export const streamIds = { video: 0xe0, audio: 0xc0 } as const;

interface PesTimes {
  /** In ticks of 90 kHz; written modulo 2^33. */
  readonly pts: number;
  readonly dts: number;
}

/**
 * A PES packet (2.4.3.6): the payload behind a header that says when it is shown and decoded. DTS is written only where
 * it differs (2.7.5). Video has the length 0 (unbounded, allowed for video in a transport stream), since an access unit
 * may be longer than 16 bits tell.
 *
 * ```
 * 00 00 01 stream_id(8) PES_packet_length(16)
 * 10(2) scrambling(2)=0 priority(1)=0 data_alignment(1)=1 copyright(1)=0 original(1)=0
 * PTS_DTS_flags(2) other flags(6)=0 PES_header_data_length(8) PTS [DTS] payload
 * ```
 */
export function pesPacket(
  streamId: number,
  { pts, dts }: PesTimes,
  payload: readonly Buffer[],
): Buffer {
  const hasDts = dts !== pts;
  const timeBytes = hasDts ? 10 : 5;
  const header = Buffer.alloc(9 + timeBytes);
  const payloadBytes = payload.reduce((sum, chunk) => sum + chunk.length, 0);
  const length = streamId === streamIds.video ? 0 : 3 + timeBytes + payloadBytes;
  header.writeUInt32BE(0x100 | streamId, 0);
  header.writeUInt16BE(length, 4);
  header.writeUInt8(0x84, 6);
  header.writeUInt8(hasDts ? 0xc0 : 0x80, 7);
  header.writeUInt8(timeBytes, 8);
  writeTime(header.subarray(9), hasDts ? 3 : 2, pts);
  if (hasDts) writeTime(header.subarray(14), 1, dts);
  return Buffer.concat([header, ...payload]);
}

/**
 * ```
 * prefix(4) time[32..30](3) 1   time[29..15](15) 1   time[14..0](15) 1
 * ```
 */
function writeTime(bytes: Buffer, prefix: number, ticks: number): void {
  const time = ticks % clockRange;
  bytes.writeUInt8((prefix << 4) | (Math.floor(time / 0x4000_0000) << 1) | 1, 0);
  bytes.writeUInt16BE((Math.floor(time / 0x8000) % 0x8000) * 2 + 1, 1);
  bytes.writeUInt16BE((time % 0x8000) * 2 + 1, 3);
}
