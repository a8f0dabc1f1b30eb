import { jpegFromKeyframeArgs, scaleJpegArgs } from '../ffmpeg/arguments.ts';
import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import { runOnce } from '../ffmpeg/one-shot.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Slots } from '../lib/slots.ts';
import { toAnnexB } from '../media/h264.ts';
import { parseJpeg } from '../media/jpeg.ts';
import type { Keyframe, NativeFeed } from './native-feed.ts';
import type { Snapshot } from './viewable-camera.ts';

export interface SnapshotsOptions {
  readonly binary: FfmpegBinary;
  readonly native: NativeFeed;
  /** Shared by all cameras: fifty walls opened at once must not start fifty decoders at once. */
  readonly slots: Slots;
  readonly bootId: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** A decoded or passed-through picture with its scaled forms, each made at most once. */
interface Picture {
  readonly number: number;
  readonly arrivedAtMs: number;
  /** The same on the wall clock: of one picture always the same. */
  readonly takenAtMs: number;
  readonly original: Promise<Buffer>;
  readonly byWidth: Map<number, Promise<Buffer>>;
}

const oneShotTimeoutMs = 5_000;
const maxOutputBytes = 16 * 1024 * 1024;

/**
 * The newest picture as JPEG. A JPEG camera's bytes are served as they are; of H.264 the newest keyframe is decoded
 * once, shared by all who ask, and ahead of the asking while somebody asks regularly.
 */
export class Snapshots {
  decodesTotal = 0;
  readonly #options: SnapshotsOptions;
  readonly #end = new AbortController();
  readonly #unlisten: () => void;
  #picture: Picture | undefined;
  #isWarm = false;
  #isDecodingAhead = false;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#unlisten = options.native.listen({ keyframe: () => this.#decodeAhead() });
  }

  /** While warm, every keyframe is decoded as it comes, so that no request waits for a decoder. */
  setWarm(isWarm: boolean): void {
    this.#isWarm = isWarm;
  }

  /** When the newest picture arrived, by the monotonic clock; undefined without one. */
  get newestAtMs(): number | undefined {
    return this.#newest()?.arrivedAtMs;
  }

  /** In milliseconds; undefined without a picture. */
  get newestAgeMs(): number | undefined {
    const { newestAtMs } = this;
    return newestAtMs === undefined ? undefined : this.#ageMs(newestAtMs);
  }

  /** The newest picture there is, however old. undefined without one. */
  async take(width: number | undefined): Promise<Snapshot | undefined> {
    const picture = this.#currentPicture();
    if (picture === undefined) return undefined;
    const bytes = await (width === undefined ? picture.original : this.#scaled(picture, width));
    const { bootId } = this.#options;
    return {
      bytes,
      takenAtMs: picture.takenAtMs,
      ageMs: () => this.#ageMs(picture.arrivedAtMs),
      etag: `"${bootId}-${picture.number}${width === undefined ? '' : `-${width}`}"`,
    };
  }

  dispose(): void {
    this.#unlisten();
    this.#end.abort();
  }

  #ageMs(atMs: number): number {
    return this.#options.clock.monotonicMs() - atMs;
  }

  #newest(): { readonly number: number; readonly arrivedAtMs: number } | undefined {
    const { latestJpeg, latestKeyframe } = this.#options.native;
    if (latestJpeg === undefined) return latestKeyframe;
    if (latestKeyframe === undefined) return latestJpeg;
    return latestJpeg.number > latestKeyframe.number ? latestJpeg : latestKeyframe;
  }

  #currentPicture(): Picture | undefined {
    const newest = this.#newest();
    if (newest === undefined) return undefined;
    if (this.#picture?.number !== newest.number) {
      const { latestJpeg, latestKeyframe } = this.#options.native;
      const original =
        newest === latestJpeg
          ? Promise.resolve(latestJpeg.frame.bytes)
          : this.#decode(latestKeyframe as Keyframe);
      this.#picture = {
        number: newest.number,
        arrivedAtMs: newest.arrivedAtMs,
        takenAtMs: this.#options.clock.wallOf(newest.arrivedAtMs),
        original,
        byWidth: new Map(),
      };
      this.#forgetOnFailure(this.#picture, original);
    }
    return this.#picture;
  }

  /** A failed decode must not be remembered as the picture; whoever asked hears of it, the next one tries anew. */
  #forgetOnFailure(picture: Picture, work: Promise<Buffer>): void {
    work.catch(() => {
      if (this.#picture === picture) this.#picture = undefined;
    });
  }

  #decodeAhead(): void {
    if (!this.#isWarm || this.#isDecodingAhead) return;
    this.#isDecodingAhead = true;
    const picture = this.#currentPicture();
    void (picture?.original ?? Promise.resolve())
      .catch((error: unknown) => {
        if (!this.#end.signal.aborted) this.#options.log.debug('decoding ahead failed', { error });
      })
      .finally(() => (this.#isDecodingAhead = false));
  }

  #decode(keyframe: Keyframe): Promise<Buffer> {
    this.decodesTotal++;
    const { picture } = keyframe;
    const args = jpegFromKeyframeArgs({ format: picture.format, width: undefined });
    const input =
      picture.format === 'h264'
        ? toAnnexB(picture.accessUnit, picture.extradata)
        : Buffer.concat(picture.chunks);
    return this.#runOnce(args, input);
  }

  #scaled(picture: Picture, width: number): Promise<Buffer> {
    let scaled = picture.byWidth.get(width);
    if (scaled === undefined) {
      scaled = picture.original.then((bytes) =>
        parseJpeg(bytes).width <= width ? bytes : this.#runOnce(scaleJpegArgs({ width }), bytes),
      );
      picture.byWidth.set(width, scaled);
      this.#forgetOnFailure(picture, scaled);
    }
    return scaled;
  }

  #runOnce(args: readonly string[], input: Buffer): Promise<Buffer> {
    const { binary, slots } = this.#options;
    return slots.run(
      () =>
        runOnce(binary, args, input, {
          timeoutMs: oneShotTimeoutMs,
          maxOutputBytes,
          signal: this.#end.signal,
        }),
      this.#end.signal,
    );
  }
}
