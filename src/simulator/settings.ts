import { SystemClock, type Clock } from '../lib/time/clock.ts';
import { CamgateError } from '../lib/errors.ts';
import { silentLog, type Log } from '../lib/log.ts';
import { factoryUsers, type SimulatedUser } from './device/accounts.ts';
import type { DigestAlgorithmName } from './device/digest.ts';
import type { AudioCoding } from './streams/audio-source.ts';
import type { VarSpacing } from './device/cgi-answer.ts';
import { loopFrameCount, type LoopSpec, type VideoCodec } from './streams/loop-encoder.ts';
import { ipcameraStyle, type MultipartStyle } from '../media/jpeg/multipart-writer.ts';
import {
  profiles,
  type AuthScheme,
  type EndpointName,
  type Profile,
  type ProfileName,
} from './profiles.ts';
import { requirePictureSize } from './device/resolutions.ts';
import type { SharedMedia } from './streams/shared-media.ts';

/** `g711` is mu-law; `silent` declares an ADPCM track and sends nothing on it. */
export const audioChoices = ['adpcm', 'g711', 'alaw', 'pcm', 'none', 'silent'] as const;
export type AudioChoice = (typeof audioChoices)[number];

/** How this firmware logs in, where that is odd. */
export interface LoginOddities {
  /** `unquoted`: the realm without its quotes; `none`: a 401 that does not say what it wants. */
  readonly challenge?: 'usual' | 'unquoted' | 'none';
  /** MD5. */
  readonly algorithm?: DigestAlgorithmName;
  /** How names and passwords are coded; utf8. */
  readonly charset?: 'utf8' | 'latin1';
  /** Redirects each request without its cookie to the same address, and sets it; false. */
  readonly wantsCookie?: boolean;
  /** 403 for whatever does not call itself Mozilla; false. */
  readonly wantsBrowser?: boolean;
}

/**
 * How a media address refuses: real devices' form is unknown, so each is offered. `close` ends the connection
 * unanswered.
 */
export type RefusalForm = '401' | '403' | 'empty' | 'close';

export interface StreamOptions {
  /** The profile's own by default: H.264 for newer cameras. */
  readonly video?: VideoCodec;
  /** Even, in pixels. 640 x 360. */
  readonly width?: number;
  readonly height?: number;
  /** 15. */
  readonly fps?: number;
  /** 1. A whole number of frames. */
  readonly gopSeconds?: number;
  /** Constant rate with filler (H.264). Default: what the scene needs, about 250 kbit/s. */
  readonly bitrateKbps?: number;
}

export interface SimulatorOptions extends StreamOptions {
  readonly profile: ProfileName;
  readonly ffmpegPath: string;
  /** 127.0.0.1. */
  readonly host?: string;
  /** 0, a free one. */
  readonly port?: number;
  /** Written into the picture; the profile's name by default. Equal names share one encoded loop. */
  readonly name?: string;
  /** Colour of the sky in degrees; 215. */
  readonly hue?: number;
  /** adpcm. */
  readonly audio?: AudioChoice;
  /** 164, which last 40 ms. 256 last 63 ms; at most 100 ms. */
  readonly adpcmBlockBytes?: number;
  /** Streams number 2 and up, encoded when first asked for. */
  readonly moreStreams?: readonly StreamOptions[];
  /** admin without a password, and a visitor. */
  readonly users?: readonly SimulatedUser[];
  /** Viewers at the same time, over all streams; 4, or 1 for the f99. */
  readonly viewerLimit?: number;
  /** Instead of the profile's. */
  readonly schemes?: readonly AuthScheme[];
  /** Endpoints that this firmware lacks although its profile has them. */
  readonly absent?: readonly EndpointName[];
  readonly login?: LoginOddities;
  /** 403. */
  readonly refusal?: RefusalForm;
  readonly multipart?: Partial<MultipartStyle>;
  /** Begin a stream with the next keyframe (default) or in the middle of a GOP. */
  readonly start?: 'keyframe' | 'mid-gop';
  /** Media of the past that is sent at once when a stream opens, in milliseconds, back to a keyframe; 0. */
  readonly initialBurstMs?: number;
  /** How far frames are from their even times, in milliseconds: stamps and sending alike. Less than half a frame; 0. */
  readonly jitterMs?: number;
  /** Whether video keyframes carry ASF's key flag; true. */
  readonly asfKeyFlags?: boolean;
  /** Where SPS and PPS are; both. */
  readonly parameterSets?: 'both' | 'in-band' | 'header';
  /** Shortest and longest time a snapshot takes, in milliseconds; 250 to 450 as measured on hardware. */
  readonly snapshotLatencyMs?: readonly [number, number];
  /** Streams in HTTP/1.1 chunks; false. */
  readonly isChunked?: boolean;
  /** tight. */
  readonly spacing?: VarSpacing;
  readonly log?: Log;
  /** For sessions, tickets and locks; the system's clocks by default. Media is always paced in real time. */
  readonly clock?: Clock;
  /** Loops, timer and audio to share with other simulators of this process. */
  readonly media?: SharedMedia;
}

/** The options after defaults: what every other part reads. */
export interface Settings {
  readonly profileName: ProfileName;
  readonly profile: Profile;
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly audioCoding: AudioCoding | undefined;
  readonly isAudioSilent: boolean;
  readonly streams: readonly LoopSpec[];
  readonly users: readonly SimulatedUser[];
  readonly viewerLimit: number;
  readonly schemes: readonly AuthScheme[];
  readonly endpoints: ReadonlySet<string>;
  readonly login: Required<LoginOddities>;
  readonly refusal: RefusalForm;
  readonly multipart: MultipartStyle;
  readonly start: 'keyframe' | 'mid-gop';
  readonly initialBurstMs: number;
  readonly jitterMs: number;
  readonly asfKeyFlags: boolean;
  readonly parameterSets: 'both' | 'in-band' | 'header';
  readonly snapshotLatencyMs: readonly [number, number];
  readonly isChunked: boolean;
  readonly spacing: VarSpacing;
  readonly log: Log;
  readonly clock: Clock;
}

const defaultFps = 15;
/** As seen from real cameras. */
const defaultAdpcmBlockBytes = 164;

const usualLogin: Required<LoginOddities> = {
  challenge: 'usual',
  algorithm: 'MD5',
  charset: 'utf8',
  wantsCookie: false,
  wantsBrowser: false,
};

/** Throws `usage` for values that no camera has. */
export function resolveSettings(options: SimulatorOptions): Settings {
  const profile = profiles[options.profile];
  const name = options.name ?? options.profile;
  const audio = options.audio ?? 'adpcm';
  const streams = [options, ...(options.moreStreams ?? [])];
  const absent: ReadonlySet<string> = new Set(options.absent);
  return {
    profileName: options.profile,
    profile,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    name,
    audioCoding: audioCoding(audio, options.adpcmBlockBytes ?? defaultAdpcmBlockBytes),
    isAudioSilent: audio === 'silent',
    streams: streams.map((stream) => loopSpec(stream, { profile, name, hue: options.hue ?? 215 })),
    users: options.users ?? factoryUsers,
    viewerLimit: options.viewerLimit ?? profile.viewerLimit,
    schemes: options.schemes ?? profile.schemes,
    endpoints: new Set<string>(profile.endpoints.filter((endpoint) => !absent.has(endpoint))),
    login: { ...usualLogin, ...options.login },
    refusal: options.refusal ?? '403',
    multipart: { ...ipcameraStyle, ...options.multipart },
    start: options.start ?? 'keyframe',
    initialBurstMs: options.initialBurstMs ?? 0,
    jitterMs: jitterOf(options, streams),
    asfKeyFlags: options.asfKeyFlags ?? true,
    parameterSets: options.parameterSets ?? 'both',
    snapshotLatencyMs: options.snapshotLatencyMs ?? [250, 450],
    isChunked: options.isChunked ?? false,
    spacing: options.spacing ?? 'tight',
    log: options.log ?? silentLog,
    clock: options.clock ?? new SystemClock(),
  };
}

function audioCoding(choice: AudioChoice, adpcmBlockBytes: number): AudioCoding | undefined {
  switch (choice) {
    case 'none':
      return undefined;
    case 'silent':
      return { codec: 'adpcm', adpcmBlockBytes };
    case 'g711':
      return { codec: 'mulaw', adpcmBlockBytes };
    default:
      return { codec: choice, adpcmBlockBytes };
  }
}

/** Frames keep their order: one may come late and the next early by less than half of what lies between them. */
function jitterOf({ jitterMs = 0 }: SimulatorOptions, streams: readonly StreamOptions[]): number {
  const mostMs = Math.min(...streams.map(({ fps = defaultFps }) => 500 / fps));
  if (jitterMs >= 0 && jitterMs < mostMs) return jitterMs;
  throw new CamgateError(
    'usage',
    `Jitter cannot be ${jitterMs} ms: it must be less than half a frame, ${mostMs.toFixed(1)} ms.`,
  );
}

function loopSpec(
  stream: StreamOptions,
  look: { profile: Profile; name: string; hue: number },
): LoopSpec {
  const { width = 640, height = 360, fps = defaultFps, gopSeconds = 1 } = stream;
  requirePictureSize({ width, height });
  if (!(fps > 0 && fps <= 120))
    throw new CamgateError('usage', `The frame rate must be 1 to 120, not ${fps}.`);
  const gopFrames = Math.max(1, Math.round(gopSeconds * fps));
  return {
    codec: stream.video ?? look.profile.video,
    width,
    height,
    fps,
    gopFrames,
    frameCount: loopFrameCount(gopFrames),
    bitrateKbps: stream.bitrateKbps,
    title: look.name,
    hue: look.hue,
  };
}
