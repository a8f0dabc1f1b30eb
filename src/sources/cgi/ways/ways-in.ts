import { setTimeout as delay } from 'node:timers/promises';
import type { CgiWay } from '../../../config/config.ts';
import { cameraUrl } from '../camera-request.ts';
import type { CgiClient } from '../cgi-client.ts';
import type { StreamOpener } from './stream-opener.ts';
import type { CameraAnswer } from '../http/camera-answer.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { stillSession } from './still-session.ts';
import { asMedia } from '../refusals.ts';
import { streamSession } from './stream-session.ts';
import type { UpstreamSession } from '../cgi-session-types.ts';

/** What to try. */
export interface Probe {
  /** Best first. */
  readonly ways: readonly CgiWay[];
  /** The way that nobody has named: nothing is concluded from what it answers unless that is a stream. */
  readonly guess: CgiWay | undefined;
  /** The ways whose address, or the one that they were guessed from, need not be that of a camera with this CGI. */
  readonly plain: readonly CgiWay[];
}

/**
 * The ways that `auto` tries, best first: audio and full rate, full rate, stills. An address with a path or a
 * query of its own is taken at its word before that; the bare address of a device is a page nearly always, and of some
 * servers the stream.
 */
export function waysToProbe(via: 'auto' | CgiWay, base: URL): Probe {
  if (via !== 'auto') {
    return { ways: [via], guess: undefined, plain: via === 'http' ? [via] : [] };
  }
  const cameraWays = ['av.asf', 'videostream.cgi', 'snapshot.cgi'] as const;
  const isBare = base.pathname === '/' && base.search === '';
  if (isBare) return { ways: [...cameraWays, 'http'], guess: 'http', plain: ['http'] };
  const ways = ['http', ...cameraWays] as const;
  return { ways, guess: undefined, plain: ways };
}

export interface WayContext {
  readonly client: CgiClient;
  readonly opener: StreamOpener;
  /** Of the polling of stills, in milliseconds. */
  readonly paceMs: number;
}

/** Opens one way. @throws UpstreamError; endpoint-absent when the camera does not have it. */
export async function openWay(
  way: CgiWay,
  context: WayContext,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const { client, opener } = context;
  switch (way) {
    case 'av.asf':
      return streamSession(way, await opener.openAv(signal));
    case 'videostream.cgi':
      return streamSession(way, await opener.openVideo(signal));
    case 'snapshot.cgi':
      return openAddress(way, cameraUrl(client.base, 'snapshot.cgi', {}), context, signal);
    case 'http':
      return openAddress(way, client.base, context, signal);
  }
}

/** A Content-Length below this is none of a camera's JPEG: some state 0 for frames without end. */
const smallestJpegBytes = 256;

/** Longest wait within a dial that a camera may ask for, in milliseconds: the whole dial has 20 s. */
const longestWaitMs = 8_000;

/** What comes from the address decides whether it is read as a stream or asked for again and again. */
async function openAddress(
  via: 'snapshot.cgi' | 'http',
  url: URL,
  { client, paceMs }: WayContext,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const first = asMedia(await askPatiently(client, url, signal));
  if (first.format !== 'jpeg') return streamSession(via, first);
  return stillSession({
    via,
    paceMs,
    ask: (pollSignal) => client.ask(url, pollSignal),
    stillMs: client.timeouts.answerMs,
    first,
    isSingle:
      via === 'snapshot.cgi' || Number(first.headers.get('content-length')) >= smallestJpegBytes,
    firstAnsweredAtMs: performance.now(),
  });
}

/**
 * A camera that wants to be asked a little later is asked once more: the session before may have been over just now.
 */
async function askPatiently(
  client: CgiClient,
  url: URL,
  signal: AbortSignal,
): Promise<CameraAnswer> {
  const answer = await client.ask(url, signal);
  const waitMs = answer.type === 'text' ? retryAfterMs(answer) : undefined;
  if (waitMs === undefined || waitMs > longestWaitMs) return answer;
  await delay(waitMs, undefined, { signal });
  return client.ask(url, signal);
}
