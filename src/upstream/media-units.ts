import { MediaFormatError, UpstreamError } from '../lib/errors.ts';
import { AsfReader } from '../media/asf-reader.ts';
import { parseJpeg } from '../media/jpeg.ts';
import { boundaryOf, defaultMaxFrameBytes, MultipartReader } from '../media/multipart-reader.ts';
import type { AsfEvent, JpegStreamEvent } from '../media/types.ts';
import type { MediaAnswer } from './camera-answer.ts';
import type { UpstreamUnit } from './upstream.ts';

/** Turns the bytes of one stream into units. @throws MediaFormatError when nothing more can be read of it. */
export interface UnitReader {
  push(chunk: Buffer): UpstreamUnit[];
}

export function unitReader(answer: Pick<MediaAnswer, 'format' | 'headers'>): UnitReader {
  if (answer.format === 'asf') return new AsfUnitReader();
  const boundary =
    answer.format === 'multipart' ? boundaryOf(answer.headers.get('content-type')) : undefined;
  return new JpegUnitReader(boundary);
}

/** Also for JPEGs one after another, and for a single one. */
export class JpegUnitReader implements UnitReader {
  readonly #reader: MultipartReader;

  constructor(boundary: string | undefined) {
    this.#reader = new MultipartReader({ boundary, maxFrameBytes: defaultMaxFrameBytes });
  }

  push(chunk: Buffer): UpstreamUnit[] {
    return this.#reader.push(chunk).map(jpegUnit);
  }
}

class AsfUnitReader implements UnitReader {
  readonly #reader = new AsfReader();

  push(chunk: Buffer): UpstreamUnit[] {
    return this.#reader.push(chunk).flatMap(asfUnits);
  }
}

function jpegUnit(event: JpegStreamEvent): UpstreamUnit {
  return event.type === 'frame' ? { type: 'jpeg', frame: event.frame } : event;
}

function asfUnits(event: AsfEvent): UpstreamUnit[] {
  switch (event.type) {
    case 'header':
      return [{ type: 'asf-header', header: event.header }];
    case 'packet':
      return [{ type: 'asf-packet', packet: event.packet }];
    case 'object': {
      const { object } = event;
      const isPicture = object.stream.kind === 'video' && object.stream.codec === 'mjpeg';
      const unit: UpstreamUnit = { type: 'asf-object', object };
      return isPicture ? [unit, pictureOf(object.bytes)] : [unit];
    }
    case 'corrupt':
      return [event];
  }
}

function pictureOf(bytes: Buffer): UpstreamUnit {
  try {
    return { type: 'jpeg', frame: parseJpeg(bytes) };
  } catch (error) {
    if (error instanceof MediaFormatError) return { type: 'corrupt', what: error.message };
    throw error;
  }
}

/** The failure of a stream whose structure is lost. */
export function formatFailure(error: unknown): unknown {
  if (!(error instanceof MediaFormatError)) return error;
  return new UpstreamError('bad-answer', `the camera's stream cannot be read: ${error.message}`, {
    cause: error,
  });
}
