import { UpstreamError } from '../../../lib/errors.ts';
import type { FailureReason } from '../../../lib/reasons.ts';
import type { MediaAnswer } from '../http/camera-answer.ts';
import { cameraUrl, type CameraParameters } from '../camera-request.ts';
import type { CgiClient } from '../cgi-client.ts';
import { asMedia, endsDial, LoginWantedError } from '../refusals.ts';
import { requestTicket, wishParameters, type StreamWish } from './ticket.ts';

/** What was learned of request_av.cgi and the account. */
interface Learned {
  /** Whether this camera has no request_av.cgi; `doubtful` is settled when a stream opens without a ticket. */
  tickets: 'unknown' | 'doubtful' | 'absent';
  /** The ticket alone does not open a stream here. */
  needsCredentialsWithTicket: boolean;
  /** A stream was given without a ticket. */
  hasOpened: boolean;
  /** This camera calls it `videostream.asf`, as Foscam does (camera-protocol.md section 4). */
  isFoscam: boolean;
  /** `refused`: the account has no right to audio, so it is not asked for again. */
  audio: 'unknown' | 'granted' | 'refused';
}

type StreamPath = 'av.asf' | 'videostream.cgi' | 'videostream.asf';

/** Opens the streams of a camera: with a ticket where it gives them, else directly. */
export class StreamOpener {
  readonly #client: CgiClient;
  readonly #wish: StreamWish;
  readonly #learned: Learned = {
    tickets: 'unknown',
    needsCredentialsWithTicket: false,
    hasOpened: false,
    isFoscam: false,
    audio: 'unknown',
  };

  constructor(client: CgiClient, wish: StreamWish) {
    this.#client = client;
    this.#wish = wish;
  }

  /**
   * Video, and audio where it is wanted and allowed.
   * @throws UpstreamError with the reason; endpoint-absent when the camera has no ASF stream.
   */
  async openAv(signal: AbortSignal): Promise<MediaAnswer> {
    if (this.#learned.isFoscam) return this.#openFoscam(signal);
    try {
      return await this.#openAvAsf(signal);
    } catch (error) {
      if (!this.#mayBeElsewhere(error)) throw error;
      return this.#openElsewhere(error, signal);
    }
  }

  /** Video only, from videostream.cgi. @throws as openAv. */
  openVideo(signal: AbortSignal): Promise<MediaAnswer> {
    return this.#open('videostream.cgi', { ...this.#wish, audio: false }, signal);
  }

  async #openAvAsf(signal: AbortSignal): Promise<MediaAnswer> {
    const hasAudio = this.#wish.audio && this.#learned.audio !== 'refused';
    try {
      const answer = await this.#open('av.asf', { ...this.#wish, audio: hasAudio }, signal);
      if (hasAudio) this.#learned.audio = 'granted';
      return answer;
    } catch (error) {
      if (!hasAudio || !this.#mayBeForAudio(error)) throw error;
      const answer = await this.#open('av.asf', { ...this.#wish, audio: false }, signal);
      this.#learned.audio = 'refused';
      return answer;
    }
  }

  /** What has been there is not somewhere else because it is closed for once. */
  #mayBeElsewhere(error: unknown): error is UpstreamError {
    if (!(error instanceof UpstreamError) || endsDial(error)) return false;
    if (error.reason === 'endpoint-absent') return true;
    return !this.#learned.hasOpened && isNoStream(error);
  }

  /** Under the other name; the reason that says more than absence is the one that counts. */
  async #openElsewhere(first: UpstreamError, signal: AbortSignal): Promise<MediaAnswer> {
    try {
      const answer = await this.#openFoscam(signal);
      this.#learned.isFoscam = true;
      return answer;
    } catch (error) {
      if (signal.aborted || !(error instanceof UpstreamError)) throw error;
      throw isNoStream(error) && first.reason !== 'endpoint-absent' ? first : error;
    }
  }

  #openFoscam(signal: AbortSignal): Promise<MediaAnswer> {
    return this.#openDirectly('videostream.asf', this.#wish, signal);
  }

  /**
   * How an account without the right to audio is told so is not documented: an error, or -1 like a closed schedule
   * (camera-protocol.md section 3). Asking again without audio costs one request and cannot count as a failed login.
   */
  #mayBeForAudio(error: unknown): boolean {
    return (
      this.#learned.audio === 'unknown' &&
      error instanceof UpstreamError &&
      (error.reason === 'no-permission' || error.reason === 'schedule-closed')
    );
  }

  async #open(path: StreamPath, wish: StreamWish, signal: AbortSignal): Promise<MediaAnswer> {
    const ticket = await this.#ticket(wish, signal);
    if (ticket === undefined) return this.#openDirectly(path, wish, signal);
    const isWithCredentials = this.#learned.needsCredentialsWithTicket;
    const first = await this.#redeem(this.#url(path, { id: ticket }), isWithCredentials, signal);
    if (!(first instanceof UpstreamError)) return first;
    // Somebody took the slot, or the first 401 has used the ticket up: one fresh ticket, which also tells why.
    const fresh = await this.#ticket(wish, signal);
    if (fresh === undefined) throw first;
    const isCredentialsWanted = isWithCredentials || isAboutCredentials(first);
    const second = await this.#redeem(this.#url(path, { id: fresh }), isCredentialsWanted, signal);
    if (second instanceof UpstreamError) throw afterTwoTickets(second, path);
    this.#learned.needsCredentialsWithTicket = isCredentialsWanted;
    return second;
  }

  async #ticket(wish: StreamWish, signal: AbortSignal): Promise<string | undefined> {
    if (this.#learned.tickets === 'absent') return undefined;
    const ticket = await requestTicket(this.#client, wish, signal);
    if (ticket.kind === 'granted') return ticket.id;
    this.#learned.tickets = ticket.kind === 'failed' ? 'unknown' : ticket.kind;
    return undefined;
  }

  /**
   * The ticket is the right to watch: the user's own credentials stay at home unless the camera wants both.
   * A refusal that a fresh ticket may mend is returned.
   */
  async #redeem(
    url: URL,
    isWithCredentials: boolean,
    signal: AbortSignal,
  ): Promise<MediaAnswer | UpstreamError> {
    try {
      const client = this.#client;
      return asMedia(
        isWithCredentials ? await client.ask(url, signal) : await client.askBare(url, signal),
      );
    } catch (error) {
      if (error instanceof UpstreamError && ticketRefusals.includes(error.reason)) return error;
      throw error;
    }
  }

  async #openDirectly(
    path: StreamPath,
    wish: StreamWish,
    signal: AbortSignal,
  ): Promise<MediaAnswer> {
    try {
      const url = this.#url(path, directParameters(path, wish));
      const answer = asMedia(await this.#client.ask(url, signal));
      this.#learned.hasOpened = true;
      if (this.#learned.tickets === 'doubtful') this.#learned.tickets = 'absent';
      return answer;
    } catch (error) {
      const isForbidden = error instanceof UpstreamError && error.reason === 'no-permission';
      if (!isForbidden || !this.#learned.hasOpened) throw error;
      // This account has watched before. Without request_av.cgi a full camera cannot say so in another way.
      throw new UpstreamError(
        'too-many-viewers',
        'the camera refuses the stream that it gave before; it may have too many viewers',
      );
    }
  }

  #url(path: StreamPath, parameters: CameraParameters): URL {
    return cameraUrl(this.#client.base, path, parameters);
  }
}

/** videostream.cgi knows only `stream`, Foscam's videostream.asf nothing of this. */
function directParameters(path: StreamPath, wish: StreamWish): CameraParameters {
  switch (path) {
    case 'av.asf':
      return wishParameters(wish);
    case 'videostream.cgi':
      return { stream: wish.stream };
    case 'videostream.asf':
      return {};
  }
}

/** Refused by a camera that is there and has the path: the ticket was no longer good, or not good enough. */
const ticketRefusals: readonly FailureReason[] = [
  'closed',
  'bad-answer',
  'too-many-viewers',
  'wrong-password',
  'no-permission',
];

function isAboutCredentials({ reason }: UpstreamError): boolean {
  return reason === 'wrong-password' || reason === 'no-permission';
}

/** What a server says that does not have this stream, in whatever form. */
function isNoStream(error: UpstreamError): boolean {
  const { reason } = error;
  if (error instanceof LoginWantedError) return true;
  return reason === 'endpoint-absent' || reason === 'bad-answer' || reason === 'closed';
}

/**
 * request_av.cgi has just accepted the account, so that cannot be what is wrong, and av.asf is what its tickets are
 * for. (A videostream.cgi that is closed may be one without MJPEG.)
 */
function afterTwoTickets(refusal: UpstreamError, path: StreamPath): UpstreamError {
  const isClosed = path === 'av.asf' && refusal.reason === 'closed';
  if (!isClosed && !isAboutCredentials(refusal)) return refusal;
  return new UpstreamError(
    'too-many-viewers',
    'the camera grants the stream and then refuses it; its last place may just have been taken',
    { cause: refusal },
  );
}
