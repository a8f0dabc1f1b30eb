/** How long each wait with a camera may take, in milliseconds. */
export interface UpstreamTimeouts {
  /** TCP and TLS. */
  readonly connectMs: number;
  /** From the request to the end of the answer's head. */
  readonly headerMs: number;
  /** From the head to the first bytes of media. */
  readonly firstBytesMs: number;
  /** From the head to the end of a small answer or a still. */
  readonly answerMs: number;
  /** A whole dial: every request of the negotiation and of the probing together. */
  readonly openMs: number;
  /** Between two signs of life of a CGI session; it ends 10 minutes after the last (camera-protocol.md section 2). */
  readonly keepAliveMs: number;
  /** Saying goodbye at shutdown. */
  readonly disposeMs: number;
}

export const defaultTimeouts: UpstreamTimeouts = {
  connectMs: 5_000,
  headerMs: 8_000,
  firstBytesMs: 8_000,
  answerMs: 4_000,
  openMs: 20_000,
  keepAliveMs: 240_000,
  disposeMs: 2_000,
};
