import type { CameraConfig } from '../../config/config.ts';
import type { Clock } from '../../lib/time/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { FrameStream } from '../../media/frame.ts';
import type { TranscodeFailure, TranscodeTools } from '../../transcode/child-keeper.ts';
import { slateRate } from '../slate/slate-rules.ts';
import type { SignalFacts } from '../slate/slate-words.ts';
import { Slate, type SlateForm } from '../slate/slate.ts';
import { JpegForm } from './jpeg-form.ts';
import { OnAir } from './on-air.ts';
import { PlayableForm } from './playable-form.ts';

/**
 * The media of a camera in one set of codecs. `native`: as it comes. `playable`: H.264 or HEVC with AAC, as browsers
 * play it, and the slate while the camera does not deliver. `jpeg`: JPEG frames.
 */
export type FormName = 'native' | 'playable' | 'jpeg';

/** What viewers were promised, for as long as their playlists last. */
export interface Promises {
  /** Channels of audio; undefined before anything was promised. */
  readonly channels: 0 | 1 | 2 | undefined;
  /** PART-TARGET of each playlist, the one for new viewers first, in milliseconds. */
  readonly partTargetsMs: readonly number[];
}

export interface FormsOptions {
  readonly camera: CameraConfig;
  readonly native: FrameStream;
  readonly tools: TranscodeTools;
  readonly clock: Clock;
  readonly log: Log;
  readonly promises: () => Promises;
  /** The video of this session cannot be encoded. */
  readonly onFailure: (failure: TranscodeFailure) => void;
  /** The camera's usual frame interval, in milliseconds; undefined before its second frame. */
  readonly paceMs: () => number | undefined;
  readonly facts: () => SignalFacts;
  /** Size of the camera's newest frame, in pixels; undefined before the first. */
  readonly nativeSize: () => { readonly width: number; readonly height: number } | undefined;
}

/** Keyframe interval of our own encoder, in milliseconds: one keyframe per segment of the usual length. */
export const encodedKeyframeMs = 1_000;
/** Size of the slate while the camera's size is unknown, in pixels. */
const usualSize = { width: 1280, height: 720 };

/** The forms of one camera: each is started by its first lease and stopped after its last. */
export class Forms {
  readonly #options: FormsOptions;
  readonly #playable: PlayableForm;
  readonly #jpeg: JpegForm;
  readonly #onAir: OnAir;
  /** undefined with `offline: hold`. */
  readonly #slate: Slate | undefined;
  readonly #leaseCounts: Record<FormName, number> = { native: 0, playable: 0, jpeg: 0 };
  #watchCount = 0;
  #isEncoded = false;

  constructor(options: FormsOptions) {
    this.#options = options;
    const { native, tools, promises, camera } = options;
    this.#playable = new PlayableForm({
      native,
      tools,
      keyframeMs: encodedKeyframeMs,
      promisedChannels: () => promises().channels ?? 0,
      paceMs: options.paceMs,
      onFailure: options.onFailure,
    });
    this.#jpeg = new JpegForm({ native, tools });
    this.#onAir = new OnAir({
      camera: this.#playable.output,
      slateChannels: () => promises().channels ?? (mayHaveAudio(camera) ? 1 : 0),
      onCameraFrame: (frame, isFirst) => {
        if (isFirst) this.#isEncoded = this.#playable.isEncoded;
        this.#slate?.frameCame(frame, isFirst);
      },
    });
    if (camera.offline === 'slate') this.#slate = this.#makeSlate();
  }

  /** Viewers always have something to play: the slate, if the camera delivers nothing. */
  get hasSlate(): boolean {
    return this.#slate !== undefined;
  }

  get isSlateShown(): boolean {
    return this.#onAir.shown === 'slate';
  }

  /** Our own encoder makes the keyframes of the camera's newest run. */
  get isEncoded(): boolean {
    return this.#isEncoded;
  }

  /** Frames that the encoder was too slow for; only grows. */
  get encoderDropsTotal(): number {
    return this.#playable.droppedTotal;
  }

  /** Why the video is encoded for browsers, in a few words; undefined where it is not. */
  get encodingReason(): string | undefined {
    return this.#playable.encodingReason;
  }

  get isEncoderTooSlow(): boolean {
    return this.#playable.isTooSlow;
  }

  stream(name: FormName): FrameStream {
    if (name === 'native') return this.#options.native;
    return name === 'playable' ? this.#onAir.output : this.#jpeg.output;
  }

  /** Returns the function that ends this claim; further calls do nothing. */
  want(name: FormName, isWatched: boolean): () => void {
    this.#count(name, isWatched, 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#count(name, isWatched, -1);
    };
  }

  /** The camera's state has changed: the slate may be due. */
  stateChanged(): void {
    this.#slate?.consider();
  }

  async dispose(): Promise<void> {
    this.#slate?.dispose();
    await Promise.all([this.#playable.dispose(), this.#jpeg.dispose()]);
  }

  #count(name: FormName, isWatched: boolean, change: 1 | -1): void {
    this.#leaseCounts[name] += change;
    if (isWatched) this.#watchCount += change;
    const isWanted = this.#leaseCounts[name] > 0;
    if (name === 'playable') {
      this.#playable.setWanted(isWanted);
      this.#slate?.setWatched(this.#watchCount > 0);
    } else if (name === 'jpeg') this.#jpeg.setWanted(isWanted);
  }

  #makeSlate(): Slate {
    const { camera, tools, clock, log, facts } = this.#options;
    return new Slate({
      camera,
      keyframeMs: camera.hls.segmentMs,
      tools,
      log,
      clock,
      show: (slate) => this.#onAir.showSlate(slate),
      form: () => this.#slateForm(),
      facts,
    });
  }

  #slateForm(): SlateForm {
    const { nativeSize, promises, camera } = this.#options;
    const { width, height } = nativeSize() ?? usualSize;
    const [newest = camera.hls.partMs, ...others] = promises().partTargetsMs;
    return {
      // x264 takes even sizes only.
      size: { width: width - (width % 2), height: height - (height % 2) },
      rate: slateRate([newest, ...others]),
    };
  }
}

/** Before the first session: players can cope with silence, but not with audio that is added later. */
function mayHaveAudio({ audio, via }: CameraConfig): boolean {
  return audio && via !== 'videostream.cgi' && via !== 'snapshot.cgi';
}
