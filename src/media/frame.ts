/**
 * Coded media as values: what every source delivers and every output takes. Media time is integer ticks of 1/timescale
 * s, counted from the beginning of the run, and the same instant for all its tracks.
 */

/** Ticks per second of all video: the clock of RTP video (RFC 6184 5.1) and of MPEG-TS (ISO/IEC 13818-1 2.4.2.1). */
export const videoTimescale = 90_000;

/** ffmpeg's names. `unknown` is known by its four-character code alone. */
export type VideoCodec = 'h264' | 'hevc' | 'mjpeg' | 'mpeg4' | 'unknown';
export type AudioCodec =
  'aac' | 'adpcm_ima_wav' | 'pcm_alaw' | 'pcm_mulaw' | 'pcm_s16le' | 'pcm_u8' | 'unknown';

export interface VideoTrack {
  readonly kind: 'video';
  readonly codec: VideoCodec;
  /** `videoTimescale`. */
  readonly timescale: number;
  /** In pixels, from the bitstream if it says so, else from the container; 0 until known. */
  readonly width: number;
  readonly height: number;
  /** NAL units without start codes: H.264 SPS and PPS, HEVC VPS, SPS and PPS. Empty for other codecs. */
  readonly parameterSets: readonly Buffer[];
  /** Four-character code of the container, such as `MP4S`; undefined where it has none. */
  readonly fourcc: string | undefined;
  /** Codec private data of the container, for codecs other than H.264 and HEVC; may be empty. */
  readonly extradata: Buffer;
  /**
   * Intra refresh: keyframes are recovery points (H.264 D.1.8), after which the picture becomes complete piece by
   * piece. `Frame.wholeAfter` says when. Absent: every keyframe is a complete picture.
   */
  readonly hasIntraRefresh?: boolean;
}

export interface AudioTrack {
  readonly kind: 'audio';
  readonly codec: AudioCodec;
  /** The sample rate: audio is counted in samples. */
  readonly timescale: number;
  readonly sampleRate: number;
  readonly channelCount: number;
  /**
   * AAC: AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1). ADPCM and `unknown`: WAVEFORMATEX of the container. Else empty.
   */
  readonly configuration: Buffer;
}

export type Track = VideoTrack | AudioTrack;

/**
 * One access unit of video, or one block of audio (an AAC frame; for other codecs as many whole blocks as came
 * together).
 */
export interface Frame {
  readonly kind: 'video' | 'audio';
  /** Presentation time in ticks of the track. Not below `dts`. */
  readonly pts: number;
  /** Decode time in ticks of the track; rises strictly within a run. Equal to `pts` for audio. */
  readonly dts: number;
  /** In ticks of the track; 0 if only the next frame will show it. Audio: the samples in `data`. */
  readonly duration: number;
  /** A decoder can begin here. Always true for audio and JPEG. */
  readonly isKeyframe: boolean;
  /**
   * Only with intra refresh, when a picture has become complete: it and all that follow are complete for a decoder that
   * began this many video frames earlier. 0 for a keyframe that is complete by itself.
   */
  readonly wholeAfter?: number;
  /**
   * When its last byte came from the camera, by the monotonic clock, in milliseconds. For frames that the camera had
   * buffered when the session began: when they would have come live.
   */
  readonly arrivedAtMs: number;
  /**
   * H.264 and HEVC: NAL units without start codes and lengths, access unit delimiters left out. Other codecs: the
   * bytes, in pieces that follow each other. Views of what was read; nobody writes to them.
   */
  readonly data: readonly Buffer[];
}

/**
 * A stretch in which tracks and parameter sets stay the same and times are continuous. What follows has a different
 * time base, or different tracks.
 */
export interface Run {
  readonly video: VideoTrack;
  /** Only audio that has actually arrived; a track that is merely declared does not count. */
  readonly audio: AudioTrack | undefined;
  /** Wall clock of tick 0, in milliseconds since the epoch. Media time follows the wall clock within 1 s. */
  readonly originMs: number;
}

/** Gets frames synchronously and must not block. Calls come in this order: run, frames, end, next run, ... */
export interface FrameSink {
  runBegan(run: Run): void;
  frame(frame: Frame): void;
  runEnded(): void;
}

/** Anything that frames come from: a camera's hub, or a transcoder. */
export interface FrameStream {
  /** The current run; undefined before the first and between two. */
  readonly run: Run | undefined;
  /**
   * `sink` gets the current run and its frames since the newest keyframe at once (bounded in bytes, audio included),
   * then everything that follows. Returns the function that ends the subscription; nothing is called after that.
   */
  subscribe(sink: FrameSink): () => void;
}

export function byteLengthOf({ data }: Pick<Frame, 'data'>): number {
  let byteLength = 0;
  for (const { length } of data) byteLength += length;
  return byteLength;
}
