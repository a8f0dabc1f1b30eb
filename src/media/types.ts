import type { WaveFormat } from './asf/wave-format.ts';

/** The values that the readers of this room produce. Media time is integer ticks of 1/timescale s. */

/** One complete frame of a JPEG stream: SOI to EOI, Huffman tables present. */
export interface JpegFrame {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
}

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

export type AsfVideoCodec = 'h264' | 'mjpeg' | 'mpeg4' | 'hevc' | 'unknown';
/** ffmpeg's names of the audio formats that cameras put into ASF. */
export type AsfAudioCodec =
  'adpcm_ima_wav' | 'pcm_alaw' | 'pcm_mulaw' | 'pcm_s16le' | 'pcm_u8' | 'aac' | 'unknown';

export interface AsfVideoStream {
  readonly kind: 'video';
  /** Stream number of the file, 1 to 127. */
  readonly number: number;
  readonly codec: AsfVideoCodec;
  /** Four-character code as the camera wrote it. */
  readonly fourcc: string;
  readonly width: number;
  readonly height: number;
  /** Codec private data behind the BITMAPINFOHEADER; may be empty, Annex B or an avcC. */
  readonly extradata: Buffer;
}

export interface AsfAudioStream {
  readonly kind: 'audio';
  readonly number: number;
  readonly codec: AsfAudioCodec;
  readonly sampleRate: number;
  readonly channelCount: number;
  /** WAVEFORMATEX with what stands behind it. */
  readonly format: WaveFormat;
}

export type AsfStream = AsfVideoStream | AsfAudioStream;

/** Header object and data object header: everything before the first packet. */
export interface AsfHeader {
  readonly bytes: Buffer;
  /** Fixed size of every data packet. */
  readonly packetBytes: number;
  /** Added to every presentation time by the writer. */
  readonly prerollMs: number;
  readonly streams: readonly AsfStream[];
}

/** One whole data packet, as the camera sent it. */
export interface AsfPacket {
  readonly bytes: Buffer;
}

/** One media object (a video frame, a bundle of audio blocks), put together from its packets. */
export interface AsfMediaObject {
  readonly stream: AsfStream;
  /** Presentation time without the preroll, in milliseconds, as the camera stamped it (may jump). */
  readonly timeMs: number;
  /**
   * Video: flag of the camera, or for MPEG-4 part 2 what is in the bytes; H.264 and HEVC tell by their NAL units.
   * Audio: true.
   */
  readonly isKeyframe: boolean;
  readonly bytes: Buffer;
}

export type AsfEvent =
  | { readonly type: 'header'; readonly header: AsfHeader }
  /** Comes before the objects that it completes. */
  | { readonly type: 'packet'; readonly packet: AsfPacket }
  | { readonly type: 'object'; readonly object: AsfMediaObject }
  /** Bytes that were no packet and were skipped, or an object that lost a piece. */
  | { readonly type: 'corrupt'; readonly what: string };

export type JpegStreamEvent =
  | { readonly type: 'frame'; readonly frame: JpegFrame }
  | { readonly type: 'corrupt'; readonly what: string };
