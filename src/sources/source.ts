import type { AudioTrack, VideoTrack } from '../media/frame.ts';

/** Tracks of a device as its protocol declares them; sizes and parameter sets may be known only by the first frames. */
export interface SourceTracks {
  readonly video: VideoTrack | undefined;
  readonly audio: AudioTrack | undefined;
  /** Ticks per second of the stamps of each track. */
  readonly videoStampTimescale: number;
  readonly audioStampTimescale: number;
}

/** A frame as it came: its stamp is only the device's claim, which the timestamp normaliser judges. */
export interface SourceFrame {
  readonly kind: 'video' | 'audio';
  /** Presentation time in ticks of the device's clock; undefined where the protocol has none (JPEG over HTTP). */
  readonly stamp: number | undefined;
  /** Audio: samples in `data`. Video: 0. */
  readonly duration: number;
  readonly isKeyframe: boolean;
  /** As in AccessUnit; absent: 0. */
  readonly recoveryFrames?: number;
  /** As in Frame. */
  readonly data: readonly Buffer[];
}

/** What a session delivers, in the order of arrival. `tracks` comes before the first frame and whenever they change. */
export type SourceEvent =
  | { readonly type: 'tracks'; readonly tracks: SourceTracks }
  | { readonly type: 'frame'; readonly frame: SourceFrame }
  | { readonly type: 'corrupt'; readonly what: string };

/** The events found in one read from the device, and how many bytes that read had (for watchdogs and counters). */
export interface SourceBatch {
  readonly byteCount: number;
  readonly events: readonly SourceEvent[];
}

/** The one live session with a device. `Via` names the way that worked, for display. */
export interface SourceSession<Via extends string = string> {
  readonly via: Via;
  /**
   * Single consumer. Returns when the device closes the stream, throws UpstreamError when it fails, and ends quietly
   * after close(). Watchdogs are the consumer's.
   */
  readonly batches: AsyncIterable<SourceBatch>;
  /** Longest time between two frames at this session's own pace, in milliseconds (polling); undefined: not known. */
  readonly paceMs: number | undefined;
  /** Closes the connection; idempotent, bounded in time. */
  close(): Promise<void>;
}

/** One way to get frames from a device. It knows nothing of viewers. */
export interface Source<Via extends string = string> {
  /**
   * Dials once. Throws UpstreamError with the reason, or the signal's reason when aborted. One call makes at most the
   * few requests that the protocol needs.
   */
  open(signal: AbortSignal): Promise<SourceSession<Via>>;
  /** Total time that reading has waited because the device sent more than it may. */
  readonly heldBackSeconds: number;
  /** Ends what the device still holds for us, such as a login session; idempotent, bounded in time (2 s). */
  dispose(): Promise<void>;
}
