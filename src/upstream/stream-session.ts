import type { MediaAnswer } from './camera-answer.ts';
import { formatFailure, unitReader } from './media-units.ts';
import type { UpstreamBatch, UpstreamSession, UpstreamUnit } from './upstream.ts';

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

/**
 * What a unit takes of the budget even if it is smaller, since it is work for the gateway whatever its size:
 * 1,500 frames of JPEG or 12,000 packets of ASF a second at 200 Mbit/s.
 */
const leastJpegBytes = 16 * 1024;
const leastUnitBytes = 2 * 1024;

function surchargeBytes(readBytes: number, units: readonly UpstreamUnit[]): number {
  const jpegCount = units.filter(({ type }) => type === 'jpeg').length;
  const least = jpegCount * leastJpegBytes + (units.length - jpegCount) * leastUnitBytes;
  return Math.max(0, least - readBytes);
}

/** One batch for each read from the socket. @throws UpstreamError closed, bad-answer */
export async function* streamBatches(
  answer: MediaAnswer,
): AsyncGenerator<UpstreamBatch, void, undefined> {
  const reader = unitReader(answer);
  try {
    for await (const chunk of answer.body) {
      const units = reader.push(chunk);
      answer.budget?.spend(surchargeBytes(chunk.length, units));
      yield { byteCount: chunk.length, units };
    }
  } catch (error) {
    throw formatFailure(error);
  } finally {
    answer.close();
  }
}
