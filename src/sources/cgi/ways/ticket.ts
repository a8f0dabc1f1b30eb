import { UpstreamError } from '../../../lib/errors.ts';
import type { CameraAnswer } from '../http/camera-answer.ts';
import type { CgiClient } from '../cgi-client.ts';
import { cameraUrl } from '../camera-request.ts';
import { endsDial, isAbsent, refusalOf, resultError } from '../refusals.ts';

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

export type TicketAnswer =
  | { readonly kind: 'granted'; readonly id: string }
  /** The camera has no request_av.cgi, or one that speaks of no `result`. */
  | { readonly kind: 'absent' }
  /** A page, an error, words: absent, if the stream opens without a ticket. */
  | { readonly kind: 'doubtful' }
  /** A closed connection or a status of failure says nothing about the next time. */
  | { readonly kind: 'failed' };

/**
 * Asks request_av.cgi for a ticket: the id opens one stream once, within a minute (camera-protocol.md section 3). As
 * secret as a password for that minute.
 *
 * @throws UpstreamError schedule-closed, too-many-viewers, no-permission, and those of CgiClient.ask.
 */
export async function requestTicket(
  client: CgiClient,
  wish: StreamWish,
  signal: AbortSignal,
): Promise<TicketAnswer> {
  const url = cameraUrl(client.base, 'request_av.cgi', wishParameters(wish));
  try {
    return ticketIn(await client.ask(url, signal));
  } catch (error) {
    if (error instanceof UpstreamError && endsDial(error)) throw error;
    const reason = error instanceof UpstreamError ? error.reason : undefined;
    if (signal.aborted || (reason !== 'closed' && reason !== 'bad-answer')) throw error;
    return { kind: 'failed' };
  }
}

function ticketIn(answer: CameraAnswer): TicketAnswer {
  if (answer.type === 'media') {
    answer.close();
    return { kind: 'absent' };
  }
  const { status, content } = answer;
  // Bad Request, Method Not Allowed, Not Implemented: how servers without CGI say that they have none.
  if (isAbsent(answer) || [400, 405, 501].includes(status)) return { kind: 'absent' };
  if (status >= 300 || content.kind === 'empty') throw refusalOf(answer);
  if (content.kind !== 'values') return { kind: 'doubtful' };
  const result = content.values.get('result');
  if (result === undefined) return { kind: 'absent' };
  const id = content.values.get('id');
  if (Number(result) !== 0) throw resultError(Number(result));
  return id === undefined ? { kind: 'absent' } : { kind: 'granted', id: String(id) };
}
