import { MediaFormatError, UpstreamError } from '../../../lib/errors.ts';
import { boundaryOf } from '../../../media/jpeg/multipart-reader.ts';
import type { SourceEvent } from '../../source.ts';
import type { MediaAnswer } from '../http/camera-answer.ts';
import { AsfEventReader } from './asf-events.ts';
import { JpegEventReader } from './jpeg-events.ts';

/**
 * Turns the bytes of one stream into what a source gives. @throws MediaFormatError when nothing more can be read of it.
 */
export interface StreamReader {
  push(chunk: Buffer): SourceEvent[];
}

export function streamReader(answer: Pick<MediaAnswer, 'format' | 'headers'>): StreamReader {
  if (answer.format === 'asf') return new AsfEventReader();
  const boundary =
    answer.format === 'multipart' ? boundaryOf(answer.headers.get('content-type')) : undefined;
  return new JpegEventReader(boundary);
}

/** The failure of a stream whose structure is lost. */
export function formatFailure(error: unknown): unknown {
  if (!(error instanceof MediaFormatError)) return error;
  return new UpstreamError('bad-answer', `the camera's stream cannot be read: ${error.message}`, {
    cause: error,
  });
}
