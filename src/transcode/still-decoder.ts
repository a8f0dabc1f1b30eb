import { keyframesAlone } from '../media/nal/keyframes-alone.ts';
import { mayHaveFields, withoutParameterSets } from '../media/nal/parameter-sets.ts';
import { videoTimescale, type Frame, type VideoTrack } from '../media/frame.ts';
import { matroskaFrame, matroskaHead } from '../media/matroska/matroska-writer.ts';
import { decodeStillsArgs } from './arguments.ts';
import { ChildKeeper, type TranscodeTools } from './child-keeper.ts';
import { readJpegs } from './read-jpegs.ts';

export interface StillDecoderOptions {
  readonly tools: TranscodeTools;
  /** Of the JPEG, in pixels; undefined keeps the size. Never enlarges. */
  readonly width: number | undefined;
  /** `frame` is the keyframe that was fed. */
  readonly onStill: (jpeg: Buffer, frame: Frame) => void;
}

/**
 * A resident decoder of keyframes: one ffmpeg child, one frame at a time. What comes meanwhile waits, the newest alone.
 */
export class StillDecoder {
  readonly #options: StillDecoderOptions;
  readonly #keeper: ChildKeeper;
  #track: VideoTrack | undefined;
  #current: Frame | undefined;
  #next: Frame | undefined;
  /** Rises by a second for each frame: the child needs an order, not the time. */
  #pts = 0;

  constructor(options: StillDecoderOptions) {
    this.#options = options;
    this.#keeper = new ChildKeeper({
      purpose: 'still',
      tools: options.tools,
      onLost: () => this.#restart(),
    });
  }

  /** A keyframe of `track`, which begins a decoder anew where it is another one than before. */
  feed(track: VideoTrack, frame: Frame): void {
    if (track !== this.#track || !this.#keeper.isRunning) this.#start(track);
    if (this.#current === undefined) {
      this.#decode(track, frame);
    } else {
      this.#next = frame;
      this.#keeper.leaveOut();
    }
  }

  stop(): void {
    this.#track = undefined;
    this.#current = undefined;
    this.#next = undefined;
    this.#keeper.stop();
  }

  async dispose(): Promise<void> {
    this.stop();
    await this.#keeper.stopped();
  }

  #restart(): void {
    const [track, frame] = [this.#track, this.#next ?? this.#current];
    this.stop();
    if (track !== undefined && frame !== undefined) this.feed(track, frame);
  }

  #start(track: VideoTrack): void {
    const { width, tools } = this.#options;
    this.#track = track;
    this.#current = undefined;
    this.#next = undefined;
    this.#keeper.start({
      args: decodeStillsArgs({
        width,
        hasFields: mayHaveFields(track),
        features: tools.binary.features,
      }),
      head: matroskaHead({ video: keyframesAlone(track) }),
      onOutput: readJpegs(({ bytes }) => this.#take(track, bytes)),
    });
  }

  #decode(track: VideoTrack, frame: Frame): void {
    this.#current = frame;
    this.#pts += videoTimescale;
    const bare = withoutParameterSets(frame, track);
    this.#keeper.feed(matroskaFrame({ ...bare, pts: this.#pts }, track));
  }

  #take(track: VideoTrack, jpeg: Buffer): void {
    const frame = this.#current;
    if (frame === undefined) return;
    const next = this.#next;
    this.#current = undefined;
    this.#next = undefined;
    this.#options.onStill(jpeg, frame);
    if (next !== undefined && track === this.#track) this.#decode(track, next);
  }
}
