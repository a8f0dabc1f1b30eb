import type { FailureReason } from '../lib/reasons.ts';
import type { HistogramSnapshot } from '../lib/histogram.ts';
import type { LiveWindowView } from './hls/window/window.ts';
import type { Via } from '../config/config.ts';

/**
 * All that http, rtsp and telemetry know of a camera. What stands behind it may be this process, another process or
 * another machine.
 */
export interface ViewableCamera {
  readonly id: string;
  readonly name: string;
  status(): CameraStatus;
  counters(): CameraCounters;
  readonly viewers: ViewerLedger;

  /**
   * Has the camera dialled at once instead of at its next retry, within the bound of dials. Throws retry-too-early
   * while it must not be sent a password again that it has refused.
   */
  retry(): void;

  /** Renews the HLS lease (a request is a viewer's sign of life) and starts the camera if it is cold. Cheap. */
  touchHls(): void;
  /** The live window when it can be served at once, else undefined. Does not start anything. */
  readonly live: LiveWindowView | undefined;
  /**
   * The window that this life names, whether or not it can be served at once; undefined: the camera never had it or
   * has dropped it. Does not start anything.
   */
  findLive(life: string): LiveWindowView | undefined;
  /** Waits for a window with something to play. Rejects with camera-connecting or the camera's failure reason. */
  openLive(signal: AbortSignal): Promise<LiveWindowView>;

  /** The newest frame at once; a cold camera is started and waited for. */
  snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot>;

  /**
   * JPEG frames as they come, from now on (the newest first if there is one). Resolves when the first frame exists.
   * `onFrame` must not block; the lease ends when the signal is aborted.
   */
  watchJpeg(
    onFrame: (frame: MjpegFrame) => void,
    signal: AbortSignal,
    options?: WatchOptions,
  ): Promise<void>;
}

/** The cameras as they are configured now; the set changes while viewers watch. */
export interface CameraRegistry {
  /** In the order of the configuration. */
  readonly cameras: readonly ViewableCamera[];
  find(id: string): ViewableCamera | undefined;
  /** Tells of every change from now on, when the set has changed already and before the former camera is closed. */
  subscribe(listener: (change: CameraSetChange) => void): void;
}

/** `changed`: another camera object has taken the place and the id of `former`. */
export type CameraSetChange =
  | { readonly type: 'added'; readonly camera: ViewableCamera }
  | { readonly type: 'removed'; readonly camera: ViewableCamera }
  | {
      readonly type: 'changed';
      readonly camera: ViewableCamera;
      readonly former: ViewableCamera;
    };

export interface WatchOptions {
  /** For a viewer who has seen frames already: resolves at once, and waits out whatever ails the camera. */
  readonly isPatient?: boolean;
}

/** One JPEG frame, the same value for all viewers. */
export interface MjpegFrame {
  readonly bytes: Buffer;
}

export interface SnapshotRequest {
  /** Oldest acceptable frame, in milliseconds; undefined takes any. */
  readonly maxAgeMs: number | undefined;
  /** One of snapshotWidths; undefined is the camera's own size. Never enlarges. */
  readonly width: number | undefined;
}

/** The widths in pixels that may be asked for, so that the cache of scaled stills is bounded. */
export const snapshotWidths = [160, 320, 480, 640, 960, 1280] as const;

export interface Snapshot {
  readonly bytes: Buffer;
  /** When the frame arrived from the camera, ms since the epoch. */
  readonly takenAtMs: number;
  /** Of the frame at this moment, in milliseconds. */
  readonly ageMs: () => number;
  /** Strong validator with quotes. */
  readonly etag: string;
}

/** What the page and the API show, in one word. `stalled`: connected, but no frame for a while. */
export type CameraStateName =
  'idle' | 'connecting' | 'live' | 'stalled' | 'backing-off' | 'refused';

export const protocols = ['hls', 'mjpeg', 'snapshot'] as const;
export type Protocol = (typeof protocols)[number];

/** JSON of /api/cameras/{id}. Times are ISO 8601, durations seconds. */
export interface CameraStatus {
  readonly id: string;
  readonly name: string;
  readonly state: CameraStateName;
  /**
   * The state as a sentence for people: "live", "connecting", "stale for 12 s", "offline: wrong password, next try in 2
   * min 40 s".
   */
  readonly stateText: string;
  /** When the state began. */
  readonly since: string;
  /** How long ago that was: right also where the clocks of gateway and reader differ. */
  readonly sinceSeconds: number;
  /** Last failure, also while connecting again; null when live or idle. */
  readonly reason: FailureReason | null;
  /** What to do about the reason, one sentence; null without one. */
  readonly advice: string | null;
  /** What exactly went wrong, in one sentence for people, without credentials. */
  readonly detail: string | null;
  readonly nextRetryAt: string | null;
  readonly nextRetrySeconds: number | null;
  readonly via: Exclude<Via, 'auto'> | null;
  readonly tracks: readonly TrackStatus[];
  /** Measured over the last seconds; null until known. */
  readonly frameRate: number | null;
  readonly bitrateBitsPerSecond: number | null;
  readonly lastFrameAgeSeconds: number | null;
  readonly viewers: Readonly<Record<Protocol, number>>;
  readonly alwaysOn: boolean;
  /**
   * Why HLS shows encoded video, and whether the encoder keeps up; null where the camera's own is shown, or nothing.
   */
  readonly encoding: { readonly reason: string; readonly isTooSlow: boolean } | null;
  /** HLS viewers see the slate instead of the camera; the other fields tell of the camera as ever. */
  readonly isSlateShown: boolean;
}

export type TrackStatus =
  | {
      readonly kind: 'video';
      readonly codec: string;
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly kind: 'audio';
      readonly codec: string;
      readonly sampleRate: number;
      readonly channelCount: number;
    };

/** Who watches. Counts by protocol; never keeps more than a bounded number of keys. */
export interface ViewerLedger {
  /** A viewer with a connection of its own (MJPEG). Call the returned function once when it is gone. */
  join(protocol: Protocol): () => void;
  /**
   * A request of a viewer without a connection of its own (HLS, snapshots). `key` tells viewers apart (address and
   * user agent); `isHeld` requests of one key that overlap count as several viewers. Returns the function to call when
   * the request ends.
   */
  visit(protocol: Protocol, key: string, isHeld: boolean): () => void;
  count(protocol: Protocol): number;
  delivered(protocol: Protocol, byteCount: number): void;
  dropped(protocol: Protocol): void;
}

/** Everything /metrics shows of a camera, read at scrape. Totals only grow; ages and times are seconds. */
export interface CameraCounters {
  readonly state: CameraStateName;
  readonly isUp: boolean;
  readonly lastFrameAgeSeconds: number | undefined;
  readonly lastKeyframeAgeSeconds: number | undefined;
  readonly bytesTotal: number;
  readonly framesTotal: number;
  readonly keyframesTotal: number;
  /** By outcome: `ok` or a failure reason. */
  readonly connectsTotal: ReadonlyMap<string, number>;
  /** Seconds until the next try, 0 when none is waiting. */
  readonly backoffSeconds: number;
  /** Age of the running session, 0 without one. */
  readonly sessionSeconds: number;
  readonly stallsTotal: number;
  readonly corruptFramesTotal: number;
  /** Time in which the camera was not read, because it sent more than `maxBitrate`. */
  readonly heldBackSecondsTotal: number;
  /** Media clock against our monotonic clock since the session began; positive when the camera's clock runs fast. */
  readonly clockSkewSeconds: number | undefined;
  /** Seconds of the camera's clock in a second of ours; undefined until known. */
  readonly clockDriftRatio: number | undefined;
  /** Frames that the encoder was too slow for. */
  readonly encoderDropsTotal: number;
  readonly deliveredBytesTotal: Readonly<Record<Protocol, number>>;
  readonly droppedTotal: Readonly<Record<Protocol, number>>;
  readonly viewers: Readonly<Record<Protocol, number>>;
  readonly ffmpegChildren: readonly { readonly purpose: string; readonly pid: number }[];
  /** By reason, restarts of ffmpeg children that were not asked for. */
  readonly ffmpegRestartsTotal: ReadonlyMap<string, number>;
  readonly ffmpegCpuSecondsTotal: number;
  readonly ffmpegResidentBytes: number;
  readonly segmentSeconds: HistogramSnapshot;
  readonly partSeconds: HistogramSnapshot;
  readonly windowBytes: number;
  readonly windowDiskBytes: number;
  readonly diskFailuresTotal: number;
  readonly gapsTotal: number;
  readonly blockedRequests: number;
  readonly discontinuitiesTotal: number;
  readonly snapshotAgeSeconds: number | undefined;
  readonly snapshotDecodesTotal: number;
}

export type { HistogramSnapshot };
