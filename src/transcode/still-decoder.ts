import { keyframesAlone } from '../media/nal/keyframes-alone.ts';
import { mayHaveFields, withoutParameterSets } from '../media/nal/parameter-sets.ts';
import { videoTimescale, type Frame, type VideoTrack } from '../media/frame.ts';
import { matroskaFrame, matroskaHead } from '../media/matroska/matroska-writer.ts';
import { decodeStillsArgs, hiddenPts } from './arguments.ts';
import { ChildKeeper, type TranscodeTools } from './child-keeper.ts';
import { readJpegs } from './read-jpegs.ts';

export interface StillDecoderOptions {
  readonly tools: TranscodeTools;
  /** Of the JPEG, in pixels; undefined keeps the size. Never enlarges. */
  readonly width: number | undefined;
  /** `frame` is the last one that was fed. */
  readonly onStill: (jpeg: Buffer, frame: Frame) => void;
}

/**
 * A resident decoder of keyframes: one ffmpeg child, one picture at a time. Of the frames that arrive meanwhile only
 * the newest waits. With intra refresh a picture takes all frames from a recovery point on. Frames that were not fed
 * may lie between those of two pictures, which does no harm: the last frame has replaced everything that was there
 * before (H.264 D.2.8).
 */
export class StillDecoder {
  readonly #options: StillDecoderOptions;
  readonly #keeper: ChildKeeper;
  #track: VideoTrack | undefined;
  #current: readonly Frame[] | undefined;
  #next: readonly Frame[] | undefined;
  /** Rises by a second for each frame: the child needs only an order, not real times. */
  #pts = 0;

  constructor(options: StillDecoderOptions) {
    this.#options = options;
    this.#keeper = new ChildKeeper({
      purpose: 'still',
      tools: options.tools,
      onLost: () => this.#restart(),
    });
  }

  /**
   * A keyframe or, with intra refresh, the frames from a recovery point to the complete picture, of which only the last
   * is shown. A `track` other than the last one starts a new decoder.
   */
  feed(track: VideoTrack, frames: readonly Frame[]): void {
    if (track !== this.#track || !this.#keeper.isRunning) this.#start(track);
    if (this.#current === undefined) {
      this.#decode(track, frames);
    } else {
      this.#next = frames;
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
    const [track, frames] = [this.#track, this.#next ?? this.#current];
    this.stop();
    if (track !== undefined && frames !== undefined) this.feed(track, frames);
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
        hasIntraRefresh: track.hasIntraRefresh ?? false,
        features: tools.binary.features,
      }),
      head: matroskaHead({ video: keyframesAlone(track) }),
      onOutput: readJpegs(({ bytes }) => this.#take(track, bytes)),
    });
  }

  #decode(track: VideoTrack, frames: readonly Frame[]): void {
    this.#current = frames;
    const shown = frames.at(-1);
    const pieces = frames.flatMap((frame) => {
      this.#pts += videoTimescale;
      const bare = withoutParameterSets(frame, track);
      const pts = frame === shown ? this.#pts : hiddenPts(this.#pts);
      return matroskaFrame({ ...bare, pts }, track);
    });
    // In one go: if the child is lost meanwhile, its replacement is fed all of it again.
    this.#keeper.feed(pieces);
  }

  #take(track: VideoTrack, jpeg: Buffer): void {
    const frame = this.#current?.at(-1);
    if (frame === undefined) return;
    const next = this.#next;
    this.#current = undefined;
    this.#next = undefined;
    this.#options.onStill(jpeg, frame);
    if (next !== undefined && track === this.#track) this.#decode(track, next);
  }
}
