import { MediaFormatError } from '../../../lib/errors.ts';
import type { AsfEvent, AsfHeader, AsfMediaObject } from '../../../media/asf/asf.ts';
import { AsfReader } from '../../../media/asf/asf-reader.ts';
import type { SourceEvent, SourceFrame, SourceTracks } from '../../source.ts';
import { audioObjects, type AudioObjects } from './audio-objects.ts';
import { videoObjects, type VideoObjects } from './video-objects.ts';

/** ASF counts in milliseconds. */
const stampTimescale = 1000;

/**
 * A camera's ASF as events of a source: the first video stream and the first audio stream of the header. push() throws
 * MediaFormatError when nothing more can be read. Holds what AsfReader holds, and one access unit under way.
 */
export class AsfEventReader {
  readonly #reader = new AsfReader();
  readonly #objects = new AsfObjectEvents();

  push(chunk: Buffer): SourceEvent[] {
    return this.#reader.push(chunk).flatMap((event) => this.#objects.take(event));
  }
}

/** Events of a reader of ASF as events of a source. */
export class AsfObjectEvents {
  #video: { readonly number: number; readonly objects: VideoObjects } | undefined;
  #audio: { readonly number: number; readonly objects: AudioObjects } | undefined;
  #tracks: SourceTracks | undefined;

  take(event: AsfEvent): SourceEvent[] {
    switch (event.type) {
      case 'header':
        this.#begin(event.header);
        return this.#changedTracks();
      case 'packet':
        return [];
      case 'object':
        return this.#takeObject(event.object);
      case 'corrupt':
        return [event];
    }
  }

  #begin({ streams }: AsfHeader): void {
    const video = streams.find((stream) => stream.kind === 'video');
    const audio = streams.find((stream) => stream.kind === 'audio');
    this.#video = video && { number: video.number, objects: videoObjects(video) };
    this.#audio = audio && { number: audio.number, objects: audioObjects(audio) };
  }

  #takeObject(object: AsfMediaObject): SourceEvent[] {
    const frames = this.#framesOf(object);
    if (frames instanceof MediaFormatError) return [{ type: 'corrupt', what: frames.message }];
    return [
      ...this.#changedTracks(),
      ...frames.map((frame) => ({ type: 'frame', frame }) as const),
    ];
  }

  #framesOf(object: AsfMediaObject): SourceFrame[] | MediaFormatError {
    const { number } = object.stream;
    const stream = [this.#video, this.#audio].find((known) => known?.number === number);
    try {
      return stream?.objects.take(object) ?? [];
    } catch (error) {
      if (error instanceof MediaFormatError) return error;
      throw error;
    }
  }

  #changedTracks(): SourceEvent[] {
    const video = this.#video?.objects.track;
    const audio = this.#audio?.objects.track;
    const known = this.#tracks;
    if (known !== undefined && known.video === video && known.audio === audio) return [];
    const timescales = { videoStampTimescale: stampTimescale, audioStampTimescale: stampTimescale };
    this.#tracks = { video, audio, ...timescales };
    return [{ type: 'tracks', tracks: this.#tracks }];
  }
}
