import type { IncomingMessage } from 'node:http';
import { CamgateError } from '../../lib/errors.ts';

/**
 * Longest body of a request, in bytes. Less than what node reads of a body that nobody has asked for yet, so a request
 * that waits for its turn does not keep its connection from being read, whose end would not be seen then.
 */
const maxBodyBytes = 8 * 1024;

const methodsWithBody: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH']);

/** Whether the body is for whoever answers the request; with other methods it is read and thrown away. */
export function hasUsefulBody({
  method,
  headers,
}: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return methodsWithBody.has(method) && Number(headers['content-length'] ?? 0) <= maxBodyBytes;
}

/** Of a request that waits for its answer. Rejects with body-too-large, or request-invalid if the body is cut off. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let byteCount = 0;
    const take = (byteLength: number): boolean => {
      byteCount += byteLength;
      if (byteCount > maxBodyBytes) reject(tooLarge());
      return byteCount <= maxBodyBytes;
    };
    if (!take(Number(request.headers['content-length'] ?? 0))) return;
    byteCount = 0;
    request.on('data', (chunk: Buffer) => {
      if (take(chunk.length)) chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    for (const event of ['error', 'close'] as const) request.once(event, () => reject(cutOff()));
  });
}

/** RFC 9110, 15.5.14. */
function tooLarge(): CamgateError {
  return new CamgateError('body-too-large', `Send a body of at most ${maxBodyBytes} bytes.`);
}

function cutOff(): CamgateError {
  return new CamgateError('request-invalid', 'The connection was closed before the body ended.');
}
