import type { MediaAnswer } from './camera-answer.ts';
import { formatFailure, unitReader } from './media-units.ts';
import type { UpstreamBatch, UpstreamSession } from './upstream.ts';

/** A session that is one endless answer. */
export function streamSession(via: UpstreamSession['via'], answer: MediaAnswer): UpstreamSession {
  return {
    via,
    media: answer.format === 'asf' ? 'asf' : 'jpeg',
    batches: streamBatches(answer),
    close: () => {
      answer.close();
      return Promise.resolve();
    },
  };
}

/** One batch for each read from the socket. @throws UpstreamError closed, bad-answer */
export async function* streamBatches(
  answer: MediaAnswer,
): AsyncGenerator<UpstreamBatch, void, undefined> {
  const reader = unitReader(answer);
  try {
    for await (const chunk of answer.body) {
      yield { byteCount: chunk.length, units: reader.push(chunk) };
    }
  } catch (error) {
    throw formatFailure(error);
  } finally {
    answer.close();
  }
}
