import { UpstreamError } from '../lib/errors.ts';
import type { FailureReason } from '../lib/reasons.ts';
import type { MediaAnswer } from './camera-answer.ts';
import { cameraUrl, type CameraParameters, type CameraPath } from './camera-url.ts';
import type { CgiClient } from './cgi-client.ts';
import { asMedia } from './refusals.ts';
import { requestTicket, wishParameters, type StreamWish } from './ticket.ts';

/** What was learned of request_av.cgi and the account. */
interface Learned {
  /** This camera has no request_av.cgi. */
  hasNoTickets: boolean;
  /** The ticket alone does not open a stream here. */
  needsCredentialsWithTicket: boolean;
  /** This camera calls it `videostream.asf`, as Foscam does (camera-protocol.md section 4). */
  isFoscam: boolean;
  /** `refused`: the account has no right to sound, so it is not asked for again. */
  audio: 'unknown' | 'granted' | 'refused';
}

/** Opens the streams of a camera: with a ticket where it gives them, else directly. */
export class StreamOpener {
  readonly #client: CgiClient;
  readonly #wish: StreamWish;
  readonly #learned: Learned = {
    hasNoTickets: false,
    needsCredentialsWithTicket: false,
    isFoscam: false,
    audio: 'unknown',
  };

  constructor(client: CgiClient, wish: StreamWish) {
    this.#client = client;
    this.#wish = wish;
  }

  /**
   * Picture, and sound where it is wanted and allowed.
   * @throws UpstreamError with the reason; endpoint-absent when the camera has no ASF stream.
   */
  async openAv(signal: AbortSignal): Promise<MediaAnswer> {
    if (this.#learned.isFoscam) return this.#openFoscam(signal);
    try {
      return await this.#openAvAsf(signal);
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.reason !== 'endpoint-absent') throw error;
      const answer = await this.#openFoscam(signal);
      this.#learned.isFoscam = true;
      return answer;
    }
  }

  /** Picture only, from videostream.cgi. @throws as openAv. */
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

  #openFoscam(signal: AbortSignal): Promise<MediaAnswer> {
    return this.#openPlain(this.#url('videostream.asf', {}), signal);
  }

  async #openPlain(url: URL, signal: AbortSignal): Promise<MediaAnswer> {
    return asMedia(await this.#client.ask(url, signal));
  }

  /**
   * How an account without the right to sound is told so is not documented: an error, or -1 like a closed schedule
   * (camera-protocol.md section 3). Asking again without sound costs one request and cannot count as a failed login.
   */
  #mayBeForAudio(error: unknown): boolean {
    return (
      this.#learned.audio === 'unknown' &&
      error instanceof UpstreamError &&
      (error.reason === 'no-permission' || error.reason === 'schedule-closed')
    );
  }

  async #open(path: CameraPath, wish: StreamWish, signal: AbortSignal): Promise<MediaAnswer> {
    const ticket = await this.#ticket(wish, signal);
    if (ticket === undefined) {
      return this.#openPlain(this.#url(path, directParameters(path, wish)), signal);
    }
    try {
      return await this.#redeem(path, ticket, signal);
    } catch (error) {
      if (!isTicketSpent(error)) throw error;
      // Somebody took the slot, or the first 401 has used the ticket up: one fresh ticket, which also tells why.
      const fresh = await this.#ticket(wish, signal);
      if (fresh === undefined) throw error;
      return this.#redeem(path, fresh, signal);
    }
  }

  async #ticket(wish: StreamWish, signal: AbortSignal): Promise<string | undefined> {
    if (this.#learned.hasNoTickets) return undefined;
    const ticket = await requestTicket(this.#client, wish, signal);
    this.#learned.hasNoTickets = ticket === undefined;
    return ticket;
  }

  /** The ticket is the right to watch: the user's own credentials stay at home unless the camera wants both. */
  async #redeem(path: CameraPath, ticket: string, signal: AbortSignal): Promise<MediaAnswer> {
    const url = this.#url(path, { id: ticket });
    if (this.#learned.needsCredentialsWithTicket) return this.#openPlain(url, signal);
    const answer = await this.#client.askBare(url, signal);
    const isDenied = answer.type === 'text' && (answer.status === 401 || answer.status === 403);
    if (isDenied) this.#learned.needsCredentialsWithTicket = true;
    return asMedia(answer);
  }

  #url(path: CameraPath, parameters: CameraParameters): URL {
    return cameraUrl(this.#client.base, path, parameters);
  }
}

/** videostream.cgi knows only `stream`. */
function directParameters(path: CameraPath, wish: StreamWish): CameraParameters {
  return path === 'av.asf' ? wishParameters(wish) : { stream: wish.stream };
}

/** Refused by a camera that is there and has the path: the ticket was no longer good, or not good enough. */
function isTicketSpent(error: unknown): boolean {
  const reasons: readonly FailureReason[] = ['closed', 'bad-answer', 'too-many-viewers'];
  return error instanceof UpstreamError && reasons.includes(error.reason);
}
