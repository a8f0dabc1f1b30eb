import type { Via } from '../config/config.ts';
import type { AsfHeader, AsfMediaObject, AsfPacket, JpegFrame } from '../media/types.ts';

/** What a session delivers, in the order of arrival. */
export type UpstreamUnit =
  | { readonly type: 'asf-header'; readonly header: AsfHeader }
  | { readonly type: 'asf-packet'; readonly packet: AsfPacket }
  /** Media objects of an ASF session, after the packet that completed them (MJPEG video comes as `jpeg` as well). */
  | { readonly type: 'asf-object'; readonly object: AsfMediaObject }
  | { readonly type: 'jpeg'; readonly frame: JpegFrame }
  | { readonly type: 'corrupt'; readonly what: string };

/** The units found in one read from the socket, and how many bytes that read had (for watchdogs and counters). */
export interface UpstreamBatch {
  readonly byteCount: number;
  readonly units: readonly UpstreamUnit[];
}

/** The one live session with a camera. */
export interface UpstreamSession {
  /** What worked, for display and to be remembered. Never `auto`. */
  readonly via: Exclude<Via, 'auto'>;
  /** `asf` delivers asf-* units (and `jpeg` for MJPEG video), `jpeg` only `jpeg` units. */
  readonly media: 'asf' | 'jpeg';
  /**
   * Single consumer. Returns when the camera closes the stream, throws UpstreamError when it fails, and ends quietly
   * after close(). Watchdogs are the consumer's.
   */
  readonly batches: AsyncIterable<UpstreamBatch>;
  /** Closes the connection; idempotent, bounded in time. */
  close(): Promise<void>;
}

/** Talks to one camera and remembers what it learned of it: the auth scheme, the way in, the CGI session. */
export interface UpstreamClient {
  /**
   * Dials once. Throws UpstreamError with the reason, or the signal's reason when aborted. One call makes at most the
   * few requests that the protocol needs (challenge, ticket, stream; while probing: one way in after the other).
   */
  open(signal: AbortSignal): Promise<UpstreamSession>;
  /** How long reading has waited because the camera sent more than it may, in all. */
  readonly heldBackSeconds: number;
  /** Ends the camera's CGI session, if one was made; idempotent, bounded in time (2 s). */
  dispose(): Promise<void>;
}
