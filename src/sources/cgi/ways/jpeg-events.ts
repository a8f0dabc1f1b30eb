import { videoTimescale, type VideoTrack } from '../../../media/frame.ts';
import type { JpegFrame } from '../../../media/jpeg/jpeg.ts';
import {
  defaultMaxFrameBytes,
  MultipartReader,
  type JpegStreamEvent,
} from '../../../media/jpeg/multipart-reader.ts';
import { MediaFormatError } from '../../../lib/errors.ts';
import type { SourceEvent } from '../../source.ts';
import { jpegFrame, withSizeOf } from './video-objects.ts';

/**
 * Frames of multipart JPEG, or of JPEGs one after another, as events of a source; they have no stamps. Never throws.
 * Holds what MultipartReader holds.
 */
export class JpegEventReader {
  readonly #reader: MultipartReader;
  #track: VideoTrack | undefined;

  /** `boundary` of the Content-Type; undefined learns it from the stream. */
  constructor(boundary: string | undefined) {
    this.#reader = new MultipartReader({ boundary, maxFrameBytes: defaultMaxFrameBytes });
  }

  push(chunk: Buffer): SourceEvent[] {
    return this.#reader.push(chunk).flatMap((event) => this.#take(event));
  }

  #take(event: JpegStreamEvent): SourceEvent[] {
    if (event.type === 'corrupt') return [event];
    const frame = { type: 'frame', frame: jpegFrame(event.frame, undefined) } as const;
    const track = this.#sized(event.frame);
    if (track instanceof MediaFormatError) return [{ type: 'corrupt', what: track.message }];
    if (track === this.#track) return [frame];
    this.#track = track;
    return [tracksEvent(track), frame];
  }

  #sized(frame: JpegFrame): VideoTrack | MediaFormatError {
    try {
      return withSizeOf(this.#track ?? unknownTrack, frame);
    } catch (error) {
      if (error instanceof MediaFormatError) return error;
      throw error;
    }
  }
}

const unknownTrack: VideoTrack = {
  ...{ kind: 'video', codec: 'mjpeg', timescale: videoTimescale, width: 0, height: 0 },
  ...{ parameterSets: [], fourcc: undefined, extradata: Buffer.alloc(0) },
};

function tracksEvent(video: VideoTrack): SourceEvent {
  const timescales = { videoStampTimescale: videoTimescale, audioStampTimescale: videoTimescale };
  return { type: 'tracks', tracks: { video, audio: undefined, ...timescales } };
}
