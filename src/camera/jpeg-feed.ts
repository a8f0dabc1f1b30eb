import { mjpegFromAsfArgs } from '../ffmpeg/arguments.ts';
import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import type { Log } from '../lib/log.ts';
import { defaultMaxFrameBytes, MultipartReader } from '../media/multipart-reader.ts';
import type { JpegFrame } from '../media/types.ts';
import { Derivation } from './derivation.ts';
import type { FfmpegTally } from './ffmpeg-tally.ts';
import type { NativeFeed } from './native-feed.ts';
import type { Failure } from './supervisor-state.ts';

export interface JpegFeedOptions {
  readonly binary: FfmpegBinary;
  readonly native: NativeFeed;
  readonly tally: FfmpegTally;
  readonly log: Log;
  readonly now: () => number;
  readonly onFailure: (failure: Failure) => void;
}

/**
 * JPEG frames for MJPEG viewers: the camera's own bytes where it sends JPEG, else decoded from its video by one shared
 * ffmpeg while somebody watches.
 */
export class JpegFeed {
  readonly #watchers = new Set<(frame: JpegFrame) => void>();
  readonly #native: NativeFeed;
  readonly #derivation: Derivation;
  readonly #unlisten: () => void;
  #latestDerived: JpegFrame | undefined;

  constructor(options: JpegFeedOptions) {
    const { native } = options;
    this.#native = native;
    this.#unlisten = native.listen({
      jpegFrame: ({ frame }) => this.#send(frame),
      asfHeader: () => this.#decide(),
      formatChanged: () => this.#decide(),
      sessionEnded: () => (this.#latestDerived = undefined),
    });
    this.#derivation = new Derivation({
      ...options,
      purpose: 'jpeg',
      wantsAudio: false,
      argsFor: () =>
        mjpegFromAsfArgs({ input: native.asfInput, features: options.binary.features }),
      onStart: () => this.#takeRun(),
      onStop: () => undefined,
    });
  }

  /** The newest frame of the running session; undefined before its first. */
  get latest(): JpegFrame | undefined {
    if (this.#native.media === undefined) return undefined;
    return this.#isNative ? this.#native.latestJpeg?.frame : this.#latestDerived;
  }

  get hasWatchers(): boolean {
    return this.#watchers.size > 0;
  }

  /** `onFrame` gets every frame from now on, the newest at once. Returns the function that ends it. */
  watch(onFrame: (frame: JpegFrame) => void): () => void {
    const latest = this.latest;
    this.#watchers.add(onFrame);
    this.#decide();
    if (latest !== undefined) onFrame(latest);
    return () => {
      this.#watchers.delete(onFrame);
      this.#decide();
    };
  }

  async dispose(): Promise<void> {
    this.#unlisten();
    await this.#derivation.dispose();
  }

  get #isNative(): boolean {
    const { media } = this.#native;
    return media?.kind === 'jpeg' || (media?.kind === 'asf' && media.video.codec === 'mjpeg');
  }

  #decide(): void {
    this.#derivation.setWanted(this.hasWatchers && !this.#isNative);
  }

  #send(frame: JpegFrame): void {
    for (const onFrame of this.#watchers) onFrame(frame);
  }

  #takeRun(): (chunk: Buffer) => void {
    const reader = new MultipartReader({
      boundary: undefined,
      maxFrameBytes: defaultMaxFrameBytes,
    });
    return (chunk) => {
      for (const event of reader.push(chunk)) {
        if (event.type !== 'frame') continue;
        this.#latestDerived = event.frame;
        this.#send(event.frame);
      }
    };
  }
}
