import { MediaFormatError } from '../../lib/errors.ts';
import type { AsfEvent, AsfHeader } from './asf.ts';
import { AsfObjectAssembler } from './asf-objects.ts';
import { dataObjectHeadBytes, dataObjectId, headerObjectId, parseAsfHeader } from './asf-header.ts';
import { canBeginPacket, maxFlagsBytes, parseAsfPacket, type AsfPayload } from './asf-packet.ts';
import { ByteQueue } from '../byte-queue.ts';

/** Headers of cameras have less than 10 KiB. */
const maxHeaderBytes = 1024 * 1024;

/** Error correction present, two bytes of it: how the packets of every known writer begin. */
const usualFirstByte = 0x82;

/**
 * How many bytes that could begin a packet but do not are tried; each good packet earns one more try. Random data uses
 * this up in 8 MiB. A stream that takes more tries than it has packets has lost its structure.
 */
const maxFailedTries = 4096;

/** What is known once the header has been read. */
interface Body {
  readonly header: AsfHeader;
  readonly streamNumbers: ReadonlySet<number>;
  readonly objects: AsfObjectAssembler;
  /** First byte of the last good packet: error correction flags or length types, the same for all of one writer. */
  firstByte: number;
  isLost: boolean;
  /** How many more times something that looks like a packet may turn out not to be one. */
  triesLeft: number;
}

/**
 * Live ASF as cameras send it over HTTP: header, then packets of one fixed size without end, no MMS framing.
 *
 * Garbage between packets is skipped to the next bytes that make a whole packet, with one `corrupt` for each gap. Times
 * are delivered as stamped (unsigned 32 bit milliseconds) less the preroll: they freeze, jump, wrap after 49.7 days and
 * are negative where a camera stamps without preroll. A steady clock is made elsewhere.
 *
 * push() throws MediaFormatError when the stream is not ASF, its header is broken, or no more packets are found; after
 * that the reader must not be used. It holds at most 1 MiB of header or one packet, 16 MiB of unfinished objects, and
 * the chunk that is being pushed.
 */
export class AsfReader {
  readonly #queue = new ByteQueue();
  #body: Body | undefined;
  #searchedBytes = 0;

  get bufferedByteCount(): number {
    return this.#queue.byteCount + (this.#body?.objects.openByteCount ?? 0);
  }

  push(chunk: Buffer): AsfEvent[] {
    this.#queue.append(chunk);
    const events: AsfEvent[] = [];
    this.#body ??= this.#readHeader(events);
    const body = this.#body;
    if (body !== undefined) while (this.#readPacket(body, events));
    return events;
  }

  /**
   * The data object's identifier ends the header, whatever the header object's size field says: some writers count the
   * head of the data object in.
   */
  #readHeader(events: AsfEvent[]): Body | undefined {
    const view = this.#queue.view;
    const prefix = Math.min(view.length, headerObjectId.length);
    if (!view.subarray(0, prefix).equals(headerObjectId.subarray(0, prefix))) {
      throw new MediaFormatError('The stream does not start with an ASF header.');
    }
    const dataAt = view.indexOf(dataObjectId, this.#searchedBytes);
    if (dataAt < 0) this.#searchedBytes = Math.max(0, view.length - dataObjectId.length + 1);
    const end = dataAt < 0 ? view.length : dataAt + dataObjectHeadBytes;
    if (end > maxHeaderBytes) throw new MediaFormatError('The ASF header is larger than 1 MiB.');
    if (dataAt < 0 || view.length < end) return undefined;
    this.#searchedBytes = 0;
    const { header, streamNumbers } = parseAsfHeader(Buffer.from(this.#queue.take(end)));
    events.push({ type: 'header', header });
    const objects = new AsfObjectAssembler(header);
    return {
      ...{ header, streamNumbers, objects },
      ...{ firstByte: usualFirstByte, isLost: false, triesLeft: maxFailedTries },
    };
  }

  /** Returns whether there may be more to read. */
  #readPacket(body: Body, events: AsfEvent[]): boolean {
    const view = this.#queue.view;
    const { packetBytes } = body.header;
    if (view.length < packetBytes) return false;
    const payloads = readPayloads(body, view.subarray(0, packetBytes));
    if (payloads === undefined) {
      this.#skipGarbage(body, events);
      return true;
    }
    body.isLost = false;
    body.triesLeft = Math.min(body.triesLeft + 1, maxFailedTries);
    body.firstByte = view.readUInt8(0);
    const bytes = this.#queue.take(packetBytes);
    events.push({ type: 'packet', packet: { bytes } });
    for (const payload of payloads) body.objects.add(payload, events);
    return true;
  }

  /** To the next bytes that a packet of this stream can begin with. */
  #skipGarbage(body: Body, events: AsfEvent[]): void {
    if (!body.isLost) {
      events.push({ type: 'corrupt', what: 'bytes that are no ASF packet' });
      body.objects.abandon();
    }
    body.isLost = true;
    const view = this.#queue.view;
    let next = view.indexOf(body.firstByte, 1);
    while (next >= 0 && next + maxFlagsBytes <= view.length && !canBeginPacket(view, next)) {
      next = view.indexOf(body.firstByte, next + 1);
    }
    this.#queue.skip(next < 0 ? view.length : next);
  }
}

/** undefined: not a packet. Payloads of streams that the header does not declare reveal garbage. */
function readPayloads(body: Body, bytes: Buffer): AsfPayload[] | undefined {
  if (!canBeginPacket(bytes, 0)) return undefined;
  const payloads = tryPayloads(body, bytes);
  if (payloads === undefined) body.triesLeft -= 1;
  if (body.triesLeft < 0) throw new MediaFormatError('There are no ASF packets any more.');
  return payloads;
}

function tryPayloads({ streamNumbers }: Body, bytes: Buffer): AsfPayload[] | undefined {
  try {
    const payloads = parseAsfPacket(bytes);
    const isPlausible = payloads.every((payload) => streamNumbers.has(payload.streamNumber));
    return isPlausible && payloads.length > 0 ? payloads : undefined;
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
