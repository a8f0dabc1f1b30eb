import { estimateBandwidth, measureBandwidth, type Bandwidth } from './bandwidth.ts';
import type { ClassicRenditions } from './classic-renditions.ts';
import { frameRateOf } from './frame-rate.ts';
import type { Publication } from './publication.ts';

export interface StreamFiguresOptions {
  readonly publication: Publication;
  readonly classic: ClassicRenditions;
  /** Frames per second by the newest frames; undefined while unknown. */
  readonly observedFrameRate: () => number | undefined;
}

/** What the multivariant playlist says of the stream in numbers, measured over what is listed. */
export class StreamFigures {
  readonly #options: StreamFiguresOptions;

  constructor(options: StreamFiguresOptions) {
    this.#options = options;
  }

  /**
   * FRAME-RATE is the largest of the stream (rfc8216bis 4.4.6.2), so of the sessions that are listed; by the newest frames
   * while there is little. undefined while nothing is listed.
   */
  get frameRate(): number | undefined {
    const { publication, observedFrameRate } = this.#options;
    const { completePieces, openPieces } = publication;
    return frameRateOf(
      completePieces.length > 0 ? completePieces : openPieces,
      observedFrameRate(),
    );
  }

  /** Measured over the listed segments, estimated before one is complete. */
  get bandwidth(): Bandwidth {
    const { targets, completePieces, openPieces } = this.#options.publication;
    if (completePieces.length === 0) return estimateBandwidth(openPieces);
    return measureBandwidth(completePieces, targets?.targetDurationSeconds ?? 2);
  }

  /** Until something was made the fMP4 tells; its boxes take about as much as transport packets do. */
  get transportBandwidth(): Bandwidth {
    const { publication, classic } = this.#options;
    const { targets } = publication;
    const pieces = classic.transportPieces;
    if (pieces.length === 0 || targets === undefined) return this.bandwidth;
    return measureBandwidth(pieces, targets.targetDurationSeconds);
  }
}
