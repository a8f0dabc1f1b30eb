import type { AsfEvent, AsfHeader, AsfStream } from './asf.ts';
import type { AsfPayload } from './asf-packet.ts';

/** A larger media object is dropped: no camera makes such frames, and a wrong size must not claim memory. */
const maxObjectBytes = 8 * 1024 * 1024;
/** All unfinished objects together; only wrong sizes in several streams lead to more. */
const maxOpenBytes = 2 * maxObjectBytes;

/** Memory that the first payload of an object may claim: most frames are smaller. */
const usualObjectBytes = 48 * 1024;

interface OpenObject {
  readonly objectNumber: number;
  readonly presentationMs: number;
  readonly isKeyframe: boolean;
  /** As the first payload has claimed. */
  readonly objectBytes: number;
  /** Grows with what arrives, because a payload of one byte can claim 8 MiB. */
  bytes: Buffer;
  receivedBytes: number;
}

/** `dropped`: pieces of that object that still arrive are skipped without another report. */
type Progress = OpenObject | { readonly droppedNumber: number };

/** Puts media objects together from their payloads; one that lost a piece is dropped and reported once. */
export class AsfObjectAssembler {
  readonly #streams: ReadonlyMap<number, AsfStream>;
  readonly #prerollMs: number;
  readonly #progress = new Map<number, Progress>();
  #openBytes = 0;

  constructor(header: AsfHeader) {
    this.#streams = new Map(header.streams.map((stream) => [stream.number, stream]));
    this.#prerollMs = header.prerollMs;
  }

  /** What the unfinished objects will take when they are complete. */
  get openByteCount(): number {
    return this.#openBytes;
  }

  add(payload: AsfPayload, events: AsfEvent[]): void {
    const stream = this.#streams.get(payload.streamNumber);
    if (stream === undefined || payload.objectBytes === 0) return;
    if (payload.offset === 0) this.#begin(stream, payload, events);
    else this.#continue(stream, payload, events);
  }

  /** Drops unfinished objects, because the packets that would complete them may be lost. */
  abandon(): void {
    this.#progress.clear();
    this.#openBytes = 0;
  }

  #begin(stream: AsfStream, payload: AsfPayload, events: AsfEvent[]): void {
    if (this.#close(stream) === 'unfinished') events.push(lost(stream));
    const { objectNumber, objectBytes, presentationMs, data } = payload;
    const key = { isKeyframe: isKeyframe(stream, payload) };
    if (data.length === objectBytes) {
      events.push(this.#object(stream, { presentationMs, ...key, bytes: data }));
      return;
    }
    if (objectBytes > maxObjectBytes || this.#openBytes + objectBytes > maxOpenBytes) {
      this.#progress.set(stream.number, { droppedNumber: objectNumber });
      events.push({ type: 'corrupt', what: `a media object of ${objectBytes} bytes` });
      return;
    }
    const open: OpenObject = {
      ...{ objectNumber, presentationMs, ...key, objectBytes },
      ...{ bytes: Buffer.alloc(0), receivedBytes: 0 },
    };
    append(open, data);
    this.#progress.set(stream.number, open);
    this.#openBytes += objectBytes;
  }

  #continue(stream: AsfStream, payload: AsfPayload, events: AsfEvent[]): void {
    const { objectNumber, offset, objectBytes, data } = payload;
    const open = this.#progress.get(stream.number);
    if (open !== undefined && 'droppedNumber' in open && open.droppedNumber === objectNumber)
      return;
    if (
      open === undefined ||
      'droppedNumber' in open ||
      open.objectNumber !== objectNumber ||
      open.receivedBytes !== offset ||
      open.objectBytes !== objectBytes
    ) {
      this.#close(stream);
      this.#progress.set(stream.number, { droppedNumber: objectNumber });
      events.push(lost(stream));
      return;
    }
    append(open, data);
    if (open.receivedBytes < objectBytes) return;
    this.#close(stream);
    events.push(this.#object(stream, open));
  }

  #close(stream: AsfStream): 'unfinished' | 'nothing' {
    const open = this.#progress.get(stream.number);
    this.#progress.delete(stream.number);
    if (open === undefined || 'droppedNumber' in open) return 'nothing';
    this.#openBytes -= open.objectBytes;
    return 'unfinished';
  }

  #object(
    stream: AsfStream,
    {
      presentationMs,
      isKeyframe,
      bytes,
    }: Pick<OpenObject, 'presentationMs' | 'isKeyframe' | 'bytes'>,
  ): AsfEvent {
    const timeMs = presentationMs - this.#prerollMs;
    return { type: 'object', object: { stream, timeMs, isKeyframe, bytes } };
  }
}

function append(open: OpenObject, data: Buffer): void {
  const wanted = open.receivedBytes + data.length;
  if (wanted > open.bytes.length) {
    const believedBytes = Math.max(usualObjectBytes, 4 * wanted);
    const grown = Buffer.allocUnsafeSlow(Math.min(open.objectBytes, believedBytes));
    open.bytes.copy(grown, 0, 0, open.receivedBytes);
    open.bytes = grown;
  }
  data.copy(open.bytes, open.receivedBytes);
  open.receivedBytes = wanted;
}

function isKeyframe(stream: AsfStream, payload: AsfPayload): boolean {
  if (stream.kind === 'audio' || stream.codec === 'mjpeg') return true;
  if (stream.codec === 'mpeg4') return payload.isKeyframe || hasIntraVop(payload.data);
  return payload.isKeyframe;
}

function lost(stream: AsfStream): AsfEvent {
  return { type: 'corrupt', what: `a ${stream.kind} object that lost a piece` };
}

/** ISO/IEC 14496-2 6.2.5: vop_start_code B6, then vop_coding_type in two bits, 0 is intra. */
function hasIntraVop(bytes: Buffer): boolean {
  const at = bytes.indexOf(vopStart);
  const codingType = at < 0 ? undefined : bytes[at + vopStart.length];
  return codingType !== undefined && codingType >> 6 === 0;
}

const vopStart = Buffer.from([0, 0, 1, 0xb6]);
