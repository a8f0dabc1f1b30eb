import type { Via } from '../config/config.ts';
import { cameraUrl } from './camera-url.ts';
import type { CgiClient } from './cgi-client.ts';
import type { StreamOpener } from './stream-opener.ts';
import { stillSession } from './still-session.ts';
import { asMedia } from './refusals.ts';
import { streamSession } from './stream-session.ts';
import type { UpstreamSession } from './upstream.ts';

export type WayIn = Exclude<Via, 'auto'>;

/** What to try. */
export interface Probe {
  /** Best first. */
  readonly ways: readonly WayIn[];
  /** The way that nobody has named: nothing is concluded from what it answers unless that is a stream. */
  readonly guess: WayIn | undefined;
  /** The ways whose address, or the one that they were guessed from, need not be that of a camera with this CGI. */
  readonly plain: readonly WayIn[];
}

/**
 * The ways that `auto` tries, best first: sound and full rate, full rate, single pictures. An address with a path or a
 * query of its own is taken at its word before that; the bare address of a device is a page nearly always, and of some
 * servers the stream.
 */
export function waysToProbe(via: Via, base: URL): Probe {
  if (via !== 'auto') {
    return { ways: [via], guess: undefined, plain: via === 'http' ? [via] : [] };
  }
  const cameraWays = ['av.asf', 'videostream.cgi', 'snapshot.cgi'] as const;
  const isBare = base.pathname === '/' && base.search === '';
  if (isBare) return { ways: [...cameraWays, 'http'], guess: 'http', plain: ['http'] };
  const ways = ['http', ...cameraWays] as const;
  return { ways, guess: undefined, plain: ways };
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
