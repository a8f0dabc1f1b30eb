import type { AudioCodec, VideoCodec } from '../frame.ts';
import type { WaveFormat } from './wave-format.ts';

/** The parts of an ASF stream (Advanced Systems Format Specification, revision 01.20.03). */

export interface AsfVideoStream {
  readonly kind: 'video';
  /** Stream number of the file, 1 to 127. */
  readonly number: number;
  readonly codec: VideoCodec;
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
  readonly codec: AudioCodec;
  readonly sampleRate: number;
  readonly channelCount: number;
  /** WAVEFORMATEX and what follows it. */
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
  /** Comes before the objects that this packet completes. */
  | { readonly type: 'packet'; readonly packet: AsfPacket }
  | { readonly type: 'object'; readonly object: AsfMediaObject }
  /** Skipped bytes that were not a packet, or an object that lost a piece. */
  | { readonly type: 'corrupt'; readonly what: string };
