import { silentAacFrame } from '../../media/aac/aac-track.ts';
import { videoTimescale, type AudioTrack, type Frame } from '../../media/frame.ts';

/** Samples of an AAC frame (ISO/IEC 14496-3 4.5.1.1). */
const frameSamples = 1024;
/** Silence that one frame of video may bring with it: a pause longer than 3 s begins a new run anyway. */
const maxFramesAtOnce = 256;

/**
 * Frames of silence that stand in for audio beside video without: a player of a playlist that promises audio shows
 * nothing of a time without it.
 */
export class SilentAudio {
  readonly #track: AudioTrack;
  readonly #data: readonly Buffer[];
  #nextPts: number | undefined;

  constructor(track: AudioTrack) {
    this.#track = track;
    this.#data = [silentAacFrame(track.channelCount > 1 ? 2 : 1)];
  }

  /** What belongs before this frame of video. */
  *until({ pts, arrivedAtMs }: Frame): Generator<Frame> {
    const { timescale } = this.#track;
    const end = Math.floor((pts * timescale) / videoTimescale);
    this.#nextPts ??= end;
    for (let count = 0; this.#nextPts <= end && count < maxFramesAtOnce; count += 1) {
      yield {
        kind: 'audio',
        pts: this.#nextPts,
        dts: this.#nextPts,
        duration: frameSamples,
        isKeyframe: true,
        arrivedAtMs,
        data: this.#data,
      };
      this.#nextPts += frameSamples;
    }
  }
}
