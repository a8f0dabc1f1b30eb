import { fmp4FromAsfArgs, fmp4FromJpegArgs } from '../ffmpeg/arguments.ts';
import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import { MediaFormatError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { FragmentReader } from '../media/fragment-reader.ts';
import type { CameraConfig } from '../config/config.ts';
import { Derivation } from './derivation.ts';
import type { FfmpegTally } from './ffmpeg-tally.ts';
import { LiveWindows } from './live-windows.ts';
import type { NativeFeed, NativeMedia } from './native-feed.ts';
import type { Failure } from './supervisor-state.ts';

/** Distance of the keyframes that our own encoder makes, in milliseconds: one per segment of the usual length. */
const encodedKeyframeMs = 1_000;

export interface Fmp4FeedOptions {
  readonly binary: FfmpegBinary;
  readonly native: NativeFeed;
  readonly config: CameraConfig;
  readonly tally: FfmpegTally;
  readonly bootId: string;
  readonly log: Log;
  readonly now: () => number;
  readonly onChange: () => void;
  readonly onFailure: (failure: Failure) => void;
}

/** The fMP4 form of a camera: H.264 copied untouched or MJPEG encoded, cut into the live windows. */
export class Fmp4Feed {
  readonly windows: LiveWindows;
  readonly #derivation: Derivation;
  readonly #options: Fmp4FeedOptions;

  constructor(options: Fmp4FeedOptions) {
    const { binary, native, config, tally, bootId, log, now, onFailure } = options;
    this.#options = options;
    this.windows = new LiveWindows({ config: config.hls, bootId, log, now });
    this.#derivation = new Derivation({
      purpose: 'fmp4',
      binary,
      native,
      tally,
      wantsAudio: config.audio,
      log,
      now,
      argsFor: (media, hasAudio) => this.#argsFor(media, hasAudio),
      onStart: () => this.#takeRun(),
      onStop: () => this.windows.end(),
      onFailure,
    });
  }

  setWanted(isWanted: boolean): void {
    if (isWanted && !this.#derivation.isRunning) this.#forgetOldPictures();
    this.#derivation.setWanted(isWanted);
  }

  async dispose(): Promise<void> {
    this.windows.dispose();
    await this.#derivation.dispose();
  }

  #argsFor(media: NativeMedia, hasAudio: boolean): readonly string[] {
    const { features } = this.#options.binary;
    if (media.kind === 'jpeg') return fmp4FromJpegArgs({ keyframeMs: encodedKeyframeMs, features });
    return fmp4FromAsfArgs({
      video: isCopied(media) ? 'copy' : media.video.codec === 'mjpeg' ? 'encode-jpeg' : 'encode',
      audio: hasAudio,
      input: this.#options.native.asfInput,
      keyframeMs: encodedKeyframeMs,
      features,
    });
  }

  #takeRun(): (chunk: Buffer) => void {
    const { native, onChange, onFailure } = this.#options;
    const reader = new FragmentReader();
    const { media } = native;
    const isEncoded = media !== undefined && !isCopied(media);
    return (chunk) => {
      try {
        for (const event of reader.push(chunk)) {
          if (event.type === 'fragment') this.windows.append(event.fragment);
          else this.windows.begin(event.init, this.#knownGopMs(isEncoded));
        }
        onChange();
      } catch (error) {
        if (!(error instanceof MediaFormatError)) throw error;
        onFailure({
          reason: 'ffmpeg-failed',
          message: `ffmpeg made no valid fMP4: ${error.message}`,
        });
      }
    };
  }

  #knownGopMs(isEncoded: boolean): number | undefined {
    if (isEncoded) return encodedKeyframeMs;
    const { longestGopMs } = this.#options.native.meter;
    return longestGopMs > 0 ? longestGopMs : undefined;
  }

  /** Viewers of a playlist that paused no longer than a segment see no gap; others start anew. */
  #forgetOldPictures(): void {
    const { now, config } = this.#options;
    if (now() - this.windows.lastFragmentAtMs > 2 * config.hls.segmentMs) this.windows.clear();
  }
}

function isCopied(media: NativeMedia): boolean {
  return media.kind === 'asf' && media.video.codec === 'h264';
}
