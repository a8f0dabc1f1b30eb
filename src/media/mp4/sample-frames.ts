import { parseAacFormat } from '../aac/aac-configuration.ts';
import { readAccessUnit } from '../nal/access-units.ts';
import { FragmentReader } from './fragment-reader.ts';
import type { AudioTrack, Frame, VideoTrack } from '../frame.ts';
import type { NalCodec } from '../nal/nal-codec.ts';
import { nalCodecOf } from '../nal/nal-codecs.ts';
import { readSamples, type Sample } from './track-samples.ts';
import { readSampleTracks, type SampleTrack, type SampleTracks } from './sample-tracks.ts';

/** `tracks` comes before the first frame, and again with a later init segment. */
export type SampleEvent =
  | {
      readonly type: 'tracks';
      readonly video: VideoTrack | undefined;
      readonly audio: AudioTrack | undefined;
    }
  | { readonly type: 'frame'; readonly frame: Frame };

/**
 * Fragmented MP4 of an ffmpeg child as frames, with the child's own times in ticks of the tracks. Samples without a
 * slice are left out, and so are tracks other than H.264, HEVC and AAC.
 *
 * push() throws MediaFormatError for bytes that are no such stream; after that the reader is of no use. It holds as
 * much as FragmentReader does.
 */
export class SampleFrameReader {
  readonly #reader = new FragmentReader();
  #tracks: SampleTracks | undefined;
  #video: VideoSamples | undefined;
  #audio: AacSamples | undefined;

  /** `arrivedAtMs`: when the chunk came, by the monotonic clock. */
  push(chunk: Buffer, arrivedAtMs: number): SampleEvent[] {
    const events: SampleEvent[] = [];
    for (const event of this.#reader.push(chunk)) {
      if (event.type === 'init') events.push(this.#begin(event.init.bytes));
      else this.#read(event.fragment.bytes, arrivedAtMs, events);
    }
    return events;
  }

  #begin(init: Buffer): SampleEvent {
    const tracks = readSampleTracks(init);
    this.#tracks = tracks;
    this.#video = tracks.video && new VideoSamples(tracks.video);
    this.#audio = tracks.audio && new AacSamples(tracks.audio);
    return { type: 'tracks', video: tracks.video?.track, audio: tracks.audio?.track };
  }

  #read(fragment: Buffer, arrivedAtMs: number, events: SampleEvent[]): void {
    if (this.#tracks === undefined) return;
    for (const sample of readSamples(fragment, this.#tracks.defaults)) {
      const reader = this.#readerOf(sample);
      const frame = reader?.frameOf(sample, arrivedAtMs);
      if (frame !== undefined) events.push({ type: 'frame', frame });
    }
  }

  #readerOf({ trackId }: Sample): VideoSamples | AacSamples | undefined {
    if (trackId === this.#tracks?.video?.id) return this.#video;
    return trackId === this.#tracks?.audio?.id ? this.#audio : undefined;
  }
}

class VideoSamples {
  readonly #codec: NalCodec | undefined;
  readonly #scale: number;

  constructor({ track, fileTimescale }: SampleTrack<VideoTrack>) {
    this.#codec = nalCodecOf(track.codec);
    this.#scale = track.timescale / fileTimescale;
  }

  /** How long the last sample of a fragment lasts is a guess of the child, so no duration is given. */
  frameOf(sample: Sample, arrivedAtMs: number): Frame | undefined {
    const { decodeTime, compositionOffset, isSync, bytes } = sample;
    const accessUnit = this.#codec && readAccessUnit(this.#codec, bytes, isSync);
    if (accessUnit === undefined) return undefined;
    const dts = Math.round(decodeTime * this.#scale);
    const pts = Math.round((decodeTime + compositionOffset) * this.#scale);
    const times = { pts: Math.max(pts, dts), dts, duration: 0 };
    return { kind: 'video', ...times, isKeyframe: isSync, arrivedAtMs, data: accessUnit.units };
  }
}

/** Audio that begins nearer than this to the end of the audio before goes on from there, in seconds. */
const seamSeconds = 0.05;
/**
 * How much of its distance from its stamp such audio makes up for. Now and then ffmpeg stamps an AAC frame a whole
 * frame late and the next one right, so that both have the same time.
 */
const seamShare = 1 / 8;

class AacSamples {
  readonly #scale: number;
  readonly #seamTicks: number;
  readonly #frameTicks: number;
  /** Where the next frame should begin, in ticks, not whole; far from every stamp before the first. */
  #end = -Infinity;
  #hasBegun = false;

  constructor({ track, fileTimescale }: SampleTrack<AudioTrack>) {
    this.#scale = track.timescale / fileTimescale;
    this.#seamTicks = seamSeconds * track.timescale;
    this.#frameTicks = parseAacFormat(track.configuration).frameSamples;
  }

  /**
   * The delay of the encoder is a frame before the first, which ffmpeg stamps with the beginning of the fragments, so
   * that it does not end where the first begins.
   */
  frameOf({ decodeTime, duration, bytes }: Sample, arrivedAtMs: number): Frame | undefined {
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    if (isFirst && Math.abs(duration * this.#scale - this.#frameTicks) > 1) return undefined;
    const stamp = decodeTime * this.#scale;
    const distance = stamp - this.#end;
    const begin = Math.abs(distance) <= this.#seamTicks ? this.#end + distance * seamShare : stamp;
    this.#end = begin + this.#frameTicks;
    const dts = Math.round(begin);
    const times = { pts: dts, dts, duration: this.#frameTicks };
    return { kind: 'audio', ...times, isKeyframe: true, arrivedAtMs, data: [bytes] };
  }
}
