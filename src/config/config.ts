/** The configuration after defaults, environment and checks: what the gateway is built from. */

/** The ways of the cgi source. `http` fetches the configured address as it is (any MJPEG or ASF stream). */
export const cgiWays = ['av.asf', 'videostream.cgi', 'snapshot.cgi', 'http'] as const;
export type CgiWay = (typeof cgiWays)[number];

/** How media is taken from a camera; `auto` tries the ways of the cgi source. */
export const vias = ['auto', ...cgiWays] as const;
export type Via = (typeof vias)[number];

/** What HLS viewers get while a camera does not deliver: the playlist waits, or a still picture that says so. */
export const offlineWays = ['hold', 'slate'] as const;
export type OfflineWay = (typeof offlineWays)[number];

export interface HlsConfig {
  /** Wanted length of a part, in milliseconds; the real PART-TARGET is a whole number of frames near it. */
  readonly partMs: number;
  /** Shortest segment, in milliseconds; a segment ends at the first keyframe after it. */
  readonly segmentMs: number;
  /** Fewest segments listed in the playlist. */
  readonly segmentCount: number;
  /**
   * Least media listed in the playlist, in milliseconds, as far as the bytes allow; undefined: `segmentCount` decides.
   */
  readonly windowMs: number | undefined;
  /** Where whole segments are kept, absolute; undefined keeps them in memory. */
  readonly directory: string | undefined;
  /** Bound of the live window in memory, in bytes. */
  readonly maxBytes: number;
  /** Bound of the live window in `directory`, in bytes. */
  readonly maxDiskBytes: number;
}

/**
 * Distance of the stills that a camera is asked for, in milliseconds. Faster than four a second for some minutes, and
 * the encoder of one known camera hangs until it is switched off and on (camera-protocol.md section 6).
 */
export const usualPaceMs = 400;

/** How camgate introduces itself to a camera. */
export const usualUserAgent = 'camgate';

export interface CameraConfig {
  /** Part of every URL: letters, digits, `-`, `_`. */
  readonly id: string;
  /** For people; the id when not given. */
  readonly name: string;
  /** http or https address without credentials. */
  readonly url: URL;
  readonly username: string;
  readonly password: string;
  readonly via: Via;
  /** The camera's own stream number, from 1. */
  readonly stream: number;
  /** Where single pictures are asked for: from one request to the next, in milliseconds. */
  readonly paceMs: number;
  /** Value of the User-Agent header. */
  readonly userAgent: string;
  readonly audio: boolean;
  readonly alwaysOn: boolean;
  readonly offline: OfflineWay;
  /** How long the session outlives its last lease, in milliseconds. */
  readonly lingerMs: number;
  /** Longest silence of bytes or frames before the session counts as failed, in milliseconds. */
  readonly stallMs: number;
  /** What the camera may send; more is read no faster than this. */
  readonly maxBitsPerSecond: number;
  /** Longest time a request waits for the first frame of a cold camera, in milliseconds. */
  readonly coldStartMs: number;
  readonly hls: HlsConfig;
}

export interface ServerConfig {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Origins that may use the media from other pages; `*` is everyone. */
  readonly cors: readonly string[];
  /** CSP frame-ancestors of /embed: `*`, `'self'`, `'none'` or origins. */
  readonly frameAncestors: readonly string[];
  /** Where viewers reach the gateway, a slash at its end; undefined: where their pages say that they are. */
  readonly publicUrl: string | undefined;
  /** undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
}

/** Absolute paths of PEM files. */
export interface TlsConfig {
  /** The certificate of the server, and behind it those of its issuers. */
  readonly certificatePath: string;
  readonly keyPath: string;
}

export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'text' | 'json';
}

export interface Config {
  readonly server: ServerConfig;
  readonly log: LogConfig;
  /** Whether a change of the file is taken over by itself. */
  readonly watch: boolean;
  /** Path of the ffmpeg to use; undefined looks for one. */
  readonly ffmpegPath: string | undefined;
  readonly cameras: readonly CameraConfig[];
}
