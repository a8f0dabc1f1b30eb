import type { MediaAnswer } from '../http/camera-answer.ts';
import type { SourceBatch, SourceEvent } from '../../source.ts';
import { formatFailure, streamReader } from './stream-reader.ts';
import type { UpstreamSession } from '../cgi-session-types.ts';

/** A session that is one endless answer. */
export function streamSession(via: UpstreamSession['via'], answer: MediaAnswer): UpstreamSession {
  return {
    via,
    paceMs: undefined,
    batches: streamBatches(answer),
    close: () => {
      answer.close();
      return Promise.resolve();
    },
  };
}

/**
 * What a frame takes of the budget even if it is smaller, since it is work for the gateway whatever its size: 1,500
 * frames of JPEG or 12,000 of other codecs a second at 200 Mbit/s.
 */
const leastJpegBytes = 16 * 1024;
const leastUnitBytes = 2 * 1024;

function surchargeBytes(
  { format }: MediaAnswer,
  readBytes: number,
  events: readonly SourceEvent[],
): number {
  const least = events.length * (format === 'asf' ? leastUnitBytes : leastJpegBytes);
  return Math.max(0, least - readBytes);
}

/** One batch for each read from the socket. @throws UpstreamError closed, bad-answer */
export async function* streamBatches(
  answer: MediaAnswer,
): AsyncGenerator<SourceBatch, void, undefined> {
  const reader = streamReader(answer);
  try {
    for await (const chunk of answer.body) {
      const events = reader.push(chunk);
      answer.budget?.spend(surchargeBytes(answer, chunk.length, events));
      yield { byteCount: chunk.length, events };
    }
  } catch (error) {
    throw formatFailure(error);
  } finally {
    answer.close();
  }
}
