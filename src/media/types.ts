/** The values that the readers of this room produce. Media time is integer ticks of 1/timescale s. */

/** Words of VIDEO-RANGE in HLS (rfc8216bis 4.4.6.2). */
export type VideoRange = 'SDR' | 'HLG' | 'PQ';

export interface VideoTrack {
  readonly kind: 'video';
  /** track_ID of the init segment. */
  readonly id: number;
  readonly timescale: number;
  readonly codec: 'h264' | 'hevc' | 'unknown';
  /** RFC 6381 codec string, such as `avc1.64001f`. */
  readonly codecString: string;
  readonly width: number;
  readonly height: number;
  /** By the transfer characteristics of the parameter set; undefined where it says nothing. */
  readonly videoRange: VideoRange | undefined;
}

export interface AudioTrack {
  readonly kind: 'audio';
  readonly id: number;
  readonly timescale: number;
  readonly codec: 'aac' | 'opus' | 'unknown';
  /** RFC 6381 codec string, such as `mp4a.40.2`. */
  readonly codecString: string;
  readonly sampleRate: number;
  readonly channelCount: number;
}

export type Track = VideoTrack | AudioTrack;

/** `ftyp` + `moov`, what EXT-X-MAP points to. */
export interface InitSegment {
  readonly bytes: Buffer;
  readonly tracks: readonly Track[];
}

/** The samples of one track in one fragment (`traf`). */
export interface TrackRun {
  readonly trackId: number;
  /** Decode time of the first sample (`tfdt`), in ticks of the track. */
  readonly decodeTime: number;
  /** Sum of the samples' durations, in ticks of the track. */
  readonly duration: number;
  readonly sampleCount: number;
  /** The first sample is a random access point. Always true for audio. */
  readonly isKeyframe: boolean;
}

/** `moof` + `mdat` as ffmpeg emits it. */
export interface Fragment {
  readonly bytes: Buffer;
  readonly runs: readonly TrackRun[];
}

export type FragmentEvent =
  | { readonly type: 'init'; readonly init: InitSegment }
  | { readonly type: 'fragment'; readonly fragment: Fragment };
