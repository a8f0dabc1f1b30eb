import type { CgiClient } from './cgi-client.ts';
import { cameraUrl } from './camera-url.ts';
import { isAbsent, refusalOf, resultError } from './refusals.ts';

/** What is wanted of the camera. */
export interface StreamWish {
  /** The camera's own number, from 1. */
  readonly stream: number;
  readonly audio: boolean;
}

/** The wish as parameters of request_av.cgi, and of av.asf without a ticket. */
export function wishParameters({ stream, audio }: StreamWish): Record<string, number> {
  return { video: 1, audio: audio ? 1 : 0, stream };
}

/**
 * Asks request_av.cgi for a ticket: the id opens one stream once, within a minute (camera-protocol.md section 3). As
 * secret as a password for that minute.
 *
 * @returns undefined when the camera has no request_av.cgi, or one that speaks of no `result`.
 * @throws UpstreamError schedule-closed, too-many-viewers, no-permission, and those of CgiClient.ask.
 */
export async function requestTicket(
  client: CgiClient,
  wish: StreamWish,
  signal: AbortSignal,
): Promise<string | undefined> {
  const url = cameraUrl(client.base, 'request_av.cgi', wishParameters(wish));
  const answer = await client.ask(url, signal);
  if (answer.type === 'media') {
    answer.close();
    return undefined;
  }
  if (answer.content.kind !== 'values') {
    if (isAbsent(answer) || answer.status < 300) return undefined;
    throw refusalOf(answer);
  }
  const result = answer.content.values.get('result');
  if (result === undefined) return undefined;
  const id = answer.content.values.get('id');
  if (Number(result) !== 0) throw resultError(Number(result));
  return id === undefined ? undefined : String(id);
}
