import { AdtsReader } from '../media/aac/adts-reader.ts';
import { aacTrack } from '../media/aac/aac-track.ts';
import type { AudioTrack, Frame } from '../media/frame.ts';
import { matroskaFrame, matroskaHead } from '../media/matroska/matroska-writer.ts';
import { encodeAudioArgs } from './arguments.ts';
import { ChildKeeper, type TranscodeTools } from './child-keeper.ts';

export interface AudioEncoderOptions {
  readonly tools: TranscodeTools;
  readonly onFrame: (frame: Frame) => void;
}

/** In hertz. At a camera's own 8 kHz an AAC frame would last 128 ms; at 48 kHz it is 21 ms. */
const sampleRate = 48_000;
/** Samples of an AAC frame (ISO/IEC 14496-3 4.5.1.1), and of what ffmpeg's encoder puts before the first. */
const frameSamples = 1024;

/**
 * AAC of a camera's audio in any other codec, on the camera's clock: one ffmpeg child for the audio alone. It fills
 * gaps and follows the clock (aresample), so the times of its output follow from counting samples.
 */
export class AudioEncoder {
  readonly #options: AudioEncoderOptions;
  readonly #keeper: ChildKeeper;
  #input: AudioTrack | undefined;
  /** Of the next frame that comes out, in samples of the output; undefined before the first was fed. */
  #nextPts: number | undefined;
  #arrivedAtMs = 0;

  constructor(options: AudioEncoderOptions) {
    this.#options = options;
    this.#keeper = new ChildKeeper({
      purpose: 'aac',
      tools: options.tools,
      onLost: () => this.#begin(),
    });
  }

  /** What comes out while this goes in. */
  static outputTrack({ channelCount }: Pick<AudioTrack, 'channelCount'>): AudioTrack {
    return aacTrack({ sampleRate, channelCount: channelCount > 1 ? 2 : 1 });
  }

  /** Another run begins: its times are unrelated to earlier ones. */
  start(input: AudioTrack): void {
    this.#input = input;
    this.#begin();
  }

  feed(frame: Frame): void {
    const input = this.#input;
    if (input === undefined) return;
    if (!this.#keeper.isRunning) {
      this.#keeper.resumeIfRested();
      return;
    }
    this.#nextPts ??= Math.round((frame.pts * sampleRate) / input.timescale) - frameSamples;
    this.#arrivedAtMs = frame.arrivedAtMs;
    this.#keeper.feed(matroskaFrame(frame, input));
  }

  stop(): void {
    this.#input = undefined;
    this.#keeper.stop();
  }

  async dispose(): Promise<void> {
    this.stop();
    await this.#keeper.stopped();
  }

  #begin(): void {
    const input = this.#input;
    if (input === undefined) return;
    this.#nextPts = undefined;
    const reader = new AdtsReader();
    this.#keeper.start({
      args: encodeAudioArgs(AudioEncoder.outputTrack(input)),
      head: matroskaHead({ audio: input }),
      onOutput: (chunk) => {
        for (const event of reader.push(chunk)) {
          if (event.type === 'frame') this.#give(Buffer.from(event.frame.bytes));
        }
      },
    });
  }

  #give(data: Buffer): void {
    if (this.#nextPts === undefined) return;
    const pts = this.#nextPts;
    this.#nextPts += frameSamples;
    if (pts < 0) return;
    this.#options.onFrame({
      kind: 'audio',
      pts,
      dts: pts,
      duration: frameSamples,
      isKeyframe: true,
      arrivedAtMs: this.#arrivedAtMs,
      data: [data],
    });
  }
}
