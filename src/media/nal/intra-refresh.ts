import type { Frame, VideoCodec, VideoTrack } from '../frame.ts';
import { nalCodecOf } from './nal-codecs.ts';

/**
 * Intra refresh: an encoder that sends no IDR pictures replaces the picture piece by piece, and marks where a refresh
 * begins as a recovery point (H.264 D.1.8 and D.2.8).
 *
 *     point                whole: wholeAfter = 5
 *       P     P  b  P  b     P
 *       └─ 3 reference frames ┘ recovery_frame_cnt
 */

/** Most pending recovery points: real encoders have two, when one refresh runs into the next. */
const maxPoints = 8;

interface RecoveryPoint {
  /** Reference frames that are still to come. */
  remaining: number;
  /** Frames since the recovery point, of any kind. */
  frameCount: number;
}

/** Finds when pictures have become complete, for decoders that began at one recovery point or another. */
export class RecoveryPoints {
  readonly #codec: VideoCodec;
  #points: RecoveryPoint[] = [];

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  /** `Frame.wholeAfter` of the next frame of the stream. `recoveryFrames`: as in AccessUnit. */
  push({
    isKeyframe,
    recoveryFrames = 0,
    data,
  }: Pick<Frame, 'isKeyframe' | 'data'> & { readonly recoveryFrames?: number }):
    number | undefined {
    if (isKeyframe && recoveryFrames === 0) {
      this.#points = [];
      return 0;
    }
    const codec = nalCodecOf(this.#codec);
    const isReference = codec?.isReference(data) ?? true;
    for (const point of this.#points) {
      point.frameCount += 1;
      if (isReference) point.remaining -= 1;
    }
    const reached = this.#reached(isReference && codec?.isBidirectional(data) !== true);
    if (isKeyframe && this.#points.length < maxPoints) {
      this.#points.push({ remaining: recoveryFrames, frameCount: 0 });
    }
    return reached?.frameCount;
  }

  /** A frame that is shown before frames decoded earlier still belongs to the refresh. */
  #reached(isInOrder: boolean): RecoveryPoint | undefined {
    if (!isInOrder) return undefined;
    // If several are reached at once, the newest takes the fewest frames.
    const reached = this.#points.findLast(({ remaining }) => remaining <= 0);
    if (reached !== undefined) this.#points = this.#points.filter(({ remaining }) => remaining > 0);
    return reached;
  }
}

/**
 * Which of the frames it is fed a decoder shows complete: all of them, except that with intra refresh it takes a while
 * from each recovery point at which it begins. ffmpeg suppresses incomplete pictures at the start of an H.264 stream,
 * but not after a gap, and not for HEVC.
 */
export class WholePictures {
  #isWhole = true;
  #fedCount = 0;

  /** A decoder begins, or continues after frames that it was not fed. */
  begin({ hasIntraRefresh = false }: VideoTrack): void {
    this.#isWhole = !hasIntraRefresh;
    this.#fedCount = 0;
  }

  /** Whether this frame, which is fed now, will be shown complete. */
  feed({ wholeAfter }: Frame): boolean {
    if (this.#isWhole) return true;
    this.#isWhole = wholeAfter !== undefined && wholeAfter <= this.#fedCount;
    this.#fedCount += 1;
    return this.#isWhole;
  }
}
