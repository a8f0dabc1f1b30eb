import { fmp4FromAsfArgs, fmp4FromJpegArgs, type SilentChannels } from '../ffmpeg/arguments.ts';
import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import type { WindowDisk } from '../hls/window-disk.ts';
import type { Clock } from '../lib/clock.ts';
import { MediaFormatError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { FragmentReader } from '../media/fragment-reader.ts';
import type { Fragment, InitSegment, Track } from '../media/types.ts';
import type { CameraConfig } from '../config/config.ts';
import { Derivation } from './derivation.ts';
import type { FfmpegTally } from './ffmpeg-tally.ts';
import { LiveWindows } from './live-windows.ts';
import type { NativeFeed, NativeMedia } from './native-feed.ts';
import { Slate, type SlateForm } from './slate.ts';
import { slateRate } from './slate-rules.ts';
import type { SlateNews } from './slate-words.ts';
import type { Failure } from './supervisor-state.ts';

/** Distance of the keyframes that our own encoder makes, in milliseconds: one per segment of the usual length. */
const encodedKeyframeMs = 1_000;
/** Of the still picture while nothing is known of the camera's, in pixels. */
const usualSize = { width: 1280, height: 720 };

export interface Fmp4FeedOptions {
  readonly binary: FfmpegBinary;
  readonly native: NativeFeed;
  readonly config: CameraConfig;
  readonly tally: FfmpegTally;
  readonly bootId: string;
  /** Where the window's segments go; undefined keeps them in memory. */
  readonly disk: WindowDisk | undefined;
  readonly log: Log;
  readonly clock: Clock;
  /** What the still picture tells of the camera. */
  readonly news: () => SlateNews;
  readonly onChange: () => void;
  readonly onFailure: (failure: Failure) => void;
}

/**
 * The fMP4 form of a camera: H.264 copied untouched or MJPEG encoded, cut into the live windows. With `offline: slate` a
 * still picture goes there while the camera does not deliver, and the camera comes back with its next keyframe.
 */
export class Fmp4Feed {
  readonly windows: LiveWindows;
  readonly #derivation: Derivation;
  readonly #options: Fmp4FeedOptions;
  /** undefined with `offline: hold`. */
  readonly #slate: Slate | undefined;
  /** Whose media goes into the live windows. */
  #onAir: 'nothing' | 'camera' | 'slate' = 'nothing';
  #isWanted = false;
  /** Of the camera's newest session; empty before the first. */
  #cameraTracks: readonly Track[] = [];
  /** By our own encoder, in the camera's newest session; false before the first. */
  #isEncoded = false;

  constructor(options: Fmp4FeedOptions) {
    const { binary, native, config, tally, bootId, log, clock, onFailure } = options;
    this.#options = options;
    this.windows = new LiveWindows({
      config: config.hls,
      cameraId: config.id,
      bootId,
      disk: options.disk,
      log,
      clock,
    });
    this.#derivation = new Derivation({
      purpose: 'fmp4',
      binary,
      native,
      tally,
      wantsAudio: config.audio,
      log,
      now: () => clock.monotonicMs(),
      argsFor: (media, hasAudio) => this.#argsFor(media, hasAudio),
      onStart: () => this.#takeRun(),
      onStop: () => this.#leave('camera'),
      onFailure,
    });
    if (config.offline === 'slate') this.#slate = this.#makeSlate();
  }

  /** Viewers can be sure of a picture: the still one, if the camera has none. */
  get hasSlate(): boolean {
    return this.#slate !== undefined;
  }

  get isSlateShown(): boolean {
    return this.#slate?.isShown === true;
  }

  /** `isWatched`: somebody would see the still picture; a camera that is only kept warm needs none. */
  setWanted(isWanted: boolean, isWatched: boolean): void {
    if (isWanted && !this.#isWanted) this.#forgetOldPictures();
    this.#isWanted = isWanted;
    this.#derivation.setWanted(isWanted);
    this.#slate?.setWatched(isWatched);
  }

  /** The camera's state has changed: the still picture may be due. */
  stateChanged(): void {
    this.#slate?.consider();
  }

  async dispose(): Promise<void> {
    this.windows.dispose();
    await Promise.all([this.#derivation.dispose(), this.#slate?.dispose()]);
  }

  #argsFor(media: NativeMedia, hasAudio: boolean): readonly string[] {
    const { native, binary } = this.#options;
    const { features } = binary;
    const copy = native.lacksParameters ? 'copy-with-parameters' : 'copy';
    const encoder = { keyframeMs: encodedKeyframeMs, features };
    if (media.kind === 'jpeg') return fmp4FromJpegArgs(encoder, this.#promisedChannels);
    const video = isCopied(media) ? copy : media.video.codec === 'mjpeg' ? 'encode-jpeg' : 'encode';
    return fmp4FromAsfArgs(
      { ...encoder, video, audio: hasAudio, input: native.asfInput },
      this.#promisedChannels,
    );
  }

  /** A player of a playlist with sound shows nothing of a time without, so such a playlist keeps a track of sound. */
  get #promisedChannels(): SilentChannels {
    const listed = this.windows.all.filter(({ isEmpty }) => !isEmpty);
    return channelsIn(listed.flatMap(({ tracks }) => tracks));
  }

  #takeRun(): (chunk: Buffer) => void {
    const { native, onChange, onFailure } = this.#options;
    const reader = new FragmentReader();
    const { media } = native;
    const isEncoded = media !== undefined && !isCopied(media);
    let init: InitSegment | undefined;
    return (chunk) => {
      try {
        for (const event of reader.push(chunk)) {
          if (event.type === 'init') {
            init = event.init;
            this.#leave('camera');
          } else if (init !== undefined) this.#takeFragment(event.fragment, init, isEncoded);
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

  /** The camera goes on air with a keyframe, whether it begins or takes over from the still picture. */
  #takeFragment(fragment: Fragment, init: InitSegment, isEncoded: boolean): void {
    const video = init.tracks.find(({ kind }) => kind === 'video');
    const run = fragment.runs.find(({ trackId }) => trackId === video?.id);
    const isFirst = this.#onAir !== 'camera';
    if (isFirst && run?.isKeyframe !== true) return;
    if (run !== undefined && video !== undefined) {
      this.#slate?.pictureCame({ run, timescale: video.timescale, isFirst });
    }
    if (isFirst) {
      this.#onAir = 'camera';
      this.#cameraTracks = init.tracks;
      this.#isEncoded = isEncoded;
      this.windows.begin(init, { knownGopMs: this.#knownGopMs(isEncoded), isEncoded });
    }
    this.windows.append(fragment);
  }

  #leave(who: 'camera' | 'slate'): void {
    if (this.#onAir !== who) return;
    this.#onAir = 'nothing';
    this.windows.end();
  }

  #makeSlate(): Slate {
    const { config, binary, tally, log, clock, native, news, onChange } = this.#options;
    return new Slate({
      config,
      binary,
      tally,
      log,
      clock,
      screen: {
        begin: (init, keyframeMs) => {
          this.#onAir = 'slate';
          const knownGopMs = Math.max(keyframeMs, native.meter.longestGopMs);
          this.windows.begin(init, { knownGopMs, isEncoded: this.#isEncoded });
        },
        append: (fragment) => {
          this.windows.append(fragment);
          onChange();
        },
        end: () => this.#leave('slate'),
      },
      form: () => this.#slateForm(),
      news,
    });
  }

  #slateForm(): SlateForm {
    const { native, config } = this.#options;
    const { width, height } = native.size.width > 0 ? native.size : usualSize;
    const [newest = config.hls.partMs, ...others] = this.windows.partTargetsMs;
    const isKnown = this.#cameraTracks.length > 0;
    const channelCount = isKnown ? channelsIn(this.#cameraTracks) : mayHaveSound(config) ? 1 : 0;
    return {
      // x264 takes even sizes only.
      size: { width: width - (width % 2), height: height - (height % 2) },
      rate: slateRate([newest, ...others]),
      channelCount,
    };
  }

  #knownGopMs(isEncoded: boolean): number | undefined {
    if (isEncoded) return encodedKeyframeMs;
    const { longestGopMs } = this.#options.native.meter;
    return longestGopMs > 0 ? longestGopMs : undefined;
  }

  /** Viewers of a playlist that paused no longer than a segment see no gap; others start anew. */
  #forgetOldPictures(): void {
    const { clock, config } = this.#options;
    const pausedMs = clock.monotonicMs() - this.windows.lastFragmentAtMs;
    if (pausedMs > 2 * config.hls.segmentMs) this.windows.clear();
  }
}

function channelsIn(tracks: readonly Track[]): SilentChannels {
  const audio = tracks.find((track) => track.kind === 'audio');
  return audio === undefined ? 0 : audio.channelCount >= 2 ? 2 : 1;
}

/** Before the first session: a player can do with silence for sound, but not with sound that comes later. */
function mayHaveSound({ audio, via }: CameraConfig): boolean {
  return audio && via !== 'videostream.cgi' && via !== 'snapshot.cgi';
}

function isCopied(media: NativeMedia): boolean {
  return media.kind === 'asf' && media.video.codec === 'h264';
}
