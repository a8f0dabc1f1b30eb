import type { Via } from '../config/config.ts';
import { UpstreamError } from '../lib/errors.ts';
import { cameraUrl } from './camera-url.ts';
import type { CgiClient } from './cgi-client.ts';
import type { StreamOpener } from './stream-opener.ts';
import { stillSession } from './still-session.ts';
import { asMedia } from './refusals.ts';
import { streamSession } from './stream-session.ts';
import type { UpstreamSession } from './upstream.ts';

export type WayIn = Exclude<Via, 'auto'>;

/**
 * The ways that `auto` tries, best first: sound and full rate, full rate, single pictures. An address with a path of its
 * own is taken at its word before that.
 */
export function waysToProbe(via: Via, base: URL): readonly WayIn[] {
  if (via !== 'auto') return [via];
  const cameraWays = ['av.asf', 'videostream.cgi', 'snapshot.cgi'] as const;
  return base.pathname === '/' ? cameraWays : ['http', ...cameraWays];
}

/** Whether `auto` goes on to the next way: the camera does not have this one, or it is no stream. */
export function isNoWayIn(way: WayIn, error: unknown): error is UpstreamError {
  if (!(error instanceof UpstreamError)) return false;
  // A stream that is not MJPEG makes videostream.cgi fail in a form that nobody has described (camera-protocol.md
  // section 5), and a configured page address answers with the page.
  const canBeOtherThings = way === 'videostream.cgi' || way === 'http';
  return error.reason === 'endpoint-absent' || (error.reason === 'bad-answer' && canBeOtherThings);
}

export interface WayInContext {
  readonly client: CgiClient;
  readonly opener: StreamOpener;
}

/** Opens one way. @throws UpstreamError; endpoint-absent when the camera does not have it. */
export async function openWayIn(
  way: WayIn,
  context: WayInContext,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const { client, opener } = context;
  switch (way) {
    case 'av.asf':
      return streamSession(way, await opener.openAv(signal));
    case 'videostream.cgi':
      return streamSession(way, await opener.openVideo(signal));
    case 'snapshot.cgi':
      return openAddress(way, cameraUrl(client.base, 'snapshot.cgi', {}), { client, signal });
    case 'http':
      return openAddress(way, client.base, { client, signal });
  }
}

/** A Content-Length below this is none of a camera's picture: some state 0 for pictures without end. */
const smallestPictureBytes = 256;

/** What comes from the address decides whether it is read as a stream or asked for again and again. */
async function openAddress(
  via: 'snapshot.cgi' | 'http',
  url: URL,
  { client, signal }: { client: CgiClient; signal: AbortSignal },
): Promise<UpstreamSession> {
  const first = asMedia(await client.ask(url, signal));
  if (first.format !== 'jpeg') return streamSession(via, first);
  return stillSession({
    via,
    ask: (pollSignal) => client.ask(url, pollSignal),
    pictureMs: client.timeouts.answerMs,
    first,
    isSingle:
      via === 'snapshot.cgi' || Number(first.headers.get('content-length')) >= smallestPictureBytes,
    firstAnsweredAtMs: performance.now(),
  });
}
