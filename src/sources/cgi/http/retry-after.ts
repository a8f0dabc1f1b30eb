import type { SmallAnswer } from './camera-answer.ts';

/**
 * How long the camera wants to be left alone, in milliseconds: Retry-After (RFC 9110 10.2.3) of a 429 or a 503;
 * undefined where it does not say. A date counts from the answer's own Date, since clocks of cameras are often wrong.
 */
export function retryAfterMs({
  status,
  headers,
}: Pick<SmallAnswer, 'status' | 'headers'>): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const text = headers.get('retry-after').trim();
  if (/^\d{1,9}$/.test(text)) return 1000 * Number(text);
  const ms = Date.parse(text) - Date.parse(headers.get('date'));
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
